import Testing

@testable import Plots

@Suite struct MarkupTests {
  @Test func `what means something to a parser is escaped`() {
    let text = "<a href=\"x\">Tom & 'Jerry'</a>"
    #expect(
      Markup.escaped(text)
        == "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;")
  }

  @Test func `characters XML does not admit are replaced`() {
    #expect(
      Markup.escaped("a\u{0}b\u{1B}c\u{FFFF}\td\u{85}") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}\td\u{85}")
  }

  @Test(arguments: [("loss", "loss"), ("a b\"c", "a-b-c"), ("7", "c7"), ("", "c"), ("é", "c-")])
  func `ids hold letters, digits and dashes`(text: String, expected: String) {
    #expect(Markup.identifier(text) == expected)
  }

  @Test func `what an address does not admit is encoded byte by byte`() {
    #expect(Markup.percentEncoded("a-b_1.5,Z") == "a-b_1.5,Z")
    #expect(Markup.percentEncoded("50 %\n\"é&") == "50%20%25%0A%22%C3%A9%26")
  }
}
