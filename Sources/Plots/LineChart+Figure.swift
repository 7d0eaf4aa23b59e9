extension LineChart {
  /// The chart as a figure of a page: drawing, caption, and the numbers behind "Show data".
  ///
  /// It is drawn twice, of which the style sheet shows one: on a narrow screen the wide drawing
  /// would shrink until its text cannot be read.
  func figure(caption: String, id: String) -> String {
    var narrow = self
    narrow.width = 360
    narrow.plotHeight = min(plotHeight, 240)
    return """
      <figure>
      <div class="wide">\(svg(idPrefix: id + "-wide"))</div>
      <div class="narrow">\(narrow.svg(idPrefix: id + "-narrow"))</div>
      <figcaption>\(Markup.escaped(caption))</figcaption>
      <details><summary>Show data</summary>
      \(dataTable().html(id: id + "-data"))</details>
      </figure>

      """
  }
}
