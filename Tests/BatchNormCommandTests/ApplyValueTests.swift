import TensorFiles
import Tensors
import Testing

/// Values against the formulas in Float64. Shapes and inputs are small, so that the bounds of the
/// contract hold for the reference too.
@Suite struct ApplyValueTests {
  static let layouts: [(shape: [Int], axis: Int)] = [
    ([5, 3], -1), ([5, 3], 0), ([5, 3], 1), ([5, 3], -2), ([4, 3, 5], 1), ([4, 3, 5], -2),
    ([2, 3, 4, 5], 1), ([2, 3, 4, 5], -1), ([2, 2, 2, 2, 3], 2), ([2, 1, 2, 3, 2, 1], 3),
    ([2, 1, 2, 1, 2, 3, 1], -2), ([2, 1, 2, 1, 2, 1, 1, 3], 7), ([2, 1, 2, 1, 2, 1, 1, 3], -8),
    ([7, 1], -1), ([2, 40], 1),
  ]

  @Test(arguments: layouts, ["F32", "F64"])
  func `training follows the formulas on every axis`(
    layout: (shape: [Int], axis: Int), dtype: String
  ) async throws {
    let (shape, axis) = layout
    let place = try Workplace()
    let x = numbers(shape.reduce(1, *), seed: 11)
    let c = Reference(x, shape: shape, axis: axis).channels
    let (scale, shift) = (numbers(c, seed: 12), numbers(c, seed: 13))
    let reference = Reference(x, shape: shape, axis: axis, scale: scale, shift: shift)
    try place.write(
      [
        "input": tensor(x, shape, dtype), "scale": tensor(scale, [c], dtype),
        "shift": tensor(shift, [c], dtype),
      ], to: "in.safetensors")
    try await place.succeed([
      "apply", "in.safetensors", "--axis", "\(axis)", "--output", "out.safetensors",
    ])
    let tensors = try place.tensors(of: "out.safetensors")
    try expect(
      tensors["output"], shape: shape, dtype: dtype, reference.output,
      sizes: reference.outputSizes)
    try expect(tensors["mean"], shape: [c], dtype: dtype, reference.mean)
    try expect(tensors["variance"], shape: [c], dtype: dtype, reference.variance)
    let factor = reference.count / (reference.count - 1)
    try expect(
      tensors["running_mean"], shape: [c], dtype: dtype, reference.mean.map { 0.1 * $0 })
    try expect(
      tensors["running_variance"], shape: [c], dtype: dtype,
      reference.variance.map { 0.9 + 0.1 * $0 * factor })
  }

  @Test(arguments: 1...8, ["F32", "F64"])
  func `inference normalises every rank with the running statistics`(
    rank: Int, dtype: String
  ) async throws {
    let place = try Workplace()
    let shape = Array(repeating: 2, count: rank - 1) + [3]
    let x = numbers(shape.reduce(1, *), seed: 21)
    var reference = Reference(
      x, shape: shape, axis: -1, scale: [1, -2, 0], shift: [0, 3, -0.5])
    (reference.mean, reference.variance) = ([1, -2, 0.5], [0, 4, 0.25])
    try place.write(
      [
        "input": tensor(x, shape, dtype), "scale": tensor(reference.scale, [3], dtype),
        "shift": tensor(reference.shift, [3], dtype),
        "running_mean": tensor(reference.mean, [3], dtype),
        "running_variance": tensor(reference.variance, [3], dtype),
      ], to: "in.safetensors")
    try await place.succeed([
      "apply", "in.safetensors", "--mode", "inference", "--output", "out.safetensors",
    ])
    try expect(
      try place.tensors(of: "out.safetensors")["output"], shape: shape, dtype: dtype,
      reference.output, sizes: reference.outputSizes)
  }

  struct Update: CustomTestStringConvertible, Sendable {
    var options: [String]
    /// The weight of the old statistics.
    var keep: Double
    var tracking = "unbiased"
    var batchesTracked: Double?
    var testDescription: String { "\(options) \(batchesTracked ?? 0)" }
  }

