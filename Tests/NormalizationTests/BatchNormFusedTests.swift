import Normalization
import Testing
import TestSupport

/// Addend and ReLU in the pass of the normalization give the bits of passes of their own.
@Suite struct BatchNormFusedTests {
  /// Shapes with and without neighbouring elements of a channel, tails of vectors, rows side by side.
  static let sizes: [(channels: Int, values: Int)] = [
    (1, 2), (1, 300), (1, 2100), (3, 7), (3, 65), (3, 2100), (17, 65), (17, 196), (64, 2),
    (64, 150),
  ]

  enum Mode: String, CaseIterable, Sendable {
    case training, frozen
  }

  private func layer<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, _ mode: Mode, channels: Int
  ) -> BatchNorm<Scalar> {
    var layer = BatchNorm<Scalar>(featureCount: channels, axis: kind.axis)
    layer.scale = parameters(count: channels, seed: 3)
    layer.shift = parameters(count: channels, seed: 4)
    layer.runningStatistics = RunningStatistics(
      mean: (0..<channels).map { 0.1 * Double($0 % 5) },
      variance: (0..<channels).map { 1 + 0.1 * Double($0 % 7) })
    if mode == .frozen { layer.freezing = .statistics }
    return layer
  }

  private func relu<Scalar: NormalizationScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(x.elements.map { $0 <= 0 ? 0 : $0 }, shape: x.shape)
  }

  private func sum<Scalar: NormalizationScalar>(
    _ x: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    Tensor(zip(x.elements, y.elements).map { $0 + $1 }, shape: x.shape)
  }

  /// `gradient` where `output` is not cut off, else 0.
  private func gated<Scalar: NormalizationScalar>(
    _ gradient: Tensor<Scalar>, _ output: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    Tensor(zip(gradient.elements, output.elements).map { $1 <= 0 ? 0 : $0 }, shape: output.shape)
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `fused passes give the bits of separate ones`(kind: AxisKind, element: ElementType) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for mode in Mode.allCases {
        for size in Self.sizes {
          try compare(type, kind, mode, channels: size.channels, values: size.values)
        }
      }
    }
    try check(element.type)
  }

  private func compare<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, _ mode: Mode, channels: Int, values: Int
  ) throws {
    let x: Tensor<Scalar> = normalTensor(kind, channels: channels, values: values, seed: 1)
    let dy: Tensor<Scalar> = normalTensor(kind, channels: channels, values: values, seed: 2)
    let z: Tensor<Scalar> = normalTensor(kind, channels: channels, values: values, seed: 5)
    let layer = layer(type, kind, mode, channels: channels)
    let plain = try layer.trainingPass(x)
    let name = "\(mode), \(channels) channels of \(values) values"

    let activated = try layer.trainingPass(x, activation: .relu)
    #expect(activated.output == relu(plain.output), "\(name)")
    #expect(activated.record.statistics == plain.record.statistics)
    var found = layer.gradients(of: activated, outputGradient: dy)
    var expected = layer.gradients(
      of: plain, outputGradient: gated(dy, plain.output))
    #expect(found.input == expected.input, "ReLU, \(name)")
    #expect(found.scale == expected.scale, "ReLU, \(name)")
    #expect(found.shift == expected.shift, "ReLU, \(name)")
    #expect(found.addend == nil)

    let added = try layer.trainingPass(x, adding: z)
    #expect(added.output == sum(plain.output, z), "\(name)")
    #expect(layer.gradients(of: added, outputGradient: dy).addend == dy)

    let residual = try layer.trainingPass(x, adding: z, activation: .relu)
    #expect(residual.output == relu(added.output), "\(name)")
    found = layer.gradients(of: residual, outputGradient: dy)
    let gate = gated(dy, added.output)
    expected = layer.gradients(of: plain, outputGradient: gate)
    #expect(found.input == expected.input, "addend and ReLU, \(name)")
    #expect(found.scale == expected.scale, "addend and ReLU, \(name)")
    #expect(found.shift == expected.shift, "addend and ReLU, \(name)")
    #expect(found.addend == gate, "addend and ReLU, \(name)")

    let inferred = try layer.inference(x)
    var output = try layer.inference(x, activation: .relu)
    #expect(output == relu(inferred))
    output = try layer.inference(x, adding: z)
    #expect(output == sum(inferred, z))
    output = try layer.inference(x, adding: z, activation: .relu)
    #expect(output == relu(sum(inferred, z)))
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `passes in place give the bits of others`(kind: AxisKind, element: ElementType) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for mode in Mode.allCases {
        for (channels, values) in Self.sizes {
          let x: Tensor<Scalar> = normalTensor(kind, channels: channels, values: values, seed: 1)
          let z: Tensor<Scalar> = normalTensor(kind, channels: channels, values: values, seed: 5)
          let layer = layer(type, kind, mode, channels: channels)
          let pass = try layer.trainingPass(x, adding: z, activation: .relu)
          var batch = x
          let record = try layer.trainingPass(inPlace: &batch, adding: z, activation: .relu)
          #expect(batch == pass.output)
          #expect(record == pass.record)
          #expect(x != batch, "a copy of the batch was changed too")

          batch = x
          try layer.inference(inPlace: &batch, activation: .relu)
          let inferred = try layer.inference(x, activation: .relu)
          #expect(batch == inferred)

          let activated = try layer.trainingPass(x, activation: .relu)
          let gradients = layer.gradients(of: activated, outputGradient: z)
          var gradient = z
          var span = gradient.mutableSpan
          let sums = layer.gradients(of: activated.record, input: x.span, inPlace: &span)
          #expect(gradient == gradients.input)
          #expect(sums.scale.map { Scalar($0) } == gradients.scale?.elements)
        }
      }
    }
    try check(element.type)
  }

  // Channels that Float32 cannot carry take another way; in place it must not find its input overwritten.
  @Test(arguments: AxisKind.allCases)
  func `channels of any magnitude are the same in place and fused`(kind: AxisKind) throws {
    let deviations = [1, 1e32, 1e-30, 2, 1e-38, 3e37, 0.5]
    let x: Tensor<Float> = normalTensor(
      kind, channels: 7, values: 150, seed: 1, mean: { deviations[$0] },
      deviation: { deviations[$0] })
    let z: Tensor<Float> = normalTensor(kind, channels: 7, values: 150, seed: 2)
    var layer = BatchNorm<Float>(featureCount: 7, axis: kind.axis, epsilon: 0)
    layer.scale = parameters(count: 7, seed: 3)
    layer.shift = parameters(count: 7, seed: 4)
    let plain = try layer.trainingPass(x)
    #expect(plain.output.elements.allSatisfy { $0.isFinite })
    let pass = try layer.trainingPass(x, adding: z, activation: .relu)
    #expect(pass.output == relu(sum(plain.output, z)))
    let gradients = layer.gradients(of: pass, outputGradient: z)
    let gate = gated(z, sum(plain.output, z))
    #expect(gradients.addend == gate)
    #expect(gradients.input == layer.gradients(of: plain, outputGradient: gate).input)
    let activated = try layer.trainingPass(x, activation: .relu)
    let expected = layer.gradients(of: plain, outputGradient: gated(z, plain.output))
    #expect(layer.gradients(of: activated, outputGradient: z).input == expected.input)

    var batch = x
    let record = try layer.trainingPass(inPlace: &batch, adding: z, activation: .relu)
    #expect(record == pass.record)
    #expect(batch == pass.output)
    var gradient = z
    var span = gradient.mutableSpan
    _ = layer.gradients(of: activated.record, input: x.span, inPlace: &span)
    #expect(gradient == expected.input)
  }

  // Large gradients overflow Float32 sums of a block, which are then done again behind the same gate.
  @Test(arguments: AxisKind.both)
  func `sums that overflow are gated too`(kind: AxisKind) throws {
    let x: Tensor<Float> = normalTensor(kind, channels: 3, values: 200, seed: 1)
    let dy: Tensor<Float> = normalTensor(
      kind, channels: 3, values: 200, seed: 2, mean: { _ in 2e38 }, deviation: { _ in 1e37 })
    let layer = layer(Float.self, kind, .frozen, channels: 3)
    let plain = try layer.trainingPass(x)
    for z in [nil, x] as [Tensor<Float>?] {
      let pass = try layer.trainingPass(x, adding: z, activation: .relu)
      let found = layer.gradients(of: pass, outputGradient: dy)
      let output = z.map { sum(plain.output, $0) } ?? plain.output
      let expected = layer.gradients(of: plain, outputGradient: gated(dy, output))
      #expect(found.scale == expected.scale)
      #expect(found.shift == expected.shift)
    }
  }

  @Test func `nan passes the activation, and zeros of either sign are cut off`() throws {
    var layer = BatchNorm<Float>(featureCount: 1, epsilon: 0)
    layer.runningStatistics = RunningStatistics(mean: [0], variance: [1])
    let x = Tensor<Float>([.nan, -0.0, 0, 1, -1, .infinity, -.infinity], shape: [7, 1])
    let y = try layer.inference(x, activation: .relu)
    #expect(y[0].isNaN)
    let positive: [Float] = [0, 0, 1, 0, .infinity, 0]
    #expect(y.elements[1...].map(\.bitPattern) == positive.map(\.bitPattern))
    layer.freezing = .statistics
    let pass = try layer.trainingPass(x, activation: .relu)
    let ones = Tensor<Float>(repeating: 1, shape: [7, 1])
    #expect(
      layer.gradients(of: pass, outputGradient: ones).input.elements == [1, 0, 0, 1, 0, 1, 0])
    let residual = try layer.trainingPass(
      x, adding: Tensor(repeating: 0, shape: [7, 1]), activation: .relu)
    #expect(
      layer.gradients(of: residual, outputGradient: ones).addend?.elements == [1, 0, 0, 1, 0, 1, 0])
  }

  @Test(arguments: AxisKind.both)
  func `a refused batch is unchanged in place`(kind: AxisKind) throws {
    var x: Tensor<Float> = normalTensor(kind, channels: 3, values: 200, seed: 1)
    x[77] = .infinity
    let layer = BatchNorm<Float>(featureCount: 3, axis: kind.axis)
    var batch = x
    #expect(throws: NormalizationError.self) {
      try layer.trainingPass(inPlace: &batch, activation: .relu)
    }
    #expect(batch == x)
    var tolerant = layer
    tolerant.nonFinitePolicy = .propagate
    let record = try tolerant.trainingPass(inPlace: &batch)
    #expect(!record.isFinite)
    #expect(batch != x)
  }

  // The loss is a sum of the outputs with random weights; outputs near the kink are far rarer than steps.
  @Test(arguments: AxisKind.both, [false, true])
  func `fused gradients agree with central differences`(kind: AxisKind, hasAddend: Bool) throws {
    let x: Tensor<Double> = normalTensor(kind, channels: 3, values: 12, seed: 1)
    let z: Tensor<Double> = normalTensor(kind, channels: 3, values: 12, seed: 2)
    let weights: Tensor<Double> = normalTensor(kind, channels: 3, values: 12, seed: 3)
    let layer = layer(Double.self, kind, .training, channels: 3)
    func loss(_ x: Tensor<Double>, _ z: Tensor<Double>) throws -> Double {
      let pass = try layer.trainingPass(x, adding: hasAddend ? z : nil, activation: .relu)
      return weightedSum(pass.output, weights: weights)
    }
    let pass = try layer.trainingPass(x, adding: hasAddend ? z : nil, activation: .relu)
    let found = layer.gradients(of: pass, outputGradient: weights)
    let input = try centralDifferences(at: x, step: { _ in 1e-5 }) { try loss($0, z) }
    for (a, b) in zip(found.input.elements, input) { #expect(abs(a - b) < 1e-7) }
    guard hasAddend else { return }
    let addend = try centralDifferences(at: z, step: { _ in 1e-5 }) { try loss(x, $0) }
    for (a, b) in zip(try #require(found.addend).elements, addend) { #expect(abs(a - b) < 1e-7) }
  }
}
