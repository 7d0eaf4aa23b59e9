/// A chart that can stand beside others of its kind, in `SmallMultiples`.
///
/// The charts of this module conform to it where they can; panels are made by none other.
public protocol PanelChart: Chart {
  /// `panels` with axes that show what any of them shows, and the same look for what has the same
  /// name.
  ///
  /// - Parameters:
  ///   - panels: The charts.
  ///   - x: Whether x axes without a range of their own are made to agree.
  ///   - y: Whether y axes without a range of their own are made to agree.
  static func sharingAxes(_ panels: [Self], x: Bool, y: Bool) -> [Self]

  /// The chart drawn at its place: without a legend, which all panels share.
  func panel(_ place: PanelPlace, id: String) -> ChartPanel
}

/// The place of a panel among others.
public struct PanelPlace: Equatable, Sendable {
  let width: Double
  let plotHeight: Double
  /// The lines that all titles of a row have room for.
  let titleLineCount: Int
  let showsXLabel: Bool
  /// Whether the label of the y axis is drawn; it has room in any case.
  let showsYLabel: Bool
}

/// A chart drawn as a panel, and what it has to say in the legend.
public struct ChartPanel: Sendable {
  /// A name of the legend, and what stands before it.
  struct Entry: Sendable {
    let name: String
    /// Whether it stands after those that are not, of all panels.
    var isLast = false
    let sample: @Sendable (Pixel) -> String
  }

  let drawing: ChartDrawing
  /// Where the data area ends.
  let bottom: Double
  let entries: [Entry]

  init(_ layout: ChartLayout, elements: String, entries: [Entry]) {
    drawing = ChartDrawing(width: layout.width, height: layout.height, elements: elements)
    bottom = layout.bottom
    self.entries = entries
  }
}

extension LineChart.Axis {
  /// The axis with the range that shows all `values`, unless it has one already.
  func showing(_ values: [Double]) -> LineChart.Axis {
    var axis = self
    let hasValues = values.contains(where: canDraw)
    if range == nil, hasValues {
      axis.range = AxisScale(self, values: values).range
    }
    return axis
  }
}

extension [LineChart.Series] {
  /// The series with the looks of their names: those of the turn in which `names` has them.
  func styled(by names: [String]) -> [LineChart.Series] {
    func turn<Look>(_ looks: [Look], _ index: Int) -> Look { looks[index % looks.count] }
    return map { series in
      guard let index = names.firstIndex(of: series.name) else { return series }
      var series = series
      series.color = series.color ?? turn(LineChart.Color.allCases, index)
      series.dash = series.dash ?? turn(LineChart.Dash.allCases, index)
      series.marker = series.marker ?? turn(LineChart.Marker.allCases, index)
      return series
    }
  }

  /// The names of all series of several charts, each once, in the order they appear.
  static func names(_ charts: [[LineChart.Series]]) -> [String] {
    charts.joined().reduce(into: []) { if !$0.contains($1.name) { $0.append($1.name) } }
  }
}
