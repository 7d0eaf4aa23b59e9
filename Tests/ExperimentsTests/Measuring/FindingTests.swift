import Experiments
import Testing

@Suite struct FindingTests {
  private func answer(_ scale: Criterion.Scale, _ values: [Double]) -> Finding.Answer {
    var experiment = PlantedExperiment()
    experiment.criterion = Criterion("effect", "a number", scale)
    let outcomes = values.enumerated().map { index, value in
      var outcome = SeedOutcome(seed: UInt64(index))
      outcome.effects["effect"] = value
      return outcome
    }
    return Finding(experiment, outcomes).answer
  }

  @Test func `effects are written with their interval and unit`() {
    #expect(answer(.factor, [3, 3, 3, 3, 3, 3]).text == "8 times (8 to 8)")
    #expect(answer(.points, [0.01, 0.02, 0.03, 0.04, 0.05]).text == "3.00 points (1.00 to 5.00)")
    #expect(answer(.number(unit: "s"), [-1, -1, -1, -1, -1.5]).text == "-1.1 s (-1.5 to -1)")
    #expect(answer(.number(unit: ""), [1, 2]).text == "1.5 (no interval: too few seeds)")
    let without = answer(.factor, [.nan, 1, 1, 1, 1]).text
    #expect(without == "none (no interval: a seed has no number)")
  }

  @Test func `one of a unit is no plural`() {
    let decades = Criterion.Scale.number(unit: "decades")
    #expect(
      [1, -1, 0, 2, 1.5].map(decades.text) == [
        "1 decade", "-1 decade", "0 decades", "2 decades", "1.5 decades",
      ])
    #expect(Criterion.Scale.number(unit: "s").text(1) == "1 s")
    #expect(Criterion.Scale.number(unit: "").text(1) == "1")
    #expect(Criterion.Scale.factor.text(0) == "1 times")
  }

  @Test func `a rule is told with as few digits as it needs`() {
    let one = DecisionRule(confirmedAbove: 0.02, refutedBelow: 0.01)
    #expect(one.text(.points) == "refuted below 1 point, confirmed above 2 points")
    #expect(DecisionRule.positive.text(.factor) == "refuted below, confirmed above 1 times")
  }

  @Test func `a finding needs a number for each seed`() async {
    await #expect(processExitsWith: .failure) {
      _ = Finding(PlantedExperiment(), [SeedOutcome(seed: 1)])
    }
  }
}
