import Foundation
import Normalization
import TensorFiles

/// What `apply` computed, and how it is shown.
struct ApplyOutcome {
  let norm: Apply.Norm
  let mode: Apply.Mode
  let input: AnyTensor
  let axis: Int
  /// The output of a layer without scale and shift, where tables show it.
  let normalised: AnyTensor?
  let tensors: NamedTensors
  /// The statistics of what is normalised together, unrounded, and their extents.
  let statistics: (mean: [Double], variance: [Double], shape: [Int])?
  /// What inference normalised with, or training left.
  let running: RunningStatistics?

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
      norm: norm.rawValue, mode: mode.rawValue, axis: axis,
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
