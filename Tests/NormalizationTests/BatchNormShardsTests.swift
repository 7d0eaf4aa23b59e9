import Normalization
import Testing
import TestSupport

/// Parts of a batch, forward and backward, against one pass over all of it.
@Suite struct BatchNormShardsTests {
  /// Parts of some samples each, and the passes over them.
  struct Run<Scalar: NormalizationScalar> {
    var moments = Moments()
    var sums = GradientSums()
    var passes: [BatchNorm<Scalar>.TrainingPass] = []
    var gradients: [BatchNorm<Scalar>.Gradients] = []
    var layer: BatchNorm<Scalar>

    init(
      _ layer: BatchNorm<Scalar>, _ x: Tensor<Scalar>, _ dy: Tensor<Scalar>, cuts: [Range<Int>],
      addend: Tensor<Scalar>? = nil, activation: FusedActivation = .identity,
      weights: Tensor<Scalar>? = nil
    ) throws {
      self.layer = layer
      func part(_ tensor: Tensor<Scalar>, _ cut: Range<Int>) -> Tensor<Scalar> {
        BatchNormMomentsTests.samples(tensor, cut)
      }
      for cut in cuts {
        if let weights {
          try layer.absorb(part(x, cut), weights: part(weights, cut), into: &moments)
        } else {
          layer.absorb(part(x, cut), into: &moments)
        }
      }
      for cut in cuts {
        let pass =
          if let weights {
            try layer.trainingPass(part(x, cut), weights: part(weights, cut), using: moments)
          } else {
            try layer.trainingPass(
              part(x, cut), using: moments, adding: addend.map { part($0, cut) },
              activation: activation)
          }
        passes.append(pass)
        layer.absorb(part(dy, cut), of: pass, into: &sums)
      }
      for (cut, pass) in zip(cuts, passes) {
        gradients.append(layer.gradients(of: pass, outputGradient: part(dy, cut), sums: sums))
      }
      try self.layer.commit(moments)
    }

    var output: [Scalar] { passes.flatMap { $0.output.elements } }
    var inputGradient: [Scalar] { gradients.flatMap { $0.input.elements } }
    var addendGradient: [Scalar] { gradients.flatMap { $0.addend?.elements ?? [] } }
  }

  /// The samples divided into parts of whole blocks at random, one of them empty; the last may end anywhere.
  static func cuts(_ samples: Int, unit: Int, _ generator: inout SeededGenerator) -> [Range<Int>] {
    var cuts: [Range<Int>] = [0..<0]
    while let end = cuts.last?.upperBound, end < samples {
      let count = unit * (1 + Int(generator.next() % 3))
      cuts.append(end..<min(samples, end + count))
      if generator.next() % 4 == 0 {
        cuts.append(cuts[cuts.count - 1].upperBound..<min(samples, end + count))
      }
    }
    return cuts
  }

