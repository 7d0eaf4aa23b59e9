import Testing

@testable import Plots

@Suite struct HeatMapTests {
  func map(_ values: [[Double]], _ palette: HeatMap.Palette = .sequential) -> HeatMap {
    HeatMap(
      title: "Title", x: .init("x", numbers: (0..<(values.first?.count ?? 0)).map(Double.init)),
      y: .init("y", numbers: values.indices.map(Double.init)), z: .init("z"), values: values,
      palette: palette)
  }

  @Test func `lowest and highest have the ends of the scale`() {
    let map = map([[1, 2], [3, .nan]])
    #expect(map.scale.range == 1...3)
    #expect(map.color(at: map.scale.fraction(1), on: map.scale) == ColorScale.sequential.color(0))
    #expect(map.color(at: map.scale.fraction(3), on: map.scale) == ColorScale.sequential.color(1))
  }

  @Test func `a diverging scale is grey at its centre and as far to both sides`() {
    let map = map([[-1, 3]], .diverging(center: 0))
    func color(_ value: Double) -> String {
      map.color(at: map.scale.fraction(value), on: map.scale).text
    }
    #expect(color(0) == ColorScale.diverging.color(0.5).text)
    #expect(color(3) == ColorScale.diverging.color(1).text)
    // A third of the reach of 3.
    #expect(color(-1) == ColorScale.diverging.color(0.5 - 0.5 / 3).text)
  }

  @Test func `numbers have as many digits as have room`() {
    let map = map([[0.123456, 15.5], [.nan, .infinity]])
    #expect(map.texts(cellWidth: 60) == [["0.123", "15.5"], ["–", "∞"]])
    #expect(map.texts(cellWidth: 40) == [["0.12", "16"], ["–", "∞"]])
    #expect(map.texts(cellWidth: 12) == nil)
  }

  @Test func `hundredths are written without their sign`() {
    var map = map([[0.5, 0.975]])
    map.z.format = .percent
    #expect(map.texts(cellWidth: 60) == [["50.0", "97.5"]])
  }

  @Test func `a number that is missing is no number`() {
    var map = map([[1, 2]])
    map.values = [[1]]
    #expect(map.value(row: 0, column: 1).isNaN && map.value(row: 1, column: 0).isNaN)
  }
}
