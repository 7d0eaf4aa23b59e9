import Conventions
import Normalization
import TensorFiles
import Testing

/// Layer, RMS, group and instance normalization in every convention.
@Suite struct SampleConventionTests {
  private typealias Convention = NormalizationConvention

  private let scale = Tensor<Float>([0.5, 1, -2, 0.1, 7, 1e-30])
  private let shift = Tensor<Float>([0.25, -0.1, 3, -0.0, 1e9, 2])

  private func layerNorm(_ shape: [Int] = [6]) -> LayerNorm<Float> {
    var layer = LayerNorm<Float>(normalizedShape: shape)
    (layer.scale, layer.shift) = (scale.reshaped(to: shape), shift.reshaped(to: shape))
    return layer
  }

  private func rmsNorm(_ shape: [Int] = [6]) -> RMSNorm<Float> {
    var layer = RMSNorm<Float>(normalizedShape: shape)
    layer.scale = scale.reshaped(to: shape)
    return layer
  }

  private func groupNorm(_ groups: Int = 3) -> GroupNorm<Float> {
    var layer = GroupNorm<Float>(featureCount: 6, groupCount: groups)
    (layer.scale, layer.shift) = (scale, shift)
    return layer
  }

  private func instanceNorm(
    _ tracking: RunningStatistics.Tracking? = nil
  ) -> InstanceNorm<Float> {
    var layer = InstanceNorm<Float>(featureCount: 6, tracking: tracking)
    (layer.scale, layer.shift) = (scale, shift)
    return layer
  }

  /// The four layers `l`, `r`, `g` and `i` of a file, read in one convention and written in another.
  private func copied(
    _ file: NamedTensors, from first: NormalizationConvention, to second: NormalizationConvention
  ) throws -> NamedTensors {
    var result = NamedTensors()
    let layer = try first.layerNorm(Float.self, from: file, prefix: "l.").layer
    try second.write(layer, into: &result, prefix: "l.")
    let rms = try first.rmsNorm(Float.self, from: file, prefix: "r.").layer
    try second.write(rms, into: &result, prefix: "r.")
    let group = try first.groupNorm(
      Float.self, from: file, prefix: "g.", groupCount: 3, isPyTorchCompatible: true
    ).layer
    second.write(group, into: &result, prefix: "g.")
    let instance = try first.instanceNorm(Float.self, from: file, prefix: "i.").layer
    try second.write(instance, into: &result, prefix: "i.")
    return result
  }

  @Test(arguments: ConventionWritingTests.pairs)
  func `from one convention to another and back the numbers keep their bits`(
    first: NormalizationConvention, second: NormalizationConvention
  ) throws {
    var file = NamedTensors()
    try first.write(layerNorm(), into: &file, prefix: "l.")
    try first.write(rmsNorm(), into: &file, prefix: "r.")
    first.write(groupNorm(), into: &file, prefix: "g.")
    try first.write(instanceNorm(), into: &file, prefix: "i.")
    let between = try copied(file, from: first, to: second)
    let expected = ["l", "r", "g", "i"].flatMap { layer -> [String] in
      let kinds: [String: NormalizationKind] = [
        "l": .layer, "r": .rms, "g": .group, "i": .instance,
      ]
      let names = second.parameterNames(of: kinds[layer] ?? .batch)
      return [names.scale, names.shift].compactMap { $0.map { "\(layer).\($0)" } }
    }
    #expect(between.names == expected)
    let back = try copied(between, from: second, to: first)
    #expect(back.entries == file.entries)
    let layer = try second.groupNorm(
      Float.self, from: between, prefix: "g.", groupCount: 3, isPyTorchCompatible: true
    ).layer
    #expect(layer.scale?.elements.map(\.bitPattern) == scale.elements.map(\.bitPattern))
    #expect(layer.shift?.elements.map(\.bitPattern) == shift.elements.map(\.bitPattern))
  }