  static let updates = [
    Update(options: [], keep: 0.9),
    Update(options: ["--keep", "0.75"], keep: 0.75),
    Update(options: ["--keep", "0"], keep: 0),
    Update(options: ["--keep", "1"], keep: 1),
    Update(options: ["--update", "0.25"], keep: 0.75),
    Update(options: ["--update", "0"], keep: 1),
    Update(options: ["--cumulative"], keep: 0),
    Update(options: ["--cumulative"], keep: 0, batchesTracked: 0),
    Update(options: ["--cumulative"], keep: 0.5, batchesTracked: 1),
    Update(options: ["--cumulative"], keep: 0.75, batchesTracked: 3),
    Update(options: ["--running-variance", "unbiased"], keep: 0.9),
    Update(options: ["--running-variance", "biased"], keep: 0.9, tracking: "biased"),
    Update(
      options: ["--running-variance", "standard-deviation"], keep: 0.9,
      tracking: "standard-deviation"),
    Update(
      options: ["--running-variance", "biased", "--cumulative"], keep: 0.75, tracking: "biased",
      batchesTracked: 3),
  ]

  /// Also from no running statistics: then the old ones are 0 and 1.
  @Test(arguments: updates, [true, false])
  func `running statistics follow the batch`(update: Update, hasRunning: Bool) async throws {
    let place = try Workplace()
    let reference = Reference(exampleValues, shape: [8, 4], axis: -1)
    var tensors = NamedTensors(["input": AnyTensor(exampleTensor)])
    let mean: [Double] = hasRunning ? [1, 2, 3, 4] : [0, 0, 0, 0]
    let variance: [Double] = hasRunning ? [4, 9, 0.25, 1] : [1, 1, 1, 1]
    if hasRunning {
      tensors["running_mean"] = tensor(mean, [4], "F64")
      tensors["running_variance"] = tensor(variance, [4], "F64")
    }
    tensors["batches_tracked"] = update.batchesTracked.map { tensor([$0], [], "F64") }
    try SafetensorsFile.write(tensors, to: place.path(of: "in.safetensors"))
    try await place.succeed(
      ["apply", "in.safetensors", "--output", "out.safetensors"] + update.options)
    let written = try place.tensors(of: "out.safetensors")
    func mixed(_ old: Double, _ new: Double) -> Double {
      update.keep * old + (1 - update.keep) * new
    }
    try expect(
      written["running_mean"], shape: [4], dtype: "F64",
      zip(mean, reference.mean).map { mixed($0, $1) })
    let expected = zip(variance, reference.variance).map { old, new in
      switch update.tracking {
      case "unbiased": return mixed(old, new * 8 / 7)
      case "biased": return mixed(old, new)
      default:
        let deviation = mixed(old.squareRoot(), new.squareRoot())
        return deviation * deviation
      }
    }
    try expect(written["running_variance"], shape: [4], dtype: "F64", expected)
    let count = update.options.contains("--cumulative") ? (update.batchesTracked ?? 0) + 1 : nil
    #expect(written["batches_tracked"] == count.map { tensor([$0], [], "F64") })
  }

  @Test(arguments: [0, 1e-5, 0.5, 4])
  func `epsilon is added to the variance`(epsilon: Double) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    try await place.succeed([
      "apply", "in.csv", "--epsilon", "\(epsilon)", "--output", "out.safetensors",
    ])
    var reference = Reference(exampleValues, shape: [8, 4], axis: -1)
    reference.epsilon = epsilon
    let tensors = try place.tensors(of: "out.safetensors")
    try expect(tensors["output"], shape: [8, 4], dtype: "F64", reference.output)
    try expect(tensors["variance"], shape: [4], dtype: "F64", reference.variance)
  }

  @Test(arguments: ["F32", "F64"])
  func `a constant channel under epsilon 0 gives the shift`(dtype: String) async throws {
    let place = try Workplace()
    let input = tensor([7, 1, 7, 3, 7, 5], [3, 2], dtype)
    try place.write(
      [
        "input": input, "shift": tensor([0.5, 0], [2], dtype), "output_gradient": input,
      ], to: "in.safetensors")
    try await place.succeed([
      "apply", "in.safetensors", "--epsilon", "0", "--output", "out.safetensors",
    ])
    let tensors = try place.tensors(of: "out.safetensors")
    let output = try #require(tensors["output"]).converted(to: Double.self).elements
    #expect([output[0], output[2], output[4]] == [0.5, 0.5, 0.5])
    let gradient = try #require(tensors["input_gradient"]).converted(to: Double.self).elements
    #expect([gradient[0], gradient[2], gradient[4]] == [0, 0, 0])
  }
}
