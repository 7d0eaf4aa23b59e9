import Testing

@testable import Experiments

@Suite struct LearningRatesTests {
  @Test func `the largest stable rate ends the unbroken run above the best`() {
    let experiment = LearningRates()
    // 90 % of the best are enough; what comes back later does not count.
    #expect(experiment.limit([0.2, 0.8, 0.9, 0.85, 0.82, 0.1, 0.85]) == 4)
    // The lower rate of equal bests is where it starts.
    #expect(experiment.limit([0.1, 0.9, 0.5, 0.9]) == 1)
    #expect(experiment.limit([0.5, 0.5, 0.5]) == 2)
    #expect(experiment.limit([0.9, 0.1]) == 0)
  }
}
