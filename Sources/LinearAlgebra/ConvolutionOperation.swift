public import Tensors

/// The convolution of inputs of one shape, channels-last.
///
///     y[n, p, o]  = b[o] + sum of x[n, q, c] * w[o, c, k]       over kernel positions k and the channels c of o's group,
///     dx[n, q, c] = sum of dy[n, p, o] * w[o, c, k]             with q = p * stride - padding + k * dilation
///     dw[o, c, k] = sum of dy[n, p, o] * x[n, q, c]             db[o] = sum of dy[n, p, o]
///
/// As everywhere in this field nothing is mirrored: mathematically it is a correlation.
///
/// Shapes:
/// - Input [N, height, width, C] or [N, length, C]; output the same with other extents and O channels.
/// - Weights [O, C / groups, kernel], as in PyTorch; bias [O].
///
/// On `Float`, oneDNN prepares each computation once for its shapes and thread count and keeps it.
public struct ConvolutionOperation<Scalar: WindowScalar>: Sendable {
  private let shape: WindowShape

  /// Describes the convolution of an input.
  ///
  /// - Parameters:
  ///   - window: what it looks at.
  ///   - inputShape: [N, height, width, C] or [N, length, C].
  ///   - outputChannels: O.
  ///   - groups: how many parts inputs and outputs are divided into, each of which sees only its own.
  ///   - threadCount: the most threads to use. The bits of the weights' gradient depend on it.
  public init(
    _ window: SlidingWindow, inputShape: [Int], outputChannels: Int, groups: Int = 1,
    threadCount: Int = 1
  ) {
    shape = WindowShape(
      window, inputShape: inputShape, outputChannels: outputChannels, groups: groups,
      threadCount: threadCount)
    precondition(
      groups > 0 && shape.inputChannels % groups == 0 && outputChannels % groups == 0,
      "\(groups) groups do not divide \(shape.inputChannels) input and \(outputChannels) output channels."
    )
  }

  /// The shape of the output.
  public var outputShape: [Int] { shape.outputShape }

  /// relu(convolution + bias + addend), as far as the epilogue has them.
  ///
  /// - Parameters:
  ///   - input: of the shape that was described.
  ///   - weight: [O, C / groups, kernel].
  ///   - packed: keeps the weights as they are needed, for the next calls with the same; nil: they are brought into that
  ///     layout in every call.
  ///   - epilogue: what is done to the output before it is written.
  public func callAsFunction(
    _ input: Tensor<Scalar>, weight: Tensor<Scalar>, packed: PackedWeights<Scalar>? = nil,
    epilogue: ConvolutionEpilogue<Scalar> = ConvolutionEpilogue()
  ) -> Tensor<Scalar> {
    check(input, shape.inputShape, "input")
    check(weight, shape.weightShape, "weights")
    if let bias = epilogue.bias { check(bias, [shape.outputChannels], "bias") }
    if let addend = epilogue.addend { check(addend, shape.outputShape, "addend") }
    return Scalar._convolution(shape, input, weight, packed, epilogue)
  }

  /// The gradient of the input for a gradient of the convolution.
  public func inputGradient(
    outputGradient: Tensor<Scalar>, weight: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    check(outputGradient, shape.outputShape, "output gradient")
    check(weight, shape.weightShape, "weights")
    return Scalar._convolutionInputGradient(shape, outputGradient, weight)
  }

  /// The gradients of weights and, if asked for, bias, for a gradient of the convolution.
  public func parameterGradients(
    input: Tensor<Scalar>, outputGradient: Tensor<Scalar>, hasBias: Bool
  ) -> (weight: Tensor<Scalar>, bias: Tensor<Scalar>?) {
    check(input, shape.inputShape, "input")
    check(outputGradient, shape.outputShape, "output gradient")
    return Scalar._convolutionWeightGradient(shape, input, outputGradient, hasBias: hasBias)
  }

  private func check(_ tensor: Tensor<Scalar>, _ expected: [Int], _ name: String) {
    precondition(
      tensor.shape == expected,
      "The convolution needs the shape \(expected) of the \(name), but it is \(tensor.shape).")
  }
}
