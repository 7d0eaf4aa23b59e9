public import Normalization

/// Leaves out elements at random in training, and enlarges the others so that the mean stays (inverted dropout).
///
///     y = x * keep / (1 - rate)        dx = dy * keep / (1 - rate)        keep = 0 with probability `rate`, else 1
///
/// Shapes: any; the output as the input. Inference is the identity.
///
/// The probability is `rate` rounded to a multiple of 2^-32. What is left out is 0 whatever it was. The pass keeps a
/// byte for each element.
///
/// Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, Journal of Machine Learning Research 15.
public struct Dropout<Scalar: NetworkScalar>: RandomLayer {
  /// The probability that an element is left out.
  public let rate: Double
  /// What the masks are drawn from.
  public let seed: UInt64
  /// How many passes were committed: the number of the next mask.
  public var passesDrawn = 0

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - rate: the probability that an element is left out, in 0..<1.
  ///   - seed: what the masks are drawn from. Layers of one seed leave out the same elements: give each its own.
  public init(rate: Double, seed: UInt64) {
    precondition(
      rate >= 0 && rate < 1, "The rate of a dropout lies in 0..<1, but is \(rate).")
    (self.rate, self.seed) = (rate, seed)
  }

  /// "Dropout (0.5)".
  public var kindName: String { "Dropout (\(rate))" }

  /// The input.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    input
  }

  /// What a random mask leaves.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let mask = DropoutMask(
      rate: rate, count: input.count, seed: seed, pass: UInt64(passesDrawn))
    let record = DropoutRecord(passesDrawn: passesDrawn)
    return LayerPass(output: masked(input, mask), record: record) { gradient in
      precondition(
        gradient.shape == input.shape,
        "The output gradient has shape \(gradient.shape), but the output had \(input.shape).")
      return LayerGradients(input: masked(gradient, mask), parameters: [])
    }
  }

  /// Goes on to the next mask.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard pass.record is DropoutRecord else {
      preconditionFailure("The pass is of another layer than this dropout.")
    }
    passesDrawn += 1
  }
}

/// What tells a pass of a dropout.
private struct DropoutRecord: Sendable {
  let passesDrawn: Int
}

/// Which elements stay: a byte for each, 1 or 0.
private struct DropoutMask: Sendable {
  let bytes: [UInt8]
  /// What the others are enlarged by.
  let factor: Double

  init(rate: Double, count: Int, seed: UInt64, pass: UInt64) {
    factor = 1 / (1 - rate)
    var generator = SeededGenerator(seed: seed, stream: pass)
    // 2^32 only where the rate is so close to 1 that everything is left out.
    let threshold = UInt64((rate * 0x1p32).rounded())
    bytes = Array(unsafeUninitializedCapacity: count) { bytes, initializedCount in
      var index = 0
      while index < count {
        // Two elements from one number.
        let bits = generator.next()
        bytes[index] = bits & 0xFFFF_FFFF < threshold ? 0 : 1
        if index + 1 < count { bytes[index + 1] = bits >> 32 < threshold ? 0 : 1 }
        index += 2
      }
      initializedCount = count
    }
  }
}

@specialized(where Scalar == Float)
private func masked<Scalar: NetworkScalar>(
  _ tensor: Tensor<Scalar>, _ mask: DropoutMask
) -> Tensor<Scalar> {
  let factor = Scalar(mask.factor)
  return Tensor(unsafeUninitialized: tensor.shape) { output in
    let (x, keep) = (tensor.span, mask.bytes.span)
    precondition(keep.count == x.count, "A mask of \(keep.count) is not one of \(x.count).")
    for i in 0..<x.count {
      output[unchecked: i] = keep[unchecked: i] == 0 ? 0 : x[unchecked: i] * factor
    }
  }
}
