import Testing

@testable import Plots

@Suite struct HeatMapLayoutTests {
  func layout(columns: [String], rows: [String] = ["r"], width: Double = 720) -> HeatMapLayout {
    HeatMapLayout(
      HeatMap(
        title: "Title", x: .init("x", names: columns), y: .init("y", names: rows), z: .init("z"),
        values: rows.map { _ in columns.map { Double($0.count) } }, width: width))
  }

  @Test func `cells fill the area without gaps`() {
    let layout = layout(columns: ["a", "b", "c"], rows: ["1", "2", "3", "4"])
    let first = layout.cell(row: 0, column: 0)
    let last = layout.cell(row: 3, column: 2)
    #expect(first.left == layout.left && first.top == layout.top)
    #expect((last.right - layout.right).magnitude < 1e-9)
    #expect((last.bottom - layout.bottom).magnitude < 1e-9)
    #expect(layout.cell(row: 0, column: 1).left == first.right)
    #expect(layout.cell(row: 1, column: 0).top == first.bottom)
    #expect((first.height - HeatMapLayout.rowHeight).magnitude < 1e-9)
    #expect((first.width - HeatMapLayout.columnWidth).magnitude < 1e-9)
  }

  @Test func `names break into lines, or read upwards where they cannot`() {
    #expect(!layout(columns: ["batch normalization", "none"]).isTurned)
    #expect(layout(columns: ["batch normalization", "none"]).columnNames[0].count == 2)
    let many = (0..<20).map { "normalization\($0)" }
    #expect(layout(columns: many).isTurned)
  }

  @Test func `turned names that would meet are left out`() {
    let layout = layout(columns: (0..<100).map { "column \($0)" })
    let gap =
      layout.cell(row: 0, column: layout.nameStride).left - layout.cell(row: 0, column: 0).left
    #expect(layout.isTurned && layout.nameStride > 1 && gap >= ChartLayout.lineHeight)
    #expect(self.layout(columns: ["a", "b"]).nameStride == 1)
  }

  @Test func `the colour bar has room`() {
    for width in [240.0, 360, 720] {
      let layout = layout(columns: (0..<30).map { "\($0)" }, width: width)
      #expect(layout.right + layout.bar.room <= width)
      #expect(layout.right > layout.left)
    }
  }
}
