import Testing

@testable import Plots

@Suite struct PercentileTests {
  @Test func `known percentiles`() {
    let values: [Double] = [0, 10, 20, 30, 40]
    for (share, expected) in [(0.0, 0.0), (0.25, 10), (0.5, 20), (0.15, 6), (1, 40), (2, 40)] {
      let found = Percentile.value(share, ofSorted: values)
      #expect(found == expected)
    }
    #expect(Percentile.value(0.3, ofSorted: [7]) == 7)
    #expect(Percentile.value(0.5, ofSorted: []) == nil)
  }

  @Test(arguments: [
    (0.5, "median"), (0.85, "85th percentile"), (0.01, "1st percentile"), (0.22, "22nd percentile"),
    (0.03, "3rd percentile"), (0.11, "11th percentile"), (0.001, "0.1th percentile"),
  ])
  func `percentiles have names`(share: Double, name: String) {
    #expect(Percentile.name(share) == name)
  }
}
