import Testing

@testable import Plots

@Suite struct ChartLayoutTests {
  func chart(_ points: [LineChart.Point], width: Double = 720) -> LineChart {
    LineChart(
      title: "A title", x: .init("step"), y: .init("value"),
      series: [.init("plain", points: points)], width: width)
  }

  @Test(arguments: [240.0, 360, 720, .nan, -.infinity])
  func `numbers of the axes have room`(width: Double) {
    let layout = ChartLayout(chart([.init(0, -123_456.5), .init(1e7, 123_456.5)], width: width))
    for tick in layout.yTicks {
      #expect(layout.left - ChartLayout.tickGap - TextWidth.estimate(tick.label) >= 0)
    }
    let extents = layout.xTicks.map { tick in
      let (middle, half) = (layout.xPixel(tick.value), TextWidth.estimate(tick.label) / 2)
      return (start: middle - half, end: middle + half)
    }
    #expect(extents.allSatisfy { $0.start >= 0 && $0.end <= layout.width })
    #expect(zip(extents, extents.dropFirst()).allSatisfy { $0.end < $1.start })
    #expect(layout.right > layout.left)
  }

  @Test func `the legend lies above the data area`() {
    let layout = ChartLayout(chart([.init(0, 0), .init(1, 1)]))
    #expect(layout.legendTop + layout.legend.height < layout.yLabelTop)
    #expect(layout.yLabelTop + ChartLayout.lineHeight < layout.top)
  }

  @Test func `points land where the axes say`() {
    let layout = ChartLayout(chart([.init(0, 0), .init(10, 1)]))
    #expect(layout.pixel(.init(0, 0)) == Pixel(x: layout.left, y: layout.bottom))
    #expect(layout.pixel(.init(10, 1)) == Pixel(x: layout.right, y: layout.top))
    #expect(!layout.contains(layout.pixel(.init(11, 1))))
  }
}
