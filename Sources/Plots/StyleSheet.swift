/// The style sheet of all charts, to stand once in a page that holds some: CSS text, without the
/// `style` element.
///
/// It follows the reader's preference for light or dark, unless an element around the chart says
/// `data-theme="light"` or `data-theme="dark"`. Print is light. With forced colours all series take
/// the colour of text, and differ by dash and marker. The text has neither `<` nor `&`, so it can
/// stand in HTML and XML alike.
public let styleSheet: String = """

  .chart { \(lightColors) }
  @media (prefers-color-scheme: dark) { .chart { \(darkColors) } }
  [data-theme="light"] .chart { \(lightColors) }
  [data-theme="dark"] .chart { \(darkColors) }
  @media print { .chart, [data-theme] .chart { \(lightColors) } }
  @media (forced-colors: active) { .chart, [data-theme] .chart { \(forcedColors) } }
  \(rules)

  """

/// The style sheet of a file with the colours of one theme alone, written out: not every program
/// that shows SVG knows variables.
///
/// - Parameters:
///   - isDark: Whether the ground is.
///   - elements: What is drawn; rules for other classes are left out. Nil for all rules.
func fixedStyleSheet(isDark: Bool, for elements: String? = nil) -> String {
  var text = rules
  if let elements {
    text = text.split(separator: "}").filter { rule in
      let selector = rule.prefix { $0 != "{" }
      let classes = selector.split { " ,.\n".contains($0) }.filter { $0.hasPrefix("chart-") }
      return classes.isEmpty || classes.contains { elements.contains($0) }
    }.map { $0 + "}" }.joined()
  }
  for definition in (isDark ? darkColors : lightColors).split(separator: ";") {
    let parts = definition.split(separator: ":").map { $0.filter { !$0.isWhitespace } }
    if parts.count == 2 { text = text.replacing("var(\(parts[0]))", with: parts[1]) }
  }
  return "\n" + text + "\n"
}

private let rules = """
  .chart { color: var(--chart-ink); max-width: 100%; height: auto; }
  .chart text { font: 13px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
    fill: var(--chart-ink); }
  .chart .chart-title { font-size: 15px; font-weight: 600; }
  .chart .chart-tick { fill: var(--chart-muted); font-variant-numeric: tabular-nums; }
  .chart .chart-label, .chart .chart-note, .chart .chart-level { fill: var(--chart-muted); }
  .chart .chart-note { stroke: var(--chart-ground); stroke-width: 4; paint-order: stroke; }
  .chart-ground { fill: var(--chart-ground); }
  .chart-grid { stroke: var(--chart-grid); stroke-width: 1; }
  .chart-axis { stroke: var(--chart-muted); stroke-width: 1; }
  .chart-guide { stroke: var(--chart-muted); stroke-width: 1.5; stroke-dasharray: 1 3;
    stroke-linecap: round; }
  .chart-limit { stroke: var(--chart-muted); stroke-width: 1; }
  .chart-zone { fill: currentColor; fill-opacity: 0.13; }
  .chart-line { stroke: currentColor; fill: none; stroke-width: 2; stroke-linejoin: round; }
  .chart-band { fill: currentColor; fill-opacity: 0.2; }
  .chart-marker { fill: currentColor; stroke: var(--chart-ground); stroke-width: 1.5;
    paint-order: stroke; }
  .chart-blue { color: var(--chart-color-blue); }
  .chart-orange { color: var(--chart-color-orange); }
  .chart-green { color: var(--chart-color-green); }
  .chart-purple { color: var(--chart-color-purple); }
  .chart-black { color: var(--chart-color-black); }
  .chart .chart-level { font-size: 11px; }
  .chart .chart-heading { font-weight: 600; stroke: var(--chart-ground); stroke-width: 4;
    paint-order: stroke; }
  .chart .chart-number { fill: var(--chart-ink); font-variant-numeric: tabular-nums; }
  .chart-whisker { stroke: currentColor; stroke-width: 2; fill: none; }
  .chart .chart-on-light { fill: #000000; font-variant-numeric: tabular-nums; }
  .chart .chart-on-dark { fill: #ffffff; font-variant-numeric: tabular-nums; }
  .chart-halo { stroke: var(--chart-ground); stroke-width: 4; stroke-opacity: 0.7; fill: none;
    stroke-linejoin: round; }
  .chart-heat { fill: currentColor; }
  .chart-contour { stroke: var(--chart-muted); stroke-width: 1; stroke-opacity: 0.7; fill: none;
    stroke-linejoin: round; }
  .chart-ring { fill: var(--chart-ground); stroke: currentColor; stroke-width: 2; }
  .chart-step { fill: currentColor; }
  .chart-dot { fill: currentColor; fill-opacity: 0.6; }
  """

// Text has a contrast of at least 4.5 to 1 against the ground, lines of at least 3 to 1: the least
// is reddish purple on white with 3.06. Grid lines are fainter, since numbers tell what they do.

private let lightColors = """
  --chart-ground: #ffffff; --chart-ink: #1b1f24; --chart-muted: #595f69; --chart-grid: #dfe3e9; \
  --chart-color-blue: #0072b2; --chart-color-orange: #d55e00; --chart-color-green: #009e73; \
  --chart-color-purple: #cc79a7; --chart-color-black: #000000;
  """

private let darkColors = """
  --chart-ground: #14171c; --chart-ink: #e6e9ee; --chart-muted: #a3abb8; --chart-grid: #2d333d; \
  --chart-color-blue: #56b4e9; --chart-color-orange: #e69f00; --chart-color-green: #009e73; \
  --chart-color-purple: #cc79a7; --chart-color-black: #f0e442;
  """

private let forcedColors = """
  --chart-ground: Canvas; --chart-ink: CanvasText; --chart-muted: CanvasText; \
  --chart-grid: GrayText; \
  --chart-color-blue: CanvasText; --chart-color-orange: CanvasText; \
  --chart-color-green: CanvasText; \
  --chart-color-purple: CanvasText; --chart-color-black: CanvasText;
  """
