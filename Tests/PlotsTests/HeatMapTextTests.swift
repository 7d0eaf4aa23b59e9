import Plots
import Testing

@Suite struct HeatMapTextTests {
  let map = HeatMap(
    title: "Accuracy", x: .init("deviation", numbers: [0.01, 1]),
    y: .init("rate", names: ["low", "high"]), z: .init("accuracy", format: .percent),
    values: [[0.5, 0.975], [0.1, .nan]])

  @Test func `extremes and gaps are told`() {
    #expect(
      map.description == "Heat map of accuracy by rate and deviation. "
        + "Lowest 10 % at rate high, deviation 0.01; highest 97.5 % at rate low, deviation 1. "
        + "1 of 4 cells have no value on the scale.")
    var empty = map
    empty.values = [[.nan, .nan], [.nan, .nan]]
    #expect(empty.description.hasSuffix("There are no values."))
  }

  @Test func `the table has the cells as they stand`() {
    #expect(map.dataTable().columns.map(\.title) == ["rate, by deviation", "0.01", "1"])
    #expect(map.dataTable().rows == [["low", "50.00 %", "97.50 %"], ["high", "10.00 %", "–"]])
  }

  @Test func `the file has a line for each cell`() {
    #expect(
      map.csv() == """
        rate,deviation,accuracy
        low,0.01,0.5
        low,1,0.975
        high,0.01,0.1
        high,1,nan

        """)
  }
}
