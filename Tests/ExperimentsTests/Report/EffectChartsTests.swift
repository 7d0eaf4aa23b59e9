import Plots
import Testing

@testable import Experiments

@Suite struct EffectChartsTests {
  private func finding(_ criteria: [Criterion]) -> Finding {
    var experiment = PlantedExperiment()
    experiment.criterion = criteria[0]
    experiment.furtherCriteria = Array(criteria.dropFirst())
    var outcomes: [SeedOutcome] = []
    for seed in 1...6 {
      var outcome = SeedOutcome(seed: UInt64(seed))
      for criterion in criteria { outcome.effects[criterion.key] = Double(seed) / 100 }
      outcomes.append(outcome)
    }
    return Finding(experiment, outcomes)
  }

  private let rule = DecisionRule(confirmedAbove: 0.02, refutedBelow: 0.01)

  @Test func `each scale has a chart, and the answer that decides is marked`() {
    let charts = finding([
      .init("a", "", .points), .init("b", "", .factor), .init("c", "", .points),
    ]).effectCharts(title: "Effect")
    #expect(charts.map(\.title) == ["Effect, in percentage points", "Effect, as a factor"])
    #expect(charts.map { $0.rows.map(\.label) } == [["a (decides)", "c"], ["b"]])
    #expect(charts[0].rows[0].intervals[0]?.points == [1, 2, 3, 4, 5, 6])
  }

  @Test func `one rule is marked across the chart, with one line where its limits agree`() {
    let two = finding([.init("a", "", .points, rule), .init("b", "", .points, rule)])
      .effectCharts(title: "Effect")
    #expect(two.map(\.title) == ["Effect"])
    #expect(two[0].guides.map(\.label) == ["refuted below 1", "confirmed above 2"])
    #expect(two[0].guides.map(\.value) == [1, 2])
    let one = finding([.init("a", "", .factor)]).effectCharts(title: "Effect")[0]
    #expect(one.guides == [.vertical(at: 1, label: "refuted below, confirmed above 1")])
    #expect(one.rows.allSatisfy { $0.marks.isEmpty })
  }

  @Test func `several rules have a heading and marks of their own each`() {
    let chart = finding([
      .init("a", "", .points, rule), .init("b", "", .points), .init("c", "", .points, rule),
    ]).effectCharts(title: "Effect")[0]
    #expect(chart.guides.isEmpty)
    #expect(
      chart.rows.map(\.label) == [
        "Refuted below 1 point, confirmed above 2 points", "a (decides)", "c",
        "Refuted below, confirmed above 0 points", "b",
      ])
    #expect(chart.rows.map(\.marks) == [[], [1, 2], [1, 2], [], [0]])
    #expect(chart.rows.map(\.isHeading) == [true, false, false, true, false])
  }

  @Test func `a mean that is 0 but for roundings is 0`() {
    let effect = Effect([0.1, 0.2, -0.3, 0.3, -0.2, -0.1 + 1e-17])
    let answer = Finding.Answer(
      criterion: .init("a", "", .points), effect: effect, verdict: .undecided)
    #expect(answer.interval.value == 0)
  }

  @Test func `the mark of an effect tells it in words`() {
    let mark = finding([.init("a", "", .points, rule)]).answer.mark(name: "planted")
    #expect(mark.title == "Effect of planted")
    #expect(mark.lower == 1 && mark.upper == 2)
    #expect(mark.description.hasPrefix("Undecided: 3.50 points ("))
    #expect(mark.description.hasSuffix("Limits: refuted below 1 point, confirmed above 2 points."))
  }
}
