import Testing

@testable import TensorFiles

@Suite struct JSONParserTests {
  private func parse(_ text: String) throws(TensorFileError) -> JSONValue {
    let bytes = Array(text.utf8)
    return try JSONParser.parse(bytes, in: bytes.indices, path: "a.safetensors")
  }

  @Test func `values of every kind are read`() throws {
    #expect(try parse(" {} ") == .object([]))
    #expect(try parse("[ ]") == .array([]))
    #expect(
      try parse("[true, false, null, 0, -12, 1.5, 1e3, 92233720368547758070]")
        == .array([
          .boolean(true), .boolean(false), .null, .integer(0), .integer(-12), .otherNumber,
          .otherNumber, .otherNumber,
        ]))
    #expect(
      try parse("{\"b\": {\"c\": [\"d\"]},\n\t\"a\": 1}")
        == .object([("b", .object([("c", .array([.string("d")]))])), ("a", .integer(1))]))
  }

  @Test func `escapes and pairs of surrogates are read`() throws {
    #expect(
      try parse(#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00é""#)
        == .string("\"\\/\u{8}\u{C}\n\r\té\u{1F600}é"))
  }

  @Test(arguments: [
    "", " ", "{", "}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
    "[1 2]", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "nan", "Infinity", "tru", "nulL",
    "\"a", "\"\\x\"", "\"\\u12\"", "\"\\uD800\"", "\"\\uD800\\u0041\"", "\"\\uDC00\"",
    "\"a\nb\"", "{} {}", "[1] // one", "\"\\",
  ])
  func `what RFC 8259 does not allow is refused`(text: String) {
    #expect {
      try parse(text)
    } throws: { error in
      guard case .badHeader = error as? TensorFileError else { return false }
      return true
    }
  }

  @Test func `a key that an object holds twice is refused, however it is spelt`() {
    #expect(throws: TensorFileError.duplicateName(path: "a.safetensors", name: "a")) {
      try parse(#"{"a": 1, "\u0061": 2}"#)
    }
  }

  @Test func `deep nesting is refused instead of using up the stack`() {
    #expect(throws: TensorFileError.self) {
      try parse(String(repeating: "[", count: 1_000_000))
    }
  }

  @Test func `text that is not UTF-8 is refused`() {
    let bytes: [UInt8] = [0x22, 0xC3, 0x28, 0x22]
    #expect(throws: TensorFileError.self) {
      try JSONParser.parse(bytes, in: bytes.indices, path: "a.safetensors")
    }
  }

  @Test func `a string quoted and parsed is the same`() throws {
    let text = "a\"\\/\u{0}\u{8}\u{C}\n\r\t\u{1F}é\u{1F600}"
    #expect(try parse(text.quotedForJSON) == .string(text))
  }
}
