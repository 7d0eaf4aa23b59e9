public import Normalization

/// The average of every channel over all positions of a sample.
///
///     y[n, c] = sum over positions p of x[n, p, c] / P        dx[n, p, c] = dy[n, c] / P
///
/// Shapes: channels-last [N, ..., C] to [N, C], with at least one position. Sums are in Float64, so the average is
/// the exact one but for a rounding.
///
/// Source: Lin, Chen and Yan 2013, arXiv:1312.4400, section 3.2.
public struct GlobalAveragePooling<Scalar: NetworkScalar>: Layer {
  /// Creates a layer.
  public init() {}

  /// The averages.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    precondition(
      input.rank >= 2 && !input.shape[1..<input.rank - 1].contains(0),
      "Pooling takes [N, ..., C] with at least one position, but the input's shape is \(input.shape)."
    )
    return averaged(input)
  }

  /// The averages; every position gets its part of the gradient.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let shape = input.shape
    return LayerPass(output: try inference(input)) { gradient in
      LayerGradients(input: spread(gradient, over: shape), parameters: [])
    }
  }
}

@specialized(where Scalar == Float)
private func averaged<Scalar: NetworkScalar>(_ input: Tensor<Scalar>) -> Tensor<Scalar> {
  let (samples, channels) = (input.shape[0], input.shape[input.rank - 1])
  let positions = input.shape[1..<input.rank - 1].reduce(1, *)
  return Tensor(unsafeUninitialized: [samples, channels]) { output in
    let source = input.span
    var memory = Tensor<Double>(repeating: 0, shape: [channels])
    var sums = memory.mutableSpan
    for sample in 0..<samples {
      for c in 0..<channels { sums[c] = 0 }
      for position in 0..<positions {
        let start = (sample * positions + position) * channels
        // In range: the shapes say how many there are. Checks would keep the loop from being vectorised.
        for c in 0..<channels {
          sums[unchecked: c] += Double(source[unchecked: start + c])
        }
      }
      for c in 0..<channels {
        output[sample * channels + c] = Scalar(sums[c] / Double(positions))
      }
    }
  }
}

@specialized(where Scalar == Float)
private func spread<Scalar: NetworkScalar>(
  _ gradient: Tensor<Scalar>, over shape: [Int]
) -> Tensor<Scalar> {
  let (samples, channels) = (shape[0], shape[shape.count - 1])
  let positions = shape[1..<shape.count - 1].reduce(1, *)
  precondition(
    gradient.shape == [samples, channels],
    "The output gradient has shape \(gradient.shape), but the output had [\(samples), \(channels)]."
  )
  return Tensor(unsafeUninitialized: shape) { result in
    let source = gradient.span
    let divisor = Scalar(positions)
    for sample in 0..<samples {
      for position in 0..<positions {
        let start = (sample * positions + position) * channels
        for c in 0..<channels {
          result[unchecked: start + c] = source[unchecked: sample * channels + c] / divisor
        }
      }
    }
  }
}
