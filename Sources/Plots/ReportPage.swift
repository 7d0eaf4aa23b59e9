/// A report as one HTML page that needs nothing else: no scripts, no requests, its style inside.
///
///     let page = ReportPage(
///       title: "With and without batch normalization",
///       lead: "Normalized, the network reaches plain's best accuracy in a seventh of the steps.",
///       sections: [
///         .init("Accuracy", [
///           .paragraph("Both networks start from the same weights."),
///           .figure(chart, caption: "Accuracy on the test images."),
///           .table(results),
///         ]),
///         .init("Run it again", [.command("batchnorm compare --seed 1")]),
///       ])
///     let html = page.html()
///
/// All text is plain text; what means something to HTML is escaped.
public struct ReportPage: Equatable, Sendable {
  /// A part of the page under a heading of its own.
  public struct Section: Equatable, Sendable {
    /// The heading.
    public var heading: String
    /// What stands under it, in order.
    public var blocks: [Block]
    /// What an address ends in that leads to the section, such as "results" of
    /// `report.html#results`; nil for one by its number.
    public var anchor: String?

    /// Creates a section.
    public init(_ heading: String, anchor: String? = nil, _ blocks: [Block] = []) {
      self.heading = heading
      self.anchor = anchor
      self.blocks = blocks
    }
  }

  /// A piece of a section.
  public enum Block: Sendable {
    /// A paragraph of text.
    case paragraph(String)
    /// A paragraph that says what came out, after a word with the symbol and colour of its meaning.
    case statement(String, OverviewTable.Tone, text: String)
    /// A table.
    case table(ReportTable)
    /// A table with links, states and small pictures.
    case overview(OverviewTable)
    /// A chart with its caption, and its numbers behind "Show data", where they can be saved, too.
    case figure(any Chart, caption: String)
    /// Lines of text as they are, such as the command that made the report.
    case command(String)
  }

  /// The title of the page, and its first heading.
  public var title: String
  /// The paragraph that says what came out.
  public var lead: String
  /// The parts of the page.
  public var sections: [Section]
  /// The last line, such as versions and dates; empty for none.
  public var footer: String
  /// The language of the texts, as HTML names it.
  public var language: String

  /// Creates a page.
  public init(
    title: String, lead: String, sections: [Section] = [], footer: String = "",
    language: String = "en"
  ) {
    self.title = title
    self.lead = lead
    self.sections = sections
    self.footer = footer
    self.language = language
  }

  /// The page as the text of an HTML file.
  public func html() -> String {
    let title = Markup.escaped(title)
    var body = "<h1>\(title)</h1>\n"
    if !lead.isEmpty { body += "<p class=\"lead\">\(Markup.escaped(lead))</p>\n" }
    for (section, id) in zip(sections, identifiers) { body += html(section, id: id) }
    let footer = footer.isEmpty ? "" : "<footer><p>\(Markup.escaped(footer))</p></footer>\n"
    // The policy has the browser itself see to it that nothing is fetched or run.
    return """
      <!DOCTYPE html>
      <html lang="\(Markup.escaped(language))">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(title)</title>
      <style>\(ReportStyle.sheet)\(styleSheet)</style>
      </head>
      <body>
      <main>
      \(body)</main>
      \(footer)</body>
      </html>

      """
  }

  /// The id of each section: its anchor, or its number where it has none or one that was taken.
  private var identifiers: [String] {
    var taken: Set<String> = []
    return sections.enumerated().map { index, section in
      let id = section.anchor.map(Markup.identifier) ?? ""
      let free = id.isEmpty || taken.contains(id) ? "s\(index + 1)" : id
      taken.insert(free)
      return free
    }
  }

  private func html(_ section: Section, id: String) -> String {
    var html = "<section aria-labelledby=\"\(id)\">\n"
    html += "<h2 id=\"\(id)\">\(Markup.escaped(section.heading))</h2>\n"
    for (index, block) in section.blocks.enumerated() {
      let blockID = "\(id)-\(index + 1)"
      switch block {
      case .paragraph(let text): html += "<p>\(Markup.escaped(text))</p>\n"
      case .statement(let word, let tone, let text):
        html += "<p class=\"statement \(tone.rawValue)\">\(tone.html(word))"
        html += "\(Markup.escaped(text))</p>\n"
      case .table(let table): html += table.html(id: blockID)
      case .overview(let table): html += table.html(id: blockID)
      case .figure(let chart, let caption): html += chart.figure(caption: caption, id: blockID)
      case .command(let text):
        html += "<pre tabindex=\"0\" role=\"region\" aria-label=\"Command\"><code>"
        html += "\(Markup.escaped(text))</code></pre>\n"
      }
    }
    return html + "</section>\n"
  }
}

extension ReportPage.Block: Equatable {
  /// Whether two blocks are of the same kind and hold the same.
  public static func == (one: Self, other: Self) -> Bool {
    switch (one, other) {
    case (.paragraph(let a), .paragraph(let b)): a == b
    case (.statement(let a, let toneA, let textA), .statement(let b, let toneB, let textB)):
      a == b && toneA == toneB && textA == textB
    case (.table(let a), .table(let b)): a == b
    case (.overview(let a), .overview(let b)): a == b
    case (.figure(let a, let captionA), .figure(let b, let captionB)):
      a.isEqual(to: b) && captionA == captionB
    case (.command(let a), .command(let b)): a == b
    default: false
    }
  }
}
