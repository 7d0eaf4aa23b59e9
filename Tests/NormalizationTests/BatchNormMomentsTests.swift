import Normalization
import Testing
import TestSupport

/// Moments of a layer's batches: what is refused, and what the running statistics take.
@Suite struct BatchNormMomentsTests {
  /// The samples of a batch from `range.lowerBound` on.
  static func samples<Scalar: TensorScalar>(
    _ tensor: Tensor<Scalar>, _ range: Range<Int>
  ) -> Tensor<Scalar> {
    var shape = tensor.shape
    let size = tensor.count / max(1, shape[0])
    shape[0] = range.count
    return Tensor(
      Array(tensor.elements[range.lowerBound * size..<range.upperBound * size]), shape: shape)
  }

  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `committing moments is committing the pass, to the bit`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for tracking in RunningStatistics.Tracking.allCases {
        let x: Tensor<Scalar> = normalTensor(kind, channels: 5, values: 360, seed: 1)
        var one = BatchNorm<Scalar>(featureCount: 5, axis: kind.axis, tracking: tracking)
        var other = one
        _ = try one.train(x)
        let moments = other.moments(of: x)
        try other.commit(moments)
        #expect(LayerState(one) == LayerState(other))
        let span = other.moments(of: x.span, shape: x.shape)
        #expect(span == moments)
      }
    }
    try check(element.type)
  }

  @Test func `a frozen layer takes no moments`() throws {
    var layer = BatchNorm<Float>(featureCount: 3)
    layer.freezing = .statistics
    let before = LayerState(layer)
    try layer.commit(layer.moments(of: normalTensor(.columns, channels: 3, values: 20, seed: 1)))
    #expect(LayerState(layer) == before)
  }

  @Test func `fewer than two values in all parts are refused and change nothing`() throws {
    var layer = BatchNorm<Float>(featureCount: 3)
    let before = LayerState(layer)
    let one = Tensor<Float>([1, 2, 3], shape: [1, 3])
    for (moments, count) in [(Moments(), 0), (layer.moments(of: one), 1)] {
      let expected = NormalizationError.tooFewValuesInAll(found: count)
      #expect(throws: expected) { try layer.commit(moments) }
      #expect(throws: expected) { try layer.trainingPass(one, using: moments) }
      for part in ["at least 2", "\(count) over", "inference"] {
        #expect(expected.description.contains(part))
      }
    }
    #expect(LayerState(layer) == before)
    var moments = layer.moments(of: one)
    layer.absorb(one, into: &moments)
    #expect(try layer.trainingPass(one, using: moments).output.elements == [0, 0, 0])
  }

  // The element is in one part; every part is refused, naming the first channel of all.
  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `a non-finite element of any part is refused by channel`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for (value, channel) in [(Double.nan, 3), (.infinity, 0), (-.infinity, 4)] {
        let clean: Tensor<Scalar> = normalTensor(kind, channels: 6, values: 90, seed: 1)
        let spoiled: Tensor<Scalar> = channelTensor(kind, channels: 6, values: 90) {
          $1 == 88 && ($0 == channel || $0 == 5) ? value : Double($1 % 7)
        }
        var layer = BatchNorm<Scalar>(featureCount: 6, axis: kind.axis)
        let before = LayerState(layer)
        var moments = layer.moments(of: clean)
        layer.absorb(spoiled, into: &moments)
        layer.absorb(clean, into: &moments)
        let expected = NormalizationError.nonFiniteInput(channel: channel)
        #expect(throws: expected) { try layer.trainingPass(clean, using: moments) }
        #expect(throws: expected) { try layer.commit(moments) }
        let decoded = try #require(Moments(decoding: moments.encoded))
        #expect(throws: expected) { try layer.commit(decoded) }
        layer.nonFinitePolicy = .propagate
        try layer.commit(moments)
        let pass = try layer.trainingPass(clean, using: moments)
        #expect(!pass.record.isFinite)
        layer.commit(pass)
        layer.nonFinitePolicy = .refuse
        #expect(LayerState(layer) == before)
      }
    }
    try check(element.type)
  }

  @Test(arguments: AxisKind.allCases)
  func `a variance beyond or below Float64 is refused as in one pass`(kind: AxisKind) throws {
    func input(_ size: Double) -> Tensor<Double> {
      channelTensor(kind, channels: 3, values: 40) { channel, value in
        (channel == 1 ? size : 1) * Double(value % 5)
      }
    }
    let layer = BatchNorm<Double>(featureCount: 3, axis: kind.axis, epsilon: 0)
    func refusal(_ tensors: [Tensor<Double>]) -> NormalizationError? {
      var moments = Moments()
      for tensor in tensors { layer.absorb(tensor, into: &moments) }
      do throws(NormalizationError) {
        _ = try layer.trainingPass(tensors[0], using: moments)
        return nil
      } catch { return error }
    }
    for size in [1e160, 4e307] {
      #expect(refusal([input(1), input(size)]) == .varianceOverflow(channel: 1))
    }
    for size in [1e-147, 1e-160, 1e-170, 1e-200] {
      #expect(refusal([input(size), input(size)]) == .varianceUnderflow(channel: 1))
      // What one part has lost the others do not need; a constant has lost nothing.
      #expect(refusal([input(size), input(1)]) == nil)
      let constant = Tensor<Double>(repeating: size, shape: input(1).shape)
      #expect(refusal([constant, constant]) == nil)
    }
  }
}
