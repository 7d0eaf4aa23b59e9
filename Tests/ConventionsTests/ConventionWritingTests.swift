import Conventions
import Normalization
import TensorFiles
import Testing

@Suite struct ConventionWritingTests {
  private typealias Convention = NormalizationConvention

  static let pairs = NormalizationConvention.allCases.flatMap { first in
    NormalizationConvention.allCases.map { (first, $0) }
  }

  @Test(arguments: pairs)
  func `from one convention to another and back the numbers keep their bits`(
    first: NormalizationConvention, second: NormalizationConvention
  ) throws {
    let file = KnownLayers.file(first)
    let layer = try KnownLayers.read(first, Float.self, from: file).layer
    var between = NamedTensors()
    _ = try KnownLayers.write(second, layer, into: &between)
    for name in KnownLayers.names(second) { #expect(between[name]?.shape == [3]) }
    let other = try KnownLayers.read(second, Float.self, from: between).layer
    #expect(other.scale == layer.scale)
    #expect(other.shift == layer.shift)
    #expect(other.runningStatistics?.variance == layer.runningStatistics?.variance)

    var back = file
    _ = try KnownLayers.write(first, other, into: &back)
    for name in KnownLayers.names(first) { #expect(back[name] == file[name], "\(name)") }
    #expect(back["conv.kernel"] != nil)
    // The number of batches goes where it is kept.
    #expect(
      other.runningStatistics?.batchesTracked
        == (first == .pyTorch && second == .pyTorch ? 1234 : 0))
  }

  @Test(arguments: pairs)
  func `a conversion of the variance there and back is a few units in the last place`(
    first: NormalizationConvention, second: NormalizationConvention
  ) throws {
    let layer = try KnownLayers.read(first, Double.self, from: KnownLayers.file(first)).layer
    var between = NamedTensors()
    let notes = try KnownLayers.write(second, layer, into: &between, valuesPerChannel: 5)
    let differs = first.tracking != second.tracking
    let factor =
      first.tracking == second.tracking ? 1 : second.tracking == .unbiasedVariance ? 1.25 : 0.8
    #expect(notes.contains { $0.hasPrefix("running variance converted") } == differs)
    let written = try #require(between.names.firstIndex(of: KnownLayers.names(second)[3]))
    guard case .tensor(.double(let variance)) = between.entries[written].value else {
      Issue.record("found \(between.entries[written])")
      return
    }
    #expect(abs(variance[2] - 4 * factor) < 1e-15)
    let back = try KnownLayers.read(
      second, Double.self, from: between, tracking: first.tracking, valuesPerChannel: 5)
    let (found, expected) = (back.layer.runningStatistics, layer.runningStatistics)
    for (a, b) in zip(found?.variance ?? [], expected?.variance ?? [1]) {
      #expect(abs(a - b) <= 4 * b.ulp)
    }
  }

  @Test func `what the file does not hold is said`() throws {
    var layer = BatchNorm<Float>(
      featureCount: 1, epsilon: 1e-4, momentum: .updating(0.25), hasShift: false)
    layer.runningStatistics = RunningStatistics(mean: [0.1], variance: [2], batchesTracked: 7)
    var tensors = NamedTensors()
    #expect(
      try Convention.keras.write(layer, into: &tensors, prefix: "bn/") == [
        "the layer has no shift: no 'bn/beta' is written", "'bn/moving_mean' rounded to F32",
        "running variance is unbiased and taken for biased; numbers unchanged, since the number of "
          + "values per channel is not known",
        "7 batches tracked: Keras does not keep the number",
        "epsilon 0.0001 is not in the file, and Keras's default is 0.001: say so where it is read",
        "momentum 0.75 (the weight of the old value) is not in the file, and Keras's default is 0.99: "
          + "say so where it is read",
      ])
    #expect(tensors.names == ["bn/gamma", "bn/moving_mean", "bn/moving_variance"])

    layer.runningStatistics = nil
    layer.momentum = .cumulative
    var others = NamedTensors()
    #expect(
      try Convention.onnx.write(layer, into: &others, prefix: "") == [
        "the layer has no shift: no 'B' is written",
        "ONNX has no batch normalization like this: set 'B' to 0 where it is read",
        "no running statistics in the layer: none are written",
        "epsilon 0.0001 is not in the file, and ONNX's default is 1e-05: say so where it is read",
        "momentum of a plain average (the weight of the old value) is not in the file, and ONNX's default "
          + "is 0.9: say so where it is read",
        "channels on axis -1 is not in the file, and ONNX has them on 1: say so where it is read",
      ])
    #expect(others.names == ["scale"])
  }

  @Test func `a layer of the system's defaults leaves nothing to say but which variance`() throws {
    for convention in Convention.allCases {
      let layer = BatchNorm<Float>(
        featureCount: 2, axis: convention.axis, epsilon: convention.epsilon(of: .batch) ?? 0,
        momentum: convention.momentum, tracking: convention.tracking)
      var tensors = NamedTensors()
      let notes = try convention.write(layer, into: &tensors, prefix: "")
      #expect(notes.count == 1)
      #expect(notes.first?.hasSuffix("numbers unchanged") == true)
    }
  }

  @Test func `a variance beyond the element type is refused, and nothing is written`() {
    var layer = BatchNorm<Float>(featureCount: 2)
    layer.runningStatistics = RunningStatistics(mean: [0, 0], variance: [1, 1e39])
    var tensors = NamedTensors()
    #expect(
      throws: ConventionError.beyondType(
        name: "bn.running_var", channel: 1, value: 1e39, type: "F32")
    ) { try Convention.pyTorch.write(layer, into: &tensors, prefix: "bn.") }
    #expect(tensors.entries.isEmpty)
  }

  @Test func `a single value per channel has no variance to convert`() async {
    await #expect(processExitsWith: .failure) {
      var tensors = NamedTensors()
      _ = try NormalizationConvention.keras.write(
        BatchNorm<Float>(featureCount: 1), into: &tensors, prefix: "", valuesPerChannel: 1)
    }
  }
}