  static func layer<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, channels: Int, axis: Int, frozen: Bool = false
  ) -> BatchNorm<Scalar> {
    var layer = BatchNorm<Scalar>(featureCount: channels, axis: axis)
    layer.scale = parameters(count: channels, seed: 3)
    layer.shift = parameters(count: channels, seed: 4)
    if frozen {
      layer.runningStatistics = RunningStatistics(
        mean: (0..<channels).map { 0.1 * Double($0 % 5) },
        variance: (0..<channels).map { 1 + 0.1 * Double($0 % 7) })
      layer.freezing = .statistics
    }
    return layer
  }

  /// Shapes whose samples are divided; with fewer and more than sixteen channels, short and long runs.
  static let shapes: [(shape: [Int], axis: Int)] = [
    ([1000, 33], -1), ([3000, 5], -1), ([70, 4, 4, 20], -1), ([100, 7, 33], 1), ([300, 4, 2], 1),
    ([9, 3, 3000], 1), ([77, 6, 129], 1), ([40, 3, 17, 2], 2),
  ]

  enum Form: String, CaseIterable, Sendable {
    case plain, relu, addend, addendAndReLU
  }

  @Test(arguments: 0..<shapes.count, Form.allCases)
  func `parts cut at blocks give the bits of one pass, outputs and gradients`(
    number: Int, form: Form
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let (shape, axis) = Self.shapes[number]
      var generator = SeededGenerator(seed: UInt64(number))
      let channels = shape[axis < 0 ? shape.count + axis : axis]
      let x = Tensor<Scalar>(normal: shape, mean: 3, deviation: 2, using: &generator)
      let dy = Tensor<Scalar>(normal: shape, using: &generator)
      let addend: Tensor<Scalar>? =
        form == .addend || form == .addendAndReLU
        ? Tensor(normal: shape, using: &generator) : nil
      let activation: FusedActivation =
        form == .relu || form == .addendAndReLU ? .relu : .identity
      for frozen in [false, true] {
        var layer = Self.layer(type, channels: channels, axis: axis, frozen: frozen)
        let unit = layer.samplesPerPart(of: shape)
        let cuts = Self.cuts(shape[0], unit: unit, &generator)
        let run = try Run(layer, x, dy, cuts: cuts, addend: addend, activation: activation)
        let pass = try layer.trainingPass(x, adding: addend, activation: activation)
        let gradients = layer.gradients(of: pass, outputGradient: dy)
        layer.commit(pass)
        let note = "\(shape), \(cuts), frozen \(frozen)"
        #expect(run.output == pass.output.elements, "\(note)")
        #expect(run.inputGradient == gradients.input.elements, "\(note)")
        #expect(run.addendGradient == gradients.addend?.elements ?? [], "\(note)")
        for part in run.gradients {
          #expect(part.scale == gradients.scale, "\(note)")
          #expect(part.shift == gradients.shift, "\(note)")
        }
        #expect(LayerState(run.layer) == LayerState(layer), "\(note)")
      }
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test(arguments: 0..<shapes.count, ElementType.allCases)
  func `weighted parts cut at blocks give the bits of one pass`(
    number: Int, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let (shape, axis) = Self.shapes[number]
      var generator = SeededGenerator(seed: UInt64(number))
      let channelAxis = axis < 0 ? shape.count + axis : axis
      var positions = shape
      let channels = positions.remove(at: channelAxis)
      let x = Tensor<Scalar>(normal: shape, mean: 3, deviation: 2, using: &generator)
      let dy = Tensor<Scalar>(normal: shape, using: &generator)
      // Whole stretches are 0: blocks and parts that have no mean.
      let weights = Tensor(
        (0..<positions.reduce(1, *)).map {
          $0 / 300 % 3 == 1 ? 0 : Scalar(generator.uniform())
        }, shape: positions)
      for frozen in [false, true] {
        var layer = Self.layer(type, channels: channels, axis: axis, frozen: frozen)
        let cuts = Self.cuts(shape[0], unit: layer.samplesPerPart(of: shape), &generator)
        let run = try Run(layer, x, dy, cuts: cuts, weights: weights)
        let pass = try layer.train(x, weights: weights)
        let gradients = layer.gradients(of: pass, outputGradient: dy)
        #expect(run.output == pass.output.elements)
        #expect(run.inputGradient == gradients.input.elements)
        for part in run.gradients {
          #expect(part.scale == gradients.scale)
          #expect(part.shift == gradients.shift)
        }
        #expect(LayerState(run.layer) == LayerState(layer))
      }
    }
    try check(element.type)
  }

  @Test(arguments: 0..<shapes.count, ElementType.allCases)
  func `parts cut anywhere are within the bounds`(number: Int, element: ElementType) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      let (shape, axis) = Self.shapes[number]
      var generator = SeededGenerator(seed: UInt64(number))
      let channels = shape[axis < 0 ? shape.count + axis : axis]
      let x = Tensor<Scalar>(normal: shape, mean: 1000, deviation: 1, using: &generator)
      let dy = Tensor<Scalar>(normal: shape, using: &generator)
      let layer = Self.layer(type, channels: channels, axis: axis)
      let reference = BatchNormReference(x, axis: axis, scale: layer.scale, shift: layer.shift)
      let cuts = ReductionCuts.random(shape[0], &generator)
      let run = try Run(layer, x, dy, cuts: cuts)
      let output = reference.deviation(of: Tensor(run.output, shape: shape), shift: layer.shift)
      #expect(output.isTolerable, "\(shape), \(cuts): \(output)")
      let gradients = reference.gradients(dy).deviation(
        reference.view, input: Tensor(run.inputGradient, shape: shape),
        scale: run.gradients[0].scale, shift: run.gradients[0].shift)
      #expect(gradients.isTolerable, "\(shape), \(cuts): \(gradients)")
    }
    try check(element.type)
  }

  enum ReductionCuts {
    static func random(_ count: Int, _ generator: inout SeededGenerator) -> [Range<Int>] {
      var cuts: [Range<Int>] = []
      var start = 0
      while start < count {
        let end = min(count, start + 1 + Int(generator.next() % UInt64(count)))
        cuts.append(start..<end)
        start = end
      }
      return cuts
    }
  }

  @Test func `the samples of a part depend on the shape alone`() {
    func samples(_ shape: [Int], _ axis: Int, _ channels: Int) -> Int {
      BatchNorm<Float>(featureCount: channels, axis: axis).samplesPerPart(of: shape)
    }
    #expect(samples([100, 20], -1, 20) == 64)
    #expect(samples([100, 4], -1, 4) == 256)  // four rows side by side
    #expect(samples([100, 14, 14, 20], -1, 20) == 16)  // 16 * 196 = 49 * 64
    #expect(samples([100, 8, 8, 20], -1, 20) == 1)
    #expect(samples([100, 20, 56, 56], 1, 20) == 1)
    #expect(samples([100, 20, 14, 14], 1, 20) == 8)
  }

  @Test func `the gradients of a part without the sums of the whole are refused`() async {
    await #expect(processExitsWith: .failure) {
      let layer = BatchNorm<Float>(featureCount: 1)
      let x = Tensor<Float>([1, 2, 4], shape: [3, 1])
      var moments = layer.moments(of: x)
      layer.absorb(x, into: &moments)
      guard let pass = try? layer.trainingPass(x, using: moments) else { return }
      _ = layer.gradients(of: pass, outputGradient: x)
    }
  }
}
