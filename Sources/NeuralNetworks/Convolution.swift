public import LinearAlgebra
public import Normalization

/// A convolution over one or two spatial axes, channels-last.
///
/// See `ConvolutionOperation` for the formulas.
///
/// Shapes:
/// - Input: [N, height, width, C] or [N, length, C]; output: the same with the extents that
///   `SlidingWindow.outputExtents(of:)` gives and O channels.
/// - `weight`: [O, C / groups, kernel], as in PyTorch; `bias`: [O].
///
/// Source: LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition.
public struct Convolution<Scalar: NetworkScalar>: Layer {
  /// [O, C / groups, kernel].
  public var weight: Tensor<Scalar> {
    get { storedWeight }
    set {
      storedWeight = newValue
      packed = nil
    }
  }
  /// [O], or nil for none: a normalization behind the layer would take it off again.
  public var bias: Tensor<Scalar>?
  /// What it looks at, and how that moves.
  public let window: SlidingWindow
  /// How many parts the channels are divided into; as many as there are input channels makes it depthwise.
  public let groups: Int
  /// Threads.
  public var execution: Execution
  /// The weights as inference wants them, for a network whose weights stay; see ``Predictor``.
  var packed: PackedWeights<Scalar>?
  private var storedWeight: Tensor<Scalar>

  /// Creates a layer with normally distributed weights around 0, and a bias of 0.
  ///
  /// - Parameters:
  ///   - inputChannels: C.
  ///   - outputChannels: O.
  ///   - window: what it looks at.
  ///   - groups: divides both; 1 by default.
  ///   - hasBias: whether there is a bias to learn.
  ///   - deviation: of the weights; by default that of He et al. 2015 (arXiv:1502.01852) for ReLU, sqrt(2 / products of
  ///     a sum).
  ///   - generator: where the weights come from.
  ///   - execution: threads.
  public init(
    inputChannels: Int, outputChannels: Int, window: SlidingWindow, groups: Int = 1,
    hasBias: Bool = true, deviation: Double? = nil, using generator: inout SeededGenerator,
    execution: Execution = .automatic
  ) {
    precondition(
      groups > 0 && inputChannels > 0 && inputChannels % groups == 0 && outputChannels > 0,
      "\(groups) groups do not divide \(inputChannels) input channels.")
    let shape = [outputChannels, inputChannels / groups] + window.kernel
    let productCount = shape.dropFirst().reduce(1, *)
    self.init(
      weight: Tensor(
        normal: shape, deviation: deviation ?? (2 / Double(productCount)).squareRoot(),
        using: &generator),
      bias: hasBias ? Tensor(repeating: 0, shape: [outputChannels]) : nil, window: window,
      groups: groups, execution: execution)
  }

  /// Creates a layer with given weights.
  ///
  /// - Precondition: `weight` is [O, C / groups, kernel] with the window's kernel, the groups divide O, and `bias` is [O].
  public init(
    weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, window: SlidingWindow, groups: Int = 1,
    execution: Execution = .automatic
  ) {
    precondition(
      weight.rank == window.rank + 2 && Array(weight.shape.dropFirst(2)) == window.kernel,
      "Weights [O, C / groups] and the kernel \(window.kernel) are needed, not \(weight.shape).")
    precondition(
      groups > 0 && weight.shape[0] % groups == 0,
      "\(groups) groups do not divide \(weight.shape[0]) output channels.")
    precondition(
      bias.map { $0.shape == [weight.shape[0]] } ?? true,
      "A bias of [\(weight.shape[0])] is needed, not \(bias?.shape ?? []).")
    (storedWeight, self.bias, self.window, self.groups) = (weight, bias, window, groups)
    self.execution = execution
  }

  /// C.
  public var inputChannelCount: Int { weight.shape[1] * groups }
  /// O.
  public var outputChannelCount: Int { weight.shape[0] }

