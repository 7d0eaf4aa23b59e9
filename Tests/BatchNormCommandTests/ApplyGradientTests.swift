import TensorFiles
import Tensors
import Testing

@Suite struct ApplyGradientTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var shape: [Int]
    var axis: Int
    var hasScale: Bool
    var isFrozen: Bool
    var dtype: String
    var testDescription: String { "\(shape) \(axis) \(hasScale) \(isFrozen) \(dtype)" }
  }

  static let cases = [([6, 3], -1), ([4, 3, 5], 1), ([4, 3, 5], -1)].flatMap { shape, axis in
    [true, false].flatMap { hasScale in
      [true, false].flatMap { isFrozen in
        ["F32", "F64"].map {
          Case(shape: shape, axis: axis, hasScale: hasScale, isFrozen: isFrozen, dtype: $0)
        }
      }
    }
  }

  /// The 2-norm of the error is at most 1e-6 of the norm of what is summed and may cancel; in Float64
  /// 1e-13, for which there is no contract but the precision.
  func expect(
    _ tensor: AnyTensor?, shape: [Int], dtype: String, _ expected: [Double], summed: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let tensor = try #require(tensor, sourceLocation: sourceLocation)
    #expect(tensor.shape == shape && tensor.dtype == dtype, sourceLocation: sourceLocation)
    let values = tensor.converted(to: Double.self).elements
    try #require(values.count == expected.count, sourceLocation: sourceLocation)
    func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let bound = dtype == "F32" ? 1e-6 : 1e-13
    #expect(
      norm(zip(values, expected).map { $0 - $1 }) <= bound * norm(summed),
      sourceLocation: sourceLocation)
  }

  @Test(arguments: cases)
  func `gradients follow the formulas, through batch and through frozen statistics`(
    case: Case
  ) async throws {
    let (shape, dtype) = (`case`.shape, `case`.dtype)
    let place = try Workplace()
    let x = numbers(shape.reduce(1, *), seed: 31)
    let dy = numbers(x.count, seed: 32)
    let c = shape[`case`.axis < 0 ? shape.count - 1 : `case`.axis]
    let scale = `case`.hasScale ? numbers(c, seed: 33) : nil
    let (mean, variance) = (numbers(c, seed: 34), numbers(c, seed: 35).map { $0 * $0 })
    var reference = Reference(x, shape: shape, axis: `case`.axis, scale: scale)
    var tensors = NamedTensors([
      "input": tensor(x, shape, dtype), "output_gradient": tensor(dy, shape, dtype),
    ])
    tensors["scale"] = scale.map { tensor($0, [c], dtype) }
    tensors["running_mean"] = tensor(mean, [c], dtype)
    tensors["running_variance"] = tensor(variance, [c], dtype)
    if `case`.isFrozen { (reference.mean, reference.variance) = (mean, variance) }
    try SafetensorsFile.write(tensors, to: place.path(of: "in.safetensors"))
    try await place.succeed([
      "apply", "in.safetensors", "--axis", "\(`case`.axis)", "--output", "out.safetensors",
      "--mode", `case`.isFrozen ? "inference" : "training",
    ])
    let written = try place.tensors(of: "out.safetensors")
    let gradients = reference.gradients(dy, isFrozen: `case`.isFrozen)
    try expect(
      written["input_gradient"], shape: shape, dtype: dtype, gradients.input,
      summed: x.indices.map {
        reference.scale[reference.channel($0)] * reference.factor(reference.channel($0)) * dy[$0]
      })
    try expect(
      written["scale_gradient"], shape: [c], dtype: dtype, gradients.scale,
      summed: reference.sums { abs(dy[$0]) * (1 + abs(reference.normalised($0))) })
    try expect(
      written["shift_gradient"], shape: [c], dtype: dtype, gradients.shift,
      summed: reference.sums { abs(dy[$0]) })
  }
}
