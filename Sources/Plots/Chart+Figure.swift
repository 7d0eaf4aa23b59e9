extension Chart {
  /// The chart as a figure of a page: drawing, caption, and the numbers behind "Show data".
  ///
  /// It is drawn twice, of which the style sheet shows one: on a narrow screen the wide drawing
  /// would shrink until its text cannot be read.
  func figure(caption: String, id: String) -> String {
    """
    <figure>
    <div class="wide">\(svg(idPrefix: id + "-wide"))</div>
    <div class="narrow">\(svg(idPrefix: id + "-narrow", width: 360, style: nil))</div>
    <figcaption>\(Markup.escaped(caption))</figcaption>
    <details><summary>Show data</summary>
    \(dataTable().html(id: id + "-data"))\(download)</details>
    </figure>

    """
  }

  /// A link that saves all numbers as a file; they stand in the link itself, nothing is fetched.
  private var download: String {
    let name = String(
      title.lowercased().map { $0.isASCII && $0.isLetter || $0.isNumber ? $0 : "-" }
    )
    .split(separator: "-").joined(separator: "-")
    return """
      <p class="download"><a download="\(Markup.escaped(name.isEmpty ? "data" : name)).csv" \
      href="data:text/csv;charset=utf-8,\(Markup.percentEncoded(csv()))">Download as CSV</a></p>

      """
  }
}