  @Test func `what was assumed is said`() throws {
    func file(_ convention: Convention) throws -> NamedTensors {
      var file = NamedTensors()
      try convention.write(layerNorm(), into: &file, prefix: "l.")
      try convention.write(rmsNorm(), into: &file, prefix: "r.")
      convention.write(groupNorm(), into: &file, prefix: "g.")
      try convention.write(instanceNorm(), into: &file, prefix: "i.")
      return file
    }
    func layer(_ convention: Convention) throws -> [String] {
      try convention.layerNorm(Float.self, from: file(convention), prefix: "l.").assumptions
    }
    #expect(
      try layer(.pyTorch) == ["epsilon 1e-05: PyTorch's default, the file does not hold it"])
    #expect(
      try layer(.keras) == [
        "the last axis normalised, as the shape [6] suggests: the file does not hold which",
        "epsilon 0.001: Keras's default, the file does not hold it",
      ])
    #expect(
      try Convention.pyTorch.rmsNorm(Float.self, from: file(.pyTorch), prefix: "r.").assumptions
        == [
          "epsilon 1.1920928955078125e-07: PyTorch's default for this element type, the file does not "
            + "hold it"
        ])
    #expect(
      try Convention.onnx.groupNorm(
        Float.self, from: file(.onnx), prefix: "g.", groupCount: 3
      ).assumptions == [
        "scale and bias of each channel: as from opset 21 on; before, each group had one",
        "channels on axis 1: ONNX's order",
        "epsilon 1e-05: ONNX's default, the file does not hold it",
      ])
    #expect(
      try Convention.keras.instanceNorm(Float.self, from: file(.keras), prefix: "i.").assumptions
        == [
          "Keras has no instance normalization: read as GroupNormalization(groups=-1)",
          "channels on axis -1: Keras's order",
          "epsilon 0.001: Keras's default, the file does not hold it",
        ])
  }

  @Test func `what is given is not assumed`() throws {
    var file = NamedTensors()
    Convention.flax.write(groupNorm(), into: &file, prefix: "")
    let group = try Convention.flax.groupNorm(
      Double.self, from: file, prefix: "", groupCount: 2, axis: 1, epsilon: 0.25)
    #expect(group.assumptions.isEmpty)
    #expect(group.layer.axis == 1)
    #expect(group.layer.epsilon == 0.25)
    #expect(group.layer.groupCount == 2)
    #expect(group.layer.scale?.elements == scale.elements.map { Double($0) })
    let instance = try Convention.pyTorch.instanceNorm(
      Float.self, from: NamedTensors(["weight": .float(scale)]), prefix: "", axis: 2, epsilon: 1,
      momentum: .cumulative)
    #expect(instance.layer.momentum == .cumulative)
    #expect(instance.layer.runningStatistics == nil)
    #expect(instance.assumptions == ["no 'bias' in the file: the layer has no shift"])
  }

  @Test func `MLX's groups are other channels unless it was made to do as PyTorch`() throws {
    var file = NamedTensors()
    let notes = Convention.mlx.write(groupNorm(), into: &file, prefix: "gn.")
    #expect(
      notes == [
        "3 groups is not in the file: say so where it is read",
        "groups of neighbouring channels: pytorch_compatible=True where it is read",
      ])
    func read(_ groups: Int, _ isCompatible: Bool) throws
      -> Convention.Reading<GroupNorm<Float>>
    {
      try Convention.mlx.groupNorm(
        Float.self, from: file, prefix: "gn.", groupCount: groups,
        isPyTorchCompatible: isCompatible)
    }
    let expected = ConventionError.interleavedGroups(channels: 6, groups: 3)
    #expect(throws: expected) { try read(3, false) }
    #expect("\(expected)".contains("pytorch_compatible=True"))
    let layer = try read(3, true)
    #expect(layer.layer.scale == scale)
    #expect(
      layer.assumptions.first
        == "groups of neighbouring channels: made with pytorch_compatible=True, the file does not hold it"
    )
    // One group and as many as channels are the same in both orders.
    for groups in [1, 6] {
      let reading = try read(groups, false)
      #expect(reading.layer.groupCount == groups)
      #expect(!reading.assumptions.contains { $0.hasPrefix("groups") })
    }
    for groups in [4, 0, -3, 12] {
      #expect(throws: ConventionError.wrongGroups(channels: 6, groups: groups)) {
        try read(groups, true)
      }
    }
  }

  @Test func `several axes where a system has one`() throws {
    for convention in Convention.allCases {
      var file = NamedTensors()
      if convention == .mlx {
        let expected = ConventionError.lastAxisOnly(system: "MLX", shape: [2, 3])
        #expect(throws: expected) {
          try convention.write(layerNorm([2, 3]), into: &file, prefix: "")
        }
        #expect(throws: expected) {
          try convention.write(rmsNorm([2, 3]), into: &file, prefix: "")
        }
        #expect(file.entries.isEmpty)
        let matrix = NamedTensors(["weight": .float(scale.reshaped(to: [2, 3]))])
        #expect(throws: ConventionError.noRow(name: "weight", found: [2, 3])) {
          try convention.layerNorm(Float.self, from: matrix, prefix: "")
        }
        continue
      }
      let notes = try convention.write(layerNorm([2, 3]), into: &file, prefix: "")
      #expect(notes.contains { $0.hasPrefix("the last 2 axes") } == (convention != .pyTorch))
      let reading = try convention.layerNorm(Float.self, from: file, prefix: "")
      #expect(reading.layer.normalizedShape == [2, 3])
      #expect(reading.layer.shift == shift.reshaped(to: [2, 3]))
    }
  }

  @Test func `running statistics of instance normalization are PyTorch's alone`() throws {
    var layer = instanceNorm(.unbiasedVariance)
    layer.momentum = .updating(0.1)
    layer.runningStatistics = RunningStatistics(
      mean: [0, 1, 2, 3, 4, 5], variance: [1, 2, 3, 4, 5, 6], batchesTracked: 7)
    var file = NamedTensors()
    #expect(
      try Convention.pyTorch.write(layer, into: &file, prefix: "") == [
        "scale and shift: affine=True where it is read",
        "running variance kept as unbiased; numbers unchanged",
        "running statistics: track_running_stats=True where it is read",
        "channels on axis -1 is not in the file, and PyTorch has them on 1: say so where it is read",
      ])
    let back = try Convention.pyTorch.instanceNorm(Float.self, from: file, prefix: "")
    #expect(back.layer.runningStatistics == layer.runningStatistics)
    #expect(back.layer.momentum == layer.momentum)
    let converted = try Convention.pyTorch.instanceNorm(
      Float.self, from: file, prefix: "", tracking: .biasedVariance, valuesPerChannel: 4)
    #expect(converted.layer.runningStatistics?.variance[3] == 3)
    file["running_var"] = nil
    #expect(
      throws: ConventionError.missing(
        names: ["running_var"],
        available: ["weight", "bias", "running_mean", "num_batches_tracked"], path: file.path)
    ) { try Convention.pyTorch.instanceNorm(Float.self, from: file, prefix: "") }

    for convention in Convention.allCases where convention != .pyTorch {
      var file = NamedTensors()
      let notes = try convention.write(layer, into: &file, prefix: "")
      #expect(file.names.count == 2)
      #expect(notes.contains { $0.hasPrefix("running statistics are not written") })
    }
  }

  @Test func `parameters that a system's layer cannot lack are named`() throws {
    func lacking(_ kind: NormalizationKind, scale: Bool, shift: Bool) throws -> [String] {
      try Convention.allCases.filter { convention in
        var file = NamedTensors()
        let notes =
          switch kind {
          case .layer:
            try convention.write(
              LayerNorm<Float>(normalizedShape: [2], hasScale: scale, hasShift: shift), into: &file,
              prefix: "")
          case .rms:
            try convention.write(
              RMSNorm<Float>(normalizedShape: [2], hasScale: scale), into: &file, prefix: "")
          default:
            convention.write(
              GroupNorm<Float>(
                featureCount: 2, groupCount: 1, hasScale: scale, hasShift: shift), into: &file,
              prefix: "")
          }
        return notes.contains { $0.hasPrefix("\(convention.rawValue) has no") }
      }.map(\.rawValue)
    }
    #expect(try lacking(.layer, scale: true, shift: true).isEmpty)
    #expect(try lacking(.layer, scale: true, shift: false).isEmpty)
    #expect(try lacking(.layer, scale: false, shift: true) == ["PyTorch", "ONNX", "MLX"])
    #expect(try lacking(.layer, scale: false, shift: false) == ["ONNX"])
    #expect(try lacking(.rms, scale: false, shift: false) == ["Keras", "ONNX", "MLX"])
    #expect(try lacking(.group, scale: true, shift: false) == ["PyTorch", "ONNX", "MLX"])
    #expect(try lacking(.group, scale: false, shift: false) == ["ONNX"])
    var file = NamedTensors()
    #expect(
      try Convention.onnx.write(
        LayerNorm<Float>(normalizedShape: [2], hasScale: false), into: &file, prefix: "ln."
      ).prefix(2) == [
        "the layer has no scale: no 'ln.Scale' is written",
        "ONNX has no layer normalization like this: set 'ln.Scale' to 1 where it is read",
      ])
  }

  @Test func `missing, misshapen and wide tensors are refused`() {
    let empty = NamedTensors(["x": .float(scale)])
    #expect(throws: ConventionError.self) {
      try Convention.keras.layerNorm(Float.self, from: empty, prefix: "l/")
    }
    #expect(
      throws: ConventionError.missing(names: ["r/scale"], available: ["x"], path: empty.path)
    ) { try Convention.keras.rmsNorm(Float.self, from: empty, prefix: "r/") }
    for shape in [[], [0], [2, 0]] {
      let file = NamedTensors(["Scale": .float(Tensor(repeating: 1, shape: shape))])
      #expect(throws: ConventionError.noAxes(name: "Scale", found: shape)) {
        try Convention.onnx.layerNorm(Float.self, from: file, prefix: "")
      }
    }
    let other = NamedTensors([
      "weight": .float(scale), "bias": .float(scale.reshaped(to: [2, 3])),
    ])
    #expect(
      throws: ConventionError.wrongShape(
        name: "bias", found: [2, 3], expected: [6], reference: "weight")
    ) { try Convention.pyTorch.layerNorm(Float.self, from: other, prefix: "") }
    let wide = NamedTensors(["weight": .double(Tensor([1, 2]))])
    #expect(throws: ConventionError.wrongType(name: "weight", found: "F64", expected: "F32")) {
      try Convention.mlx.rmsNorm(Float.self, from: wide, prefix: "")
    }
  }

  @Test func `a layer of the system's defaults leaves nothing to say`() throws {
    for convention in Convention.allCases {
      var file = NamedTensors()
      let epsilon = { (kind: NormalizationKind) in convention.epsilon(of: kind) ?? 0x1p-23 }
      let layer = LayerNorm<Float>(normalizedShape: [64], epsilon: epsilon(.layer))
      #expect(try convention.write(layer, into: &file, prefix: "").isEmpty)
      let rms = RMSNorm<Float>(normalizedShape: [64], epsilon: epsilon(.rms))
      #expect(try convention.write(rms, into: &file, prefix: "").isEmpty)
      let group = GroupNorm<Float>(
        featureCount: 64, groupCount: 32, axis: convention.axis, epsilon: epsilon(.group))
      let notes = convention.write(group, into: &file, prefix: "")
      #expect(notes.isEmpty == [.keras, .flax].contains(convention))
    }
  }
}
