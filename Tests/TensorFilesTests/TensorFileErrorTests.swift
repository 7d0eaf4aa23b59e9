import TensorFiles
import Testing

@Suite struct TensorFileErrorTests {
  private static let everyError: [TensorFileError] = [
    .notFound(path: "p"), .isDirectory(path: "p"), .notARegularFile(path: "p"),
    .unreadable(path: "p", reason: "r"), .unwritable(path: "p", reason: "r"),
    .tooLarge(path: "p", byteCount: 3, limit: 2), .unknownSuffix(path: "p"),
    .emptyFile(path: "p"), .truncated(path: "p", expected: 3, found: 2),
    .trailingBytes(path: "p", expected: 2, found: 3), .badMagic(path: "p", format: .npy),
    .headerTooLarge(path: "p", found: 3, limit: 2), .badHeader(path: "p", reason: "r"),
    .unsupportedType(path: "p", tensor: "t", found: "I8"),
    .shapeTooLarge(path: "p", tensor: nil, shape: [1, 2]),
    .unsupportedVersion(path: "p", found: "4.0"), .duplicateName(path: "p", name: "n"),
    .noSuchTensor(path: "p", name: "n", available: ["a"]), .reservedName(path: "p", name: "n"),
    .offsetsReversed(path: "p", tensor: "t", begin: 2, end: 1),
    .offsetsNotContiguous(path: "p", tensor: "t", expected: 4, found: 5),
    .byteCountDisagrees(
      path: "p", tensor: "t", dtype: "F32", shape: [1], expected: 4, found: 5),
    .notUTF8(path: "p", line: 1), .emptyLine(path: "p", line: 1),
    .emptyCell(path: "p", line: 1, column: 2),
    .raggedRow(path: "p", line: 1, expected: 2, found: 3),
    .notANumber(path: "p", line: 1, column: 2, text: "x"), .unterminatedQuote(path: "p", line: 1),
    .strayQuote(path: "p", line: 1, column: 2), .headerWithoutRows(path: "p"),
    .notATable(path: "p", shape: []),
  ]

  @Test(arguments: everyError)
  func `every description names the path and ends as a sentence`(error: TensorFileError) {
    #expect(error.description.hasPrefix("p"))
    #expect(error.description.hasSuffix("."))
    #expect(error.description.count > 30)
  }

  @Test func `descriptions hold what was expected and found`() {
    #expect(
      TensorFileError.raggedRow(path: "a.csv", line: 7, expected: 3, found: 2).description
        == "a.csv, line 7: expected 3 cells as in the first row, found 2. "
        + "Give every row as many cells.")
    #expect(
      TensorFileError.unsupportedType(path: "a", tensor: "n", found: "I64").description
        == "a: the tensor \"n\" is of type \"I64\"; expected 32-bit or 64-bit floating point "
        + "numbers (F32, F64). Convert it first.")
    #expect(
      TensorFileError.shapeTooLarge(path: "a", tensor: nil, shape: [1, 2]).description
        == "a: the array is of shape [1, 2], more elements than memory can hold. "
        + "The file is damaged.")
  }

  @Test func `text of a file cannot break the line or flood it`() {
    let text = "\u{1B}[2J\n\u{2028}\u{202E}" + String(repeating: "x", count: 100_000)
    let error = TensorFileError.notANumber(path: "a\n.csv", line: 1, column: 1, text: text)
    #expect(error.description.count < 250)
    #expect(!error.description.contains { $0.isNewline || $0 == "\u{1B}" || $0 == "\u{202E}" })
    let shape = TensorFileError.shapeTooLarge(
      path: "a", tensor: nil, shape: [Int](repeating: 1, count: 10_000))
    #expect(shape.description.count < 200)
    let names = TensorFileError.noSuchTensor(
      path: "a", name: "n", available: (0..<1000).map(String.init))
    #expect(names.description.contains("and 988 more"))
  }
}
