/// How wide a text will be, guessed without a font.
///
/// The advances are about those of DejaVu Sans, one of the widest system fonts, so that the guess
/// errs on the side of room.
enum TextWidth {
  /// The size of labels; see the style sheet.
  static let labelSize = 13.0
  /// The size of the chart's title, whose bold letters are wider by an eighth.
  static let titleSize = 15.0 * 1.125

  /// The size of headings within a chart, bold as its title.
  static let headingSize = labelSize * 1.125

  /// The width of `text` in a font of `size`.
  static func estimate(_ text: String, size: Double = labelSize) -> Double {
    text.reduce(0) { $0 + advance($1) } * size
  }

  /// `text` broken between words into lines of at most `width`; a longer word has a line of its
  /// own.
  static func wrapped(_ text: String, width: Double, size: Double = labelSize) -> [String] {
    var lines: [String] = []
    // A percent sign stays with its number.
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .replacing(" %", with: "\u{A0}%").split(separator: " ")
    for word in words {
      if let last = lines.last, estimate("\(last) \(word)", size: size) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { truncated($0, width: width, size: size) }
  }

  /// `text`, or as much of it as fits into `width` with an ellipsis.
  static func truncated(_ text: String, width: Double, size: Double = labelSize) -> String {
    if estimate(text, size: size) <= width { return text }
    var kept = text
    while !kept.isEmpty, estimate(kept + "…", size: size) > width { kept.removeLast() }
    return kept + "…"
  }

  /// The advance of a character in ems.
  private static func advance(_ character: Character) -> Double {
    switch character {
    case "i", "j", "l", "I", "|", "!", "'", ".", ",", ":", ";", " ", "\u{A0}": 0.33
    case "f", "t", "r", "(", ")", "[", "]", "/", "-", "\"": 0.42
    case "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁻": 0.42
    case "m", "w", "M", "W", "%", "@", "…": 1
    case "A"..."Z", "−", "×", "+", "=", "–", "&": 0.75
    case "\u{1100}"...: 1.1
    default: 0.63
    }
  }
}
