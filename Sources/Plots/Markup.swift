/// Text and names made safe for XML and HTML.
enum Markup {
  /// `text` with the five characters that mean something to a parser written as references.
  ///
  /// Characters that XML 1.0 does not admit at all become the replacement character.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      case "\0"..<" ", "\u{7F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `text` as the start of an id: other characters than ASCII letters, digits, - and _ become -.
  static func identifier(_ text: String) -> String {
    let kept = text.map { character in
      character.isASCII && (character.isLetter || character.isNumber) || "-_".contains(character)
        ? character : "-"
    }
    return kept.first?.isLetter == true ? String(kept) : "c" + String(kept)
  }

  /// A text element of a drawing.
  static func text(
    _ text: String, x: Double, y: Double, anchor: String = "start", classes: String
  ) -> String {
    let x = NumberText.coordinate(x)
    let y = NumberText.coordinate(y)
    return "<text class=\"\(classes)\" x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\">"
      + "\(escaped(text))</text>\n"
  }

  /// A line element of a drawing.
  static func line(_ from: Pixel, _ to: Pixel, classes: String) -> String {
    let (x1, y1) = (NumberText.coordinate(from.x), NumberText.coordinate(from.y))
    let (x2, y2) = (NumberText.coordinate(to.x), NumberText.coordinate(to.y))
    return "<line class=\"\(classes)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\""
      + " stroke=\"currentColor\"/>\n"
  }
}
