import Plots
import Testing

@testable import Experiments

@Suite struct FindingSentenceTests {
  private func answer(
    _ values: [Double], _ rule: DecisionRule = .init(confirmedAbove: 1, refutedBelow: 0),
    _ scale: Criterion.Scale = .factor
  ) -> Finding.Answer {
    let effect = Effect(values)
    return .init(
      criterion: Criterion("key", "a factor", scale, rule), effect: effect,
      verdict: rule.verdict(effect))
  }

  @Test func `a sentence says what was found and why`() {
    #expect(
      answer([2, 2, 2, 2, 2, 2]).sentence
        == "4 times (4 to 4), above 2 times in the whole interval.")
    #expect(
      answer([-1, -1, -1, -1, -1, -1]).sentence
        == "0.5 times (0.5 to 0.5), below 1 times in the whole interval.")
    #expect(
      answer([0, 0, 0, 2, 2, 2]).sentence.hasSuffix(
        ", neither wholly above 2 times nor wholly below 1 times."))
    #expect(
      answer([-0.01, 0.01, -0.01, 0.01, 0, 0], .positive, .points).sentence
        == "0.00 points (-1.00 to 1.00), neither wholly above nor wholly below 0 points.")
    #expect(answer([1, 2]).sentence == "2.83 times (no interval: too few seeds).")
  }

  @Test func `a page has the minus of numbers alone, and never breaks one`() {
    #expect(
      "-1.5 points (-2 to -1), well-known 10-9".typeset == "−1.5 points (−2 to −1), well-known 10-9"
    )
    #expect("-1 s".unbroken == "−1\u{A0}s")
    #expect(answer([2, 2, 2, 2, 2, 2]).lines == ["4\u{A0}times", "(4\u{A0}to\u{A0}4)"])
  }

  @Test func `what was found has a tone and, where it is found, a colour of its own`() {
    #expect(Verdict.allCases.map(\.tone) == [.good, .bad, .open])
    #expect(Verdict.allCases.map(\.color) == [.blue, .orange, nil])
  }
}
