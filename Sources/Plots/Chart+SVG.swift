/// The colours of a drawing.
public enum ChartTheme: Equatable, Sendable {
  /// Light or dark as the reader prefers; light in print.
  case automatic
  /// Dark on light, everywhere.
  case light
  /// Light on dark, everywhere.
  case dark
}

extension Chart {
  /// The chart as an `svg` element, for a page that holds `styleSheet`.
  ///
  /// The element has the role of an image, named by the title and described in words.
  ///
  /// - Parameter idPrefix: The start of the ids in the element; has to differ between the charts of
  ///   a page.
  public func svg(idPrefix: String) -> String { svg(idPrefix: idPrefix, width: nil, style: nil) }

  /// The chart as the text of an SVG file: with the style sheet, and a background of its own.
  ///
  /// - Parameter theme: The colours. Those of one theme alone are written without variables or
  ///   queries, which not every program that shows SVG knows.
  public func standaloneSVG(theme: ChartTheme = .automatic) -> String {
    let elements = drawing(width: nil, id: "chart").elements + "chart-ground"
    let style =
      theme == .automatic
      ? styleSheet : fixedStyleSheet(isDark: theme == .dark, for: elements)
    return svg(idPrefix: "chart", width: nil, style: style) + "\n"
  }

  /// The element at some `width`, with the `style` of a file or without.
  func svg(idPrefix: String, width: Double?, style: String?) -> String {
    let id = Markup.identifier(idPrefix)
    let drawing = drawing(width: width, id: id)
    // Inside a page the drawing is flush with the text around it; a file has some ground around it.
    let padding = style == nil ? 0.0 : 14
    let origin = NumberText.coordinate(-padding)
    let width = NumberText.coordinate(drawing.width + 2 * padding)
    let height = NumberText.coordinate(drawing.height + 2 * padding)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" \
      aria-labelledby="\(id)-title \(id)-desc" viewBox="\(origin) \(origin) \(width) \(height)" \
      width="\(width)" height="\(height)">
      <title id="\(id)-title">\(Markup.escaped(title))</title>
      <desc id="\(id)-desc">\(Markup.escaped(description))</desc>

      """
    if let style {
      svg += """
        <style>\(style)</style>
        <rect class="chart-ground" x="\(origin)" y="\(origin)" \
        width="100%" height="100%" fill="none"/>

        """
    }
    return svg + drawing.elements + "</svg>"
  }
}
