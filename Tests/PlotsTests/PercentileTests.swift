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
}