  /// The convolution.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    convolved(input)
  }

  /// The convolution, and what its gradients need.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    try forward(input, adding: nil, activation: .identity).layerPass
  }

  /// `weight`, then `bias` where there is one.
  public mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    packed = nil
    visitWeights(&storedWeight, &bias, visit)
  }

  /// Keeps the weights as the computation wants them from the first use on. To be done where they do not change.
  mutating func pack() {
    guard weight.isFinite, bias?.isFinite ?? true else { return }
    packed = PackedWeights()
  }

  private func operation(_ inputShape: [Int]) -> ConvolutionOperation<Scalar> {
    precondition(
      inputShape.count == window.rank + 2 && inputShape.last == inputChannelCount,
      """
      The layer takes [N, \(window.rank == 2 ? "height, width" : "length"), \(inputChannelCount)], \
      but the input's shape is \(inputShape).
      """)
    if execution.threadCount > 1 { SharedThreads.areUsed }
    return ConvolutionOperation(
      window, inputShape: inputShape, outputChannels: outputChannelCount, groups: groups,
      threadCount: execution.threadCount)
  }

  private func convolved(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) -> Tensor<Scalar> {
    // oneDNN's ReLU makes 0 of nan, which would hide it: where there can be one, ours follows.
    let unknown = packed == nil ? [weight, bias, input, addend] : [input, addend]
    let fuses = activation == .relu && unknown.allSatisfy { $0?.isFinite ?? true }
    let output = operation(input.shape)(
      input, weight: weight, packed: packed,
      epilogue: .init(bias: bias, addend: addend, isRectified: fuses))
    return activation == .relu && !fuses ? rectified(output, execution) : output
  }
}

extension Convolution: FusingLayer {
  /// The convolution with an addend and an activation, applied where it is written.
  public func inference(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> Tensor<Scalar> {
    convolved(input, adding: addend, activation: activation)
  }

  /// A training pass with an addend and an activation.
  public func forward(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>?, activation: FusedActivation
  ) throws(NormalizationError) -> FusedPass<Scalar> {
    let output = convolved(input, adding: addend, activation: activation)
    let (operation, weight, hasBias) = (operation(input.shape), weight, bias != nil)
    let (hasAddend, rectified) = (addend != nil, activation == .relu ? output : nil)
    let execution = execution
    @Sendable func gate(_ gradient: Tensor<Scalar>) -> Tensor<Scalar> {
      rectified.map { letThrough(gradient, by: $0, execution) } ?? gradient
    }
    @Sendable func parameterGradients(_ gradient: Tensor<Scalar>) -> [Tensor<Scalar>?] {
      let gradients = operation.parameterGradients(
        input: input, outputGradient: gradient, hasBias: hasBias)
      return hasBias ? [gradients.weight, gradients.bias] : [gradients.weight]
    }
    return FusedPass(output: output, parameterPullback: { parameterGradients(gate($0)) }) {
      let gradient = gate($0)
      let inputGradient = operation.inputGradient(outputGradient: gradient, weight: weight)
      return (
        LayerGradients(input: inputGradient, parameters: parameterGradients(gradient)),
        hasAddend ? gradient : nil
      )
    }
  }
}

/// Visits a layer's `weight`, then its `bias` where there is one.
func visitWeights<Scalar: NetworkScalar>(
  _ weight: inout Tensor<Scalar>, _ bias: inout Tensor<Scalar>?,
  _ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void
) {
  visit(ParameterInfo(name: "weight", role: .weight), &weight)
  guard var value = bias else { return }
  bias = nil  // so that the visitor changes the only copy
  visit(ParameterInfo(name: "bias", role: .bias), &value)
  bias = value
}

extension Tensor {
  /// Whether no element is infinite or nan.
  fileprivate var isFinite: Bool { isEveryElementFinite(self) }
}

@specialized(where Scalar == Float)
private func isEveryElementFinite<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) -> Bool {
  let elements = tensor.span
  var isFinite = true
  for i in 0..<elements.count {
    // The difference of a number and itself is 0, unless it is infinite or nan. No branch, so that vectors do it.
    let element = elements[unchecked: i]
    isFinite = (element - element == 0) && isFinite
  }
  return isFinite
}
