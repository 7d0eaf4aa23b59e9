/// Comma-separated values, as RFC 4180 has them but for its line ends: a line feed alone.
enum CSV {
  /// One line with its end.
  static func line(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  /// `text` in quotation marks where it needs them.
  private static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r\r\n".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// `value` with the fewest digits that read back as the same number; nothing for `nil`.
  static func number(_ value: Double?) -> String {
    guard let value else { return "" }
    // Whole numbers without ".0", as counts and steps are written.
    if value.magnitude < 1e15, value == value.rounded(), value != 0 || value.sign == .plus {
      return String(Int(value))
    }
    return value.description
  }
}
