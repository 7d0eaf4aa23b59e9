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

  /// `text` as part of an address: the UTF-8 bytes of other characters than ASCII letters, digits,
  /// commas and -._ as percent signs and two digits.
  static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: ","):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return result
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

  /// A text element that reads upwards and ends at (`x`, `y`).
  static func turnedText(_ text: String, x: Double, y: Double, classes: String) -> String {
    let place = (NumberText.coordinate(x), NumberText.coordinate(y))
    return "<text class=\"\(classes)\" x=\"\(place.0)\" y=\"\(place.1)\" text-anchor=\"end\""
      + " transform=\"rotate(-90 \(place.0) \(place.1))\">\(escaped(text))</text>\n"
  }

  /// The lines of a chart's title, at its top left.
  static func title(_ lines: [String], isPanel: Bool = false) -> String {
    lines.enumerated().map { row, line in
      let y = ChartLayout.margin + Double(row) * ChartLayout.titleLineHeight + 14
      return text(
        line, x: ChartLayout.margin, y: y,
        classes: isPanel ? "chart-name chart-heading" : "chart-title")
    }.joined()
  }

  /// A line element of a drawing.
  static func line(_ from: Pixel, _ to: Pixel, classes: String) -> String {
    let (x1, y1) = (NumberText.coordinate(from.x), NumberText.coordinate(from.y))
    let (x2, y2) = (NumberText.coordinate(to.x), NumberText.coordinate(to.y))
    return "<line class=\"\(classes)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\""
      + " stroke=\"currentColor\"/>\n"
  }
}
