import Testing

@testable import Plots

@Suite struct LegendTests {
  @Test func `entries neither overlap nor leave the chart`() {
    let names = (0..<17).map { String(repeating: "name ", count: $0 % 6) + "\($0)" }
    for width in [240.0, 360, 720] {
      let entries = Legend(names: names, width: width).entries
      #expect(entries.count == names.count)
      for (entry, next) in zip(entries, entries.dropFirst()) {
        let end = entry.x + Legend.nameOffset + TextWidth.estimate(entry.name)
        #expect(end <= width)
        #expect(next.row > entry.row ? next.x == 0 : next.x > end)
      }
    }
  }

  @Test func `no series take no room`() {
    #expect(Legend(names: [], width: 700).height == 0)
  }
}
