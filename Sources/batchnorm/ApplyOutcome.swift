import Foundation
import Normalization
import TensorFiles

/// What `apply` computed, and how it is shown.
struct ApplyOutcome {
  let mode: Apply.Mode
  let input: AnyTensor
  let axis: Int
  let statistics: ChannelStatistics
  let epsilon: Double
  let tensors: NamedTensors

  var shape: [Int] { input.shape }

  /// One JSON object: the settings and the tensors, with flat data unless they are in a file.
  func json(of options: Apply) throws -> String {
    let withData = options.output == nil
    var described: [String: TensorDescription] = [:]
    for name in tensors.names {
      guard let tensor = tensors[name] else { continue }
      described[name] = TensorDescription(tensor, withData: withData)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let object = Object(
      norm: options.norm.rawValue, mode: options.mode.rawValue, axis: options.axis,
      epsilon: options.epsilon, shape: shape, dtype: input.dtype, tensors: described)
    return String(decoding: try encoder.encode(object), as: UTF8.self)
  }

  private struct Object: Encodable {
    let norm: String
    let mode: String
    let axis: Int
    let epsilon: Double
    let shape: [Int]
    let dtype: String
    let tensors: [String: TensorDescription]
  }

  /// A tensor in JSON. JSON has no nan and no infinities: they become null.
  private struct TensorDescription: Encodable {
    let shape: [Int]
    var float: [Float?]?
    var double: [Double?]?

    init(_ tensor: AnyTensor, withData: Bool) {
      shape = tensor.shape
      guard withData else { return }
      switch tensor {
      case .float(let values): float = values.elements.map { $0.isFinite ? $0 : nil }
      case .double(let values): double = values.elements.map { $0.isFinite ? $0 : nil }
      }
    }

    enum Keys: String, CodingKey { case shape, data }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(shape, forKey: .shape)
      try container.encodeIfPresent(float, forKey: .data)
      try container.encodeIfPresent(double, forKey: .data)
    }
  }

  /// The tables of input, normalised and output where they are small, and the statistics.
  func text(columnNames: [String]?) -> [String] {
    var lines: [String] = []
    if let size = tableSize, let output = tensors["output"] {
      lines += table("Input", input.values, size, columnNames)
      lines += table("Normalised", normalised, size, columnNames)
      lines += table("Output", output.values, size, columnNames)
      if let gradient = tensors["input_gradient"] {
        lines += table("Input gradient", gradient.values, size, columnNames)
      }
    } else {
      lines += [
        "\(input.dtype) \(shape): only tables of up to 32 rows and 16 columns are shown; "
          + "--output writes it to a file", "",
      ]
    }
    return lines + statisticsLines(columnNames)
  }

  /// Rows and columns to show, for at most 32 rows and 16 columns.
  private var tableSize: (rows: Int, columns: Int)? {
    guard shape.count <= 2, let columns = shape.last else { return nil }
    let rows = input.count / columns
    return rows <= 32 && columns <= 16 ? (rows, columns) : nil
  }

  /// (x - mean)/sqrt(variance + epsilon), before scale and shift.
  private var normalised: [Double] {
    let axis = resolvedAxis(axis, rank: shape.count) ?? 0
    let inner = shape[(axis + 1)...].reduce(1, *)
    return input.values.enumerated().map { index, value in
      let channel = index / inner % shape[axis]
      return (value - statistics.mean[channel] - statistics.meanRemainder[channel])
        * statistics.inverseDeviation[channel]
    }
  }

  private func table(
    _ title: String, _ values: [Double], _ size: (rows: Int, columns: Int), _ names: [String]?
  ) -> [String] {
    var table = TextTable(header: [title] + columnTitles(size.columns, names))
    for row in 0..<size.rows {
      let cells = (0..<size.columns).map { number(values[row * size.columns + $0]) }
      table.rows.append(["\(row + 1)"] + cells)
    }
    return table.lines + [""]
  }

  private func columnTitles(_ count: Int, _ names: [String]?) -> [String] {
    if let names, names.count == count { return names }
    return (0..<count).map { "F\($0)" }
  }

  private func statisticsLines(_ columnNames: [String]?) -> [String] {
    let channels = statistics.mean.count
    guard channels <= 64 else {
      return ["\(channels) channels; --json or --output give their statistics"]
    }
    var table = TextTable(header: ["Channel"])
    var columns: [[Double]] = []
    func add(_ title: String, _ values: [Double]?) {
      guard let values else { return }
      table.header.append(title)
      columns.append(values)
    }
    if mode == .training {
      add("mean", statistics.mean)
      add("variance", statistics.variance)
      add("deviation", statistics.variance.map { $0.squareRoot() })
      add("running mean", tensors["running_mean"]?.values)
      add("running variance", tensors["running_variance"]?.values)
    } else {
      add("running mean", statistics.mean)
      add("running variance", statistics.variance)
    }
    add("scale gradient", tensors["scale_gradient"]?.values)
    add("shift gradient", tensors["shift_gradient"]?.values)
    let isLast = resolvedAxis(axis, rank: shape.count) == shape.count - 1
    let titles = columnTitles(channels, isLast ? columnNames : nil)
    for channel in 0..<channels {
      table.rows.append([titles[channel]] + columns.map { number($0[channel]) })
    }
    return table.lines
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

extension AnyTensor {
  /// The elements, widened to Float64.
  var values: [Double] {
    switch self {
    case .float(let tensor): tensor.elements.map(Double.init)
    case .double(let tensor): tensor.elements
    }
  }
}
