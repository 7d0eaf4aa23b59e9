// The charts that can be panels.

extension LineChart: PanelChart {
  /// The charts with common axes and looks; see `PanelChart`.
  public static func sharingAxes(_ panels: [LineChart], x: Bool, y: Bool) -> [LineChart] {
    let contents = panels.map(\.content)
    let names = [Series].names(panels.map(\.series))
    return panels.map { panel in
      var panel = panel
      if x { panel.x = panel.x.showing(contents.flatMap(\.xValues)) }
      if y { panel.y = panel.y.showing(contents.flatMap(\.yValues)) }
      panel.series = panel.series.styled(by: names)
      return panel
    }
  }

  /// The chart drawn at its place; see `PanelChart`.
  public func panel(_ place: PanelPlace, id: String) -> ChartPanel {
    var content = content
    content.fit(place)
    let layout = ChartLayout(content)
    let entries = series.enumerated().map { index, series in
      ChartPanel.Entry(name: series.name) { sample(of: index, at: $0) }
    }
    return ChartPanel(layout, elements: elements(layout, id: id), entries: entries)
  }
}

extension ContourPlot: PanelChart {
  /// The charts with common axes and looks; see `PanelChart`.
  public static func sharingAxes(_ panels: [ContourPlot], x: Bool, y: Bool) -> [ContourPlot] {
    let names = [LineChart.Series].names(panels.map(\.paths))
    return panels.map { panel in
      var panel = panel
      if x { panel.x = panel.x.showing(panels.flatMap(\.grid.x)) }
      if y { panel.y = panel.y.showing(panels.flatMap(\.grid.y)) }
      // Dashes stay as the chart has them.
      panel.paths = zip(panel.paths, panel.paths.styled(by: names)).map { path, styled in
        var styled = styled
        styled.dash = path.dash
        return styled
      }
      return panel
    }
  }

  /// The chart drawn at its place; see `PanelChart`.
  public func panel(_ place: PanelPlace, id: String) -> ChartPanel {
    var content = content
    let names = content.names
    content.fit(place)
    let layout = ChartLayout(content)
    let entries = names.enumerated().map { index, name in
      ChartPanel.Entry(name: name, isLast: index == names.count - 1) { sample(of: index, at: $0) }
    }
    return ChartPanel(layout, elements: elements(layout, id: id), entries: entries)
  }
}

extension HistogramStrip: PanelChart {
  /// The charts with common axes; see `PanelChart`.
  public static func sharingAxes(_ panels: [HistogramStrip], x: Bool, y: Bool) -> [HistogramStrip] {
    let contents = panels.map(\.content)
    return panels.map { panel in
      var panel = panel
      if x { panel.x = panel.x.showing(contents.flatMap(\.xValues)) }
      if y { panel.y = panel.y.showing(contents.flatMap(\.yValues)) }
      return panel
    }
  }

  /// The chart drawn at its place, its colours told in the legend; see `PanelChart`.
  public func panel(_ place: PanelPlace, id: String) -> ChartPanel {
    var content = content
    let names = content.names + [content.colorBar.map { $0.label } ?? ""]
    content.fit(place)
    content.colorBar = nil
    let layout = ChartLayout(content)
    let entries = names.enumerated().map { index, name in
      ChartPanel.Entry(name: name, isLast: index == names.count - 1) { sample(of: index, at: $0) }
    }
    return ChartPanel(layout, elements: elements(layout, id: id), entries: entries)
  }
}
