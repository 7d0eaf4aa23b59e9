public import Normalization

/// How another system stores and means the numbers of its normalization layers.
///
/// | system | epsilon | momentum is the weight of the | running variance | scale, shift | mean, variance, count |
/// |---|---|---|---|---|---|
/// | PyTorch | 1e-5 | new value, 0.1 | unbiased | weight, bias | running_mean, running_var, num_batches_tracked |
/// | Keras 3 | 1e-3 | old value, 0.99 | biased | gamma, beta | moving_mean, moving_variance |
/// | ONNX, from opset 14 | 1e-5 | old value, 0.9 | biased | scale, B | input_mean, input_var |
/// | Flax | 1e-5 | old value, 0.99 | biased | scale, bias | mean, var |
/// | MLX | 1e-5 | new value, 0.1 | unbiased | weight, bias | running_mean, running_var |
///
/// The table is of batch normalization; ``parameterNames(of:)`` and ``epsilon(of:)`` know the others.
public enum NormalizationConvention: String, CaseIterable, Sendable {
  /// PyTorch's `torch.nn`.
  case pyTorch = "PyTorch"
  /// Keras 3.
  case keras = "Keras"
  /// ONNX, whose inputs have these names; the tensors of a model can be called anything.
  case onnx = "ONNX"
  /// Flax, linen and NNX.
  case flax = "Flax"
  /// MLX for Python; mlx-swift keeps the biased variance.
  case mlx = "MLX"
}

/// Which layer parameters belong to.
public enum NormalizationKind: String, CaseIterable, Sendable {
  /// Statistics of a channel over the batch.
  case batch
  /// Statistics of a sample.
  case layer
  /// The mean square of a sample; no shift.
  case rms
  /// Statistics of a channel of a sample.
  case instance
  /// Statistics of a group of channels of a sample.
  case group
}

extension NormalizationConvention {
  /// The names of the learned parameters, without what stands before them.
  public struct ParameterNames: Equatable, Sendable {
    /// The factor's.
    public let scale: String
    /// The offset's; nil where the layer has none.
    public let shift: String?
  }

  /// The names of what training averages.
  public struct StatisticNames: Equatable, Sendable {
    /// The running mean's.
    public let mean: String
    /// The running variance's.
    public let variance: String
    /// That of the number of batches; nil where it is not kept.
    public let batchesTracked: String?
  }

  /// Whose weight the number called momentum is.
  public enum MomentumMeaning: String, Sendable {
    /// running <- momentum * running + (1 - momentum) * batch.
    case oldValue = "old value"
    /// running <- (1 - momentum) * running + momentum * batch.
    case newValue = "new value"
  }

  /// The names of scale and shift in a layer.
  public func parameterNames(of kind: NormalizationKind) -> ParameterNames {
    let (scale, shift) =
      switch (self, kind) {
      case (.pyTorch, _), (.mlx, _): ("weight", "bias")
      case (.keras, .rms): ("scale", "")
      case (.keras, _): ("gamma", "beta")
      case (.onnx, .layer): ("Scale", "B")
      case (.onnx, .group): ("scale", "bias")
      case (.onnx, _): ("scale", "B")
      case (.flax, _): ("scale", "bias")
      }
    return ParameterNames(scale: scale, shift: kind == .rms ? nil : shift)
  }

  /// The names of the running statistics of batch normalization.
  public var statisticNames: StatisticNames {
    switch self {
    case .pyTorch:
      StatisticNames(
        mean: "running_mean", variance: "running_var", batchesTracked: "num_batches_tracked")
    case .keras:
      StatisticNames(mean: "moving_mean", variance: "moving_variance", batchesTracked: nil)
    case .onnx: StatisticNames(mean: "input_mean", variance: "input_var", batchesTracked: nil)
    case .flax: StatisticNames(mean: "mean", variance: "var", batchesTracked: nil)
    case .mlx: StatisticNames(mean: "running_mean", variance: "running_var", batchesTracked: nil)
    }
  }

  /// The epsilon of a layer that was not told another; nil for PyTorch's RMS normalization, which takes the
  /// element type's (2^-23 for Float32).
  public func epsilon(of kind: NormalizationKind) -> Double? {
    switch (self, kind) {
    case (.pyTorch, .rms): nil
    case (.pyTorch, _), (.onnx, _), (.mlx, _): 1e-5
    case (.keras, .rms): 1e-6
    case (.keras, _): 1e-3
    case (.flax, .batch): 1e-5
    case (.flax, _): 1e-6
    }
  }

  /// The momentum of a batch normalization that was not told another.
  public var momentum: Momentum {
    switch self {
    case .pyTorch, .mlx: .updating(0.1)
    case .keras, .flax: .keeping(0.99)
    case .onnx: .keeping(0.9)
    }
  }

  /// Whose weight the number called momentum is.
  public var momentumMeaning: MomentumMeaning {
    switch self {
    case .pyTorch, .mlx: .newValue
    case .keras, .flax, .onnx: .oldValue
    }
  }

  /// The number that the system calls momentum; nil for the plain average over all batches.
  public func number(for momentum: Momentum) -> Double? {
    momentum.keepWeight.map { momentumMeaning == .oldValue ? $0 : 1 - $0 }
  }

  /// Which variance is averaged.
  public var tracking: RunningStatistics.Tracking {
    switch self {
    case .pyTorch, .mlx: .unbiasedVariance
    case .keras, .onnx, .flax: .biasedVariance
    }
  }

  /// Where the channels lie by default: 1 for channels-first, -1 for channels-last.
  public var axis: Int {
    switch self {
    case .pyTorch, .onnx: 1
    case .keras, .flax, .mlx: -1
    }
  }

  /// Whether the system has a layer of this kind with these parameters.
  func allows(_ kind: NormalizationKind, hasScale: Bool, hasShift: Bool) -> Bool {
    switch (self, kind) {
    case (.flax, _), (.pyTorch, .rms): true
    case (.keras, .rms), (.onnx, .rms), (.onnx, .layer), (.mlx, .rms): hasScale
    case (.keras, _): true
    case (.onnx, _): hasScale && hasShift
    case (.pyTorch, .layer), (.mlx, .layer): hasScale || !hasShift
    case (.pyTorch, _), (.mlx, _): hasScale == hasShift
    }
  }

  /// The groups of a group normalization that was not told another number; nil where it has to be told.
  var groupCount: Int? {
    switch self {
    case .keras, .flax: 32
    case .pyTorch, .onnx, .mlx: nil
    }
  }
}
