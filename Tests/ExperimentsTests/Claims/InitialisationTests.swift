import Testing

@testable import Experiments

@Suite struct InitialisationTests {
  @Test func `a range is half a decade for each deviation near the best`() {
    // Three deviations, two rates; 2 points below the best still count.
    let table = Initialisation.Accuracies(
      rows: [[0.9, 0.5], [0.89, 0.7], [0.1, 0.879]], shared: 1, margin: 0.02)
    #expect(table.own == [0.9, 0.89, 0.879])
    #expect(table.ownRange == 1)
    // At the shared rate the best is another.
    #expect(table.sharedColumn == [0.5, 0.7, 0.879])
    #expect(table.sharedRange == 0.5)
    #expect(abs(table.shareOfSettings - 2.0 / 6) < 1e-12)
  }
}
