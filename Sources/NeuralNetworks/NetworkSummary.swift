import Normalization

/// The layers of a network as a table: names, kinds, parameters, what has running statistics and what is frozen.
///
///     layer   kind       parameters                    count  running  frozen
///     hidden  Dense      weight [100, 64], bias [100]   6500
///     norm    BatchNorm  scale [100], shift [100]        200  yes      statistics
///     2 layers, 6700 parameters, 0 of them frozen
///
/// What it says does not depend on an input.
public struct NetworkSummary: Equatable, Sendable {
  /// A layer.
  public struct Row: Equatable, Sendable {
    /// The name with those of the layers it is in.
    public let name: String
    /// What it is: ``Layer/kindName``.
    public let kind: String
    /// The parameters by their names in the layer, with their shapes.
    public let parameters: [Parameter]
    /// Whether there are running statistics; nil for layers that do not normalise.
    public let hasRunningStatistics: Bool?
    /// What is frozen, in words: "", "statistics" or "statistics and parameters"; "parameters" for layers that never
    /// have running statistics.
    public let frozen: String

    /// The number of the parameters' elements.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
  }

  /// A parameter of a layer.
  public struct Parameter: Equatable, Sendable {
    /// The name in the layer.
    public let name: String
    /// The extents, outermost first.
    public let shape: [Int]
    /// Whether no optimiser may change it.
    public let isFrozen: Bool

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }
  }

  /// The layers in the order of inference.
  public let rows: [Row]

  /// The number of all parameters' elements.
  public var parameterCount: Int { rows.reduce(0) { $0 + $1.parameterCount } }
  /// The number of those that no optimiser may change.
  public var frozenParameterCount: Int {
    rows.flatMap(\.parameters).filter(\.isFrozen).reduce(0) { $0 + $1.count }
  }
}

extension Layer {
  /// The layers of the network as a table.
  public var summary: NetworkSummary {
    NetworkSummary(
      rows: layers.map { name, layer in
        let normalization = layer as? any NormalizationLayer<Scalar>
        return NetworkSummary.Row(
          name: name, kind: layer.kindName,
          parameters: layer.parameters.map {
            .init(name: $0.info.name, shape: $0.value.shape, isFrozen: $0.info.isFrozen)
          },
          hasRunningStatistics: normalization.map { $0.runningStatistics != nil },
          frozen: normalization.map(frozenPart) ?? "")
      })
  }
}

private func frozenPart<Scalar>(_ layer: any NormalizationLayer<Scalar>) -> String {
  switch layer.freezing {
  case .none: ""
  case .statistics: "statistics"
  case .statisticsAndParameters:
    layer.runningStatistics == nil ? "parameters" : "statistics and parameters"
  }
}

extension NetworkSummary: CustomStringConvertible {
  /// The table as text of lines without spaces at their ends, and the totals.
  public var description: String {
    let header = ["layer", "kind", "parameters", "count", "running", "frozen"]
    let lines = [header] + rows.map(cells)
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let table = lines.map { cells in
      let padded = cells.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return header[column] == "count" ? space + text : text + space
      }
      let line = padded.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    let layers = rows.count == 1 ? "1 layer" : "\(rows.count) layers"
    let totals =
      "\(layers), \(parameterCount) parameters, \(frozenParameterCount) of them frozen"
    return (table + [totals]).joined(separator: "\n")
  }

  private func cells(_ row: Row) -> [String] {
    let parameters = row.parameters.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
    let running = row.hasRunningStatistics.map { $0 ? "yes" : "no" } ?? ""
    let count = row.parameters.isEmpty ? "" : "\(row.parameterCount)"
    return [row.name, row.kind, parameters, count, running, row.frozen]
  }
}
