public import Normalization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Local response normalization across neighbouring channels.
///
///     d_c = k + alpha/size * sum of x_j^2 over the window of c        y_c = x_c * d_c^-beta
///
/// The window of channel c holds the channels from c - size/2 to c + (size - 1)/2, as far as there are such; for even
/// sizes it has one more below than above. Alpha is divided by the size, as in PyTorch; Krizhevsky et al. do not
/// divide, and use size 5, k = 2, alpha = 5 * 1e-4 in terms of this layer, and beta = 0.75.
///
/// Gradient: y_c depends on x_j by its numerator where c = j, and by d_c where j is in the window of c. With
/// d(d_c)/dx_j = 2 alpha/size x_j the second part is -beta d_c^(-beta - 1) * 2 alpha/size x_j * x_c, so
///
///     dx_j = dy_j * d_j^-beta  -  2 alpha beta/size * x_j * sum of dy_c * x_c * d_c^(-beta - 1)
///
/// summed over the c whose window holds j: from j - (size - 1)/2 to j + size/2, the window's mirror image.
///
/// Shapes: channels-last, any rank from 1; the output as the input. There are neither parameters nor running
/// statistics. Computed in Float64.
///
/// Source: Krizhevsky, Sutskever and Hinton 2012, ImageNet Classification with Deep Convolutional Neural Networks,
/// section 3.3.
public struct LocalResponseNormalization<Scalar: NetworkScalar>: Layer {
  /// The number of channels in a window.
  public let size: Int
  /// The weight of the average square.
  public let alpha: Double
  /// The exponent.
  public let beta: Double
  /// What is added to the weighted average square.
  public let k: Double

  /// Creates a layer; PyTorch's defaults.
  ///
  /// - Parameters:
  ///   - size: the number of channels in a window, positive.
  ///   - alpha: the weight of the average square, not negative.
  ///   - beta: the exponent.
  ///   - k: what is added, positive.
  public init(size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    precondition(size > 0, "A window needs a channel, but its size is \(size).")
    precondition(
      alpha >= 0 && k > 0 && alpha.isFinite && k.isFinite && beta.isFinite,
      "Alpha must not be negative and k must be positive, but they are \(alpha) and \(k).")
    (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
  }

  /// "LocalResponseNormalization (5)".
  public var kindName: String { "LocalResponseNormalization (\(size))" }

  /// Every channel by its neighbours.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    precondition(input.rank >= 1, "The layer takes [..., C], but the input has no axis.")
    return localResponse(input, LocalResponse(self))
  }

  /// Every channel by its neighbours. What they were divided by is computed again in the backward pass.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let response = LocalResponse(self)
    return LayerPass(output: try inference(input)) { gradient in
      precondition(
        gradient.shape == input.shape,
        "The output gradient has shape \(gradient.shape), but the output had \(input.shape).")
      return LayerGradients(
        input: localResponseGradient(input, gradient, response), parameters: [])
    }
  }
}

/// The arithmetic of a row of channels, in Float64.
private struct LocalResponse {
  /// How far a window reaches.
  let below: Int
  let above: Int
  /// alpha/size.
  let weight: Double
  let beta: Double
  let k: Double

  init<Scalar>(_ layer: LocalResponseNormalization<Scalar>) {
    (below, above) = (layer.size / 2, (layer.size - 1) / 2)
    (weight, beta, k) = (layer.alpha / Double(layer.size), layer.beta, layer.k)
  }

  /// d^-beta.
  func power(_ d: Double) -> Double {
    // Two roots instead of the power of a general exponent, which takes most of the time.
    guard beta == 0.75 else { return pow(d, -beta) }
    let root = d.squareRoot()
    return 1 / (root * root.squareRoot())
  }

  /// The divisors of a row: sums over the windows, each added up by itself so that a large square leaves no rounding
  /// error behind it.
  func divisors(_ x: [Double], into d: inout [Double]) {
    for c in x.indices {
      var sum = 0.0
      for j in max(0, c - below)...min(x.count - 1, c + above) { sum += x[j] * x[j] }
      d[c] = k + weight * sum
    }
  }
}

@specialized(where Scalar == Float)
private func localResponse<Scalar: NetworkScalar>(
  _ input: Tensor<Scalar>, _ response: LocalResponse
) -> Tensor<Scalar> {
  let channels = input.shape[input.rank - 1]
  return Tensor(unsafeUninitialized: input.shape) { output in
    let source = input.span
    var x = Array(repeating: 0.0, count: channels)
    var d = x
    for start in stride(from: 0, to: source.count, by: max(1, channels)) {
      for c in 0..<channels { x[c] = Double(source[start + c]) }
      response.divisors(x, into: &d)
      for c in 0..<channels { output[start + c] = Scalar(x[c] * response.power(d[c])) }
    }
  }
}

@specialized(where Scalar == Float)
private func localResponseGradient<Scalar: NetworkScalar>(
  _ input: Tensor<Scalar>, _ gradient: Tensor<Scalar>, _ response: LocalResponse
) -> Tensor<Scalar> {
  let channels = input.shape[input.rank - 1]
  return Tensor(unsafeUninitialized: input.shape) { result in
    let (source, outer) = (input.span, gradient.span)
    var x = Array(repeating: 0.0, count: channels)
    var (d, power, product) = (x, x, x)
    for start in stride(from: 0, to: source.count, by: max(1, channels)) {
      for c in 0..<channels { x[c] = Double(source[start + c]) }
      response.divisors(x, into: &d)
      for c in 0..<channels {
        power[c] = response.power(d[c])
        product[c] = Double(outer[start + c]) * x[c] * power[c] / d[c]
      }
      for j in 0..<channels {
        var sum = 0.0
        for c in max(0, j - response.above)...min(channels - 1, j + response.below) {
          sum += product[c]
        }
        result[start + j] = Scalar(
          Double(outer[start + j]) * power[j] - 2 * response.weight * response.beta * x[j] * sum)
      }
    }
  }
}
