import Testing

@testable import Plots

@Suite struct TextWidthTests {
  @Test func `wide letters take more room than narrow ones`() {
    #expect(TextWidth.estimate("WWW") > TextWidth.estimate("nnn"))
    #expect(TextWidth.estimate("nnn") > TextWidth.estimate("iii"))
    #expect(TextWidth.estimate("") == 0)
  }

  @Test func `lines break between words and fit`() {
    let lines = TextWidth.wrapped("the best accuracy of the plain network", width: 100)
    #expect(lines.joined(separator: " ") == "the best accuracy of the plain network")
    #expect(lines.count > 1)
    #expect(lines.allSatisfy { TextWidth.estimate($0) <= 100 })
  }

  @Test func `a percent sign stays with its number`() {
    let lines = TextWidth.wrapped(
      "plain's best, 96.9 %", width: TextWidth.estimate("plain's best, 96.9"))
    #expect(lines == ["plain's best,", "96.9\u{A0}%"])
  }

  @Test func `what does not fit is shortened`() {
    let text = TextWidth.truncated("unbelievablylong", width: 60)
    #expect(text.hasSuffix("…"))
    #expect(TextWidth.estimate(text) <= 60)
  }
}
