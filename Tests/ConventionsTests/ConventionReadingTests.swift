import Conventions
import Normalization
import TensorFiles
import Testing

@Suite struct ConventionReadingTests {
  private typealias Convention = NormalizationConvention

  @Test(arguments: NormalizationConvention.allCases)
  func `a file with well-known names gives the layer`(convention: NormalizationConvention) throws {
    // Through the bytes of a file.
    let bytes = try SafetensorsFile.encode(KnownLayers.file(convention), path: "a")
    let reading = try KnownLayers.read(
      convention, Float.self, from: SafetensorsFile.decode(bytes, path: "a"))
    let layer = reading.layer
    #expect(layer.scale?.elements == KnownLayers.scale)
    #expect(layer.shift?.elements == KnownLayers.shift)
    let running = try #require(layer.runningStatistics)
    #expect(running.mean == KnownLayers.mean.map { Double($0) })
    #expect(running.variance == KnownLayers.variance.map { Double($0) })
    #expect(running.tracking == convention.tracking)
    #expect(running.batchesTracked == (convention == .pyTorch ? 1234 : 0))
    #expect(layer.epsilon == convention.epsilon(of: .batch))
    #expect(layer.momentum == convention.momentum)
    #expect(layer.axis == convention.axis)
  }

  @Test func `what was assumed is said`() throws {
    let keras = try KnownLayers.read(.keras, Float.self, from: KnownLayers.file(.keras))
    #expect(
      keras.assumptions == [
        "channels on axis -1: Keras's order",
        "epsilon 0.001: Keras's default, the file does not hold it",
        "momentum 0.99, the weight of the old value: Keras's default, the file does not hold it",
        "running variance kept as biased; numbers unchanged",
        "0 batches tracked: Keras does not keep the number",
      ])
    let pyTorch = try KnownLayers.read(.pyTorch, Float.self, from: KnownLayers.file(.pyTorch))
    #expect(
      pyTorch.assumptions == [
        "channels on axis 1: PyTorch's order",
        "epsilon 1e-05: PyTorch's default, the file does not hold it",
        "momentum 0.1, the weight of the new value: PyTorch's default, the file does not hold it",
        "running variance kept as unbiased; numbers unchanged",
      ])
  }

  @Test func `what is given is not assumed`() throws {
    let reading = try Convention.mlx.batchNorm(
      Double.self, from: KnownLayers.file(.mlx), prefix: "bn.", axis: 2, epsilon: 0.25,
      momentum: .cumulative)
    #expect(reading.layer.axis == 2)
    #expect(reading.layer.epsilon == 0.25)
    #expect(reading.layer.momentum == .cumulative)
    #expect(
      reading.assumptions == [
        "running variance kept as unbiased; numbers unchanged",
        "0 batches tracked: MLX does not keep the number",
      ])
    // F32 fits a Float64 layer without rounding.
    #expect(reading.layer.scale?.elements == KnownLayers.scale.map { Double($0) })
  }

  @Test func `a layer without scale or shift, and a file without the number of batches`() throws {
    var file = KnownLayers.file(.pyTorch)
    file["layer1.0.bn1.weight"] = nil
    file["layer1.0.bn1.num_batches_tracked"] = nil
    let reading = try KnownLayers.read(.pyTorch, Float.self, from: file)
    #expect(reading.layer.scale == nil)
    #expect(reading.layer.shift != nil)
    #expect(reading.layer.runningStatistics?.batchesTracked == 0)
    #expect(
      reading.assumptions.contains(
        "no 'layer1.0.bn1.weight' in the file: the layer has no scale"))
    #expect(
      reading.assumptions.contains(
        "no 'layer1.0.bn1.num_batches_tracked' in the file: 0 batches tracked"))
  }

  @Test func `a layer without running statistics, if asked for`() throws {
    let file = NamedTensors(["bn.weight": .float(Tensor([1, 2]))])
    let reading = try Convention.pyTorch.batchNorm(
      Float.self, from: file, prefix: "bn.", keepsStatistics: false)
    #expect(reading.layer.runningStatistics == nil)
    #expect(reading.layer.featureCount == 2)
    #expect(throws: ConventionError.self) {
      try Convention.pyTorch.batchNorm(Float.self, from: file, prefix: "bn.")
    }
  }

  @Test func `the running variance is converted if the values per channel are known`() throws {
    func variance(
      _ convention: Convention, _ tracking: RunningStatistics.Tracking, _ values: Int?
    ) throws -> (Double?, String?) {
      let reading = try KnownLayers.read(
        convention, Float.self, from: KnownLayers.file(convention), tracking: tracking,
        valuesPerChannel: values)
      return (
        reading.layer.runningStatistics?.variance[2],
        reading.assumptions.first { $0.hasPrefix("running variance") }
      )
    }
    #expect(
      try variance(.keras, .unbiasedVariance, 5)
        == (
          5,
          "running variance converted from biased to unbiased for 5 values per channel: times 5/4"
        ))
    #expect(
      try variance(.pyTorch, .biasedVariance, 5)
        == (
          3.2,
          "running variance converted from unbiased to biased for 5 values per channel: times 4/5"
        ))
    #expect(
      try variance(.pyTorch, .biasedVariance, nil)
        == (
          4,
          "running variance is unbiased and taken for biased; numbers unchanged, since the number of "
            + "values per channel is not known"
        ))
    #expect(
      try variance(.pyTorch, .unbiasedVariance, 5)
        == (4, "running variance kept as unbiased; numbers unchanged"))
    #expect(
      try variance(.keras, .standardDeviation, nil)
        == (
          4,
          "running variance kept as biased; numbers unchanged; its root is taken for the running "
            + "standard deviation"
        ))
  }

  @Test func `missing tensors are named, with those that are there`() {
    let expected = ConventionError.missing(
      names: ["bn1.running_mean", "bn1.running_var"],
      available: KnownLayers.file(.pyTorch).names, path: "PyTorch.safetensors")
    #expect(throws: expected) {
      try Convention.pyTorch.batchNorm(
        Float.self, from: KnownLayers.file(.pyTorch), prefix: "bn1.")
    }
    #expect(
      "\(expected)".contains("'bn1.running_mean', 'bn1.running_var', found 'layer1.0.bn1.weight'"))
    // One of the two is as bad.
    var file = KnownLayers.file(.onnx)
    file["input_var"] = nil
    #expect(
      throws: ConventionError.missing(
        names: ["input_var"], available: ["scale", "B", "input_mean", "conv.kernel"],
        path: "ONNX.safetensors")
    ) { try KnownLayers.read(.onnx, Float.self, from: file) }
    #expect(throws: ConventionError.self) {
      try Convention.onnx.batchNorm(
        Float.self, from: file, prefix: "x.", keepsStatistics: false)
    }
  }

  @Test func `wrong shapes are named with what they disagree with`() {
    var file = KnownLayers.file(.onnx)
    file["B"] = .float(Tensor([1, 2]))
    let expected = ConventionError.wrongShape(
      name: "B", found: [2], expected: [3], reference: "input_mean")
    #expect(throws: expected) { try KnownLayers.read(.onnx, Float.self, from: file) }
    #expect(
      "\(expected)" == "'B' has the shape [2], but 'input_mean' asks for [3]; "
        + "both have to be of the same layer")
    for shape in [[1, 3], [], [0]] {
      var file = KnownLayers.file(.onnx)
      file["input_mean"] = .float(Tensor(repeating: 1, shape: shape))
      #expect(throws: ConventionError.noRow(name: "input_mean", found: shape)) {
        try KnownLayers.read(.onnx, Float.self, from: file)
      }
    }
  }

  @Test func `types that would be rounded or are no numbers are refused`() throws {
    var file = KnownLayers.file(.onnx)
    file["scale"] = .double(Tensor([1, 2, 3]))
    #expect(throws: ConventionError.wrongType(name: "scale", found: "F64", expected: "F32")) {
      try KnownLayers.read(.onnx, Float.self, from: file)
    }
    #expect(try KnownLayers.read(.onnx, Double.self, from: file).layer.scale?[1] == 2)
    file["scale"] = nil
    file.setIntegers([1, 2, 3], shape: [3], named: "scale")
    #expect(
      throws: ConventionError.wrongType(name: "scale", found: "I64", expected: "F32 or F64")
    ) { try KnownLayers.read(.onnx, Double.self, from: file) }

    let name = "layer1.0.bn1.num_batches_tracked"
    var counted = KnownLayers.file(.pyTorch)
    counted.setIntegers([-1], shape: [], named: name)
    #expect(throws: ConventionError.invalidCount(name: name, found: -1)) {
      try KnownLayers.read(.pyTorch, Float.self, from: counted)
    }
    counted[name] = .float(Tensor([1], shape: []))
    #expect(throws: ConventionError.wrongType(name: name, found: "F32", expected: "one I64")) {
      try KnownLayers.read(.pyTorch, Float.self, from: counted)
    }
  }
}
