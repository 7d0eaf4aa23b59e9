import Foundation
import Normalization
import TensorFiles

/// What `apply` shows without --output and --json: tables, as on the page.
extension ApplyOutcome {
  /// The tables of input, normalised and output where they are small, and the statistics.
  func text(columnNames: [String]?) -> [String] {
    var lines: [String] = []
    if let normalised, let output = tensors["output"], let columns = shape.last {
      lines += table("Input", input.values, columns, columnNames)
      lines += table("Normalised", normalised.values, columns, columnNames)
      lines += table("Output", output.values, columns, columnNames)
      if let gradient = tensors["input_gradient"] {
        lines += table("Input gradient", gradient.values, columns, columnNames)
      }
    } else {
      lines += [
        "\(input.dtype) \(shape): only tables of up to 32 rows and 16 columns are shown; "
          + "--output writes it to a file", "",
      ]
    }
    return lines + statisticsLines(columnNames)
  }

  /// Whether tensors of a shape are shown: at most 32 rows and 16 columns.
  static func hasTables(_ shape: [Int]) -> Bool {
    guard shape.count <= 2, let columns = shape.last else { return false }
    return shape.reduce(1, *) / columns <= 32 && columns <= 16
  }

  private func table(
    _ title: String, _ values: [Double], _ columns: Int, _ names: [String]?
  ) -> [String] {
    var table = TextTable(header: [title] + columnTitles(columns, names))
    for row in 0..<values.count / columns {
      let cells = (0..<columns).map { number(values[row * columns + $0]) }
      table.rows.append(["\(row + 1)"] + cells)
    }
    return table.lines + [""]
  }

  private func columnTitles(_ count: Int, _ names: [String]?) -> [String] {
    if let names, names.count == count { return names }
    return (0..<count).map { "F\($0)" }
  }

  /// A column of numbers, one for each row of a table.
  private typealias Column = (title: String, values: [Double]?)

  private func statisticsLines(_ columnNames: [String]?) -> [String] {
    let parameters: [Column] = [
      ("running mean", running?.mean), ("running variance", running?.variance),
      ("scale gradient", tensors["scale_gradient"]?.values),
      ("shift gradient", tensors["shift_gradient"]?.values),
    ]
    let isLast = resolvedAxis(axis, rank: shape.count) == shape.count - 1
    func owners(_ count: Int) -> [String] { columnTitles(count, isLast ? columnNames : nil) }
    let owner = norm.hasElementParameters ? "Element" : "Channel"
    guard let sets = statistics else { return lines(owner, owners, parameters) }
    let own: [Column] =
      norm == .rms
      ? [("mean square", sets.variance), ("root", sets.variance.map { $0.squareRoot() })]
      : [
        ("mean", sets.mean), ("variance", sets.variance),
        ("deviation", sets.variance.map { $0.squareRoot() }),
      ]
    if norm == .batch || norm == .renorm { return lines(owner, owners, own + parameters) }
    let (title, ofChannels) =
      switch norm {
      case .instance: ("Sample, channel", true)
      case .group: ("Sample, group", false)
      case .ghost: ("Virtual batch, channel", true)
      default: (sets.shape.count == 1 && shape.count == 2 ? "Row" : "Set", false)
      }
    let table = lines(
      title, { _ in Self.places(sets.shape, channels: ofChannels ? owners : nil) }, own)
    let rest = lines(owner, owners, parameters)
    return rest.isEmpty ? table : table + [""] + rest
  }

  /// A table of the columns that are there; nothing where none is.
  private func lines(
    _ title: String, _ rows: (_ count: Int) -> [String], _ columns: [Column]
  ) -> [String] {
    let columns = columns.compactMap { column in column.values.map { (column.title, $0) } }
    guard let count = columns.first?.1.count else { return [] }
    guard count <= 64 else {
      let kind = title == "Channel" ? "channels" : title == "Element" ? "elements" : "sets"
      return ["\(count) \(kind); --json or --output give their statistics"]
    }
    var table = TextTable(header: [title] + columns.map(\.0))
    for (row, name) in rows(count).enumerated() {
      table.rows.append([name] + columns.map { number($0.1[row]) })
    }
    return table.lines
  }

  /// The places of a tensor in the order of memory, counted from 1 as rows are; on the last axis perhaps channels.
  private static func places(
    _ shape: [Int], channels: ((_ count: Int) -> [String])? = nil
  ) -> [String] {
    if shape.isEmpty { return ["1"] }
    return shape.enumerated().reduce([""]) { places, axis in
      let numbers = (1...axis.element).map { "\($0)" }
      let names = axis.offset == shape.count - 1 ? channels?(axis.element) ?? numbers : numbers
      return places.flatMap { place in names.map { place.isEmpty ? $0 : "\(place), \($0)" } }
    }
  }

  /// Four digits after the point, or an exponent for what they cannot show.
  private func number(_ value: Double) -> String {
    let size = value.magnitude
    guard value.isFinite else { return value.isNaN ? "nan" : "\(value)" }
    if size == 0 { return "0.0000" }  // negative zero too
    return (1e-3..<1e6).contains(size)
      ? String(format: "%.4f", value) : String(format: "%.4e", value)
  }
}
