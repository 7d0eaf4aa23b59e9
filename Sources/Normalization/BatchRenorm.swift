public import NormalizationKernels
public import Tensors

/// Batch renormalization: batch normalization corrected toward the running statistics, for small batches.
///
///     n = (x - mean)/sqrt(variance + epsilon)                            with the batch's statistics
///     s = sqrt(running variance + epsilon)
///     r = sqrt(variance + epsilon)/s   within 1/rmax ... rmax
///     d = (mean - running mean)/s      within -dmax ... dmax
///     y = scale * (n * r + d) + shift
///
/// Where the limits do not cut r and d off, training computes what inference computes. With rmax = 1 and dmax = 0 it is
/// batch normalization. The backward pass treats r and d as constants.
///
/// Shapes, accuracy and reproducibility: as ``BatchNorm``. The running variance is the biased one.
///
/// Source: Ioffe 2017, arXiv:1702.03275, algorithm 1.
public struct BatchRenorm<Scalar: NormalizationScalar>: Sendable {
  /// Scale, shift, running statistics, epsilon and momentum. Inference and frozen layers are its own.
  ///
  /// - Precondition: it has running statistics, and not of the unbiased variance.
  public var batchNorm: BatchNorm<Scalar> {
    didSet { checkRunningStatistics() }
  }
  /// The limits of r and d by the number of batches tracked so far.
  public var schedule: RenormSchedule

  /// Creates a layer that does not change normalised values yet: scale 1, shift 0.
  ///
  /// - Parameters:
  ///   - featureCount: the number of channels, positive.
  ///   - axis: the axis of the channels: -1 for channels-last, 1 for channels-first.
  ///   - epsilon: what is added to the variance, finite and not negative.
  ///   - momentum: how the running statistics follow the batches.
  ///   - tracking: what they average beside the mean: the biased variance or the standard deviation.
  ///   - schedule: the limits of the correction.
  ///   - hasScale: whether there is a scale to learn.
  ///   - hasShift: whether there is a shift to learn.
  ///   - execution: threads and instructions.
  public init(
    featureCount: Int, axis: Int = -1, epsilon: Double = 1e-5, momentum: Momentum = .keeping(0.9),
    tracking: RunningStatistics.Tracking = .biasedVariance,
    schedule: RenormSchedule = .constant(RenormLimits()), hasScale: Bool = true,
    hasShift: Bool = true, execution: Execution = .automatic
  ) {
    batchNorm = BatchNorm(
      featureCount: featureCount, axis: axis, epsilon: epsilon, momentum: momentum,
      tracking: tracking, hasScale: hasScale, hasShift: hasShift, execution: execution)
    self.schedule = schedule
    checkRunningStatistics()
  }

  private func checkRunningStatistics() {
    guard let running = batchNorm.runningStatistics else {
      preconditionFailure("Batch renormalization needs running statistics, but there are none.")
    }
    precondition(
      running.tracking != .unbiasedVariance,
      "Batch renormalization keeps the biased variance or the deviation, not the unbiased one.")
  }

  /// The limits that hold for the next batch.
  public var limits: RenormLimits {
    schedule.limits(batchNorm.runningStatistics?.batchesTracked ?? 0)
  }

  /// Normalises a batch (a frozen layer: with its running statistics). Changes nothing.
  ///
  /// - Parameters:
  ///   - input: the batch.
  ///   - addend: is added before the activation; in the shape of the input.
  ///   - activation: what follows.
  /// - Returns: a pass whose `gradients` and `commit` are those of ``batchNorm``.
  /// - Throws: as ``BatchNorm``; also for a running variance that cannot be divided by.
  public func trainingPass(
    _ input: Tensor<Scalar>, adding addend: Tensor<Scalar>? = nil,
    activation: FusedActivation = .identity
  ) throws(NormalizationError) -> BatchNorm<Scalar>.TrainingPass {
    try batchNorm.trainingPass(
      input, adding: addend, activation: activation, renormalizing: limits)
  }

  /// Normalises a part of a batch with the statistics of the whole. Changes nothing.
  ///
  /// Statistics and sums of the backward pass over parts are ``batchNorm``'s; see
  /// ``BatchNorm/trainingPass(_:using:firstBlock:adding:activation:)``.
  ///
  /// - Parameters:
  ///   - shard: the part.
  ///   - moments: the statistics of the whole batch.
  /// - Throws: as `trainingPass` of the whole batch.
  public func trainingPass(
    _ shard: Tensor<Scalar>, using moments: Moments
  ) throws(NormalizationError) -> BatchNorm<Scalar>.TrainingPass {
    try batchNorm.trainingPass(shard, using: moments, renormalizing: limits)
  }

  /// Takes a pass's statistics into the running ones. Call it once per batch.
  public mutating func commit(_ pass: BatchNorm<Scalar>.TrainingPass) {
    batchNorm.commit(pass)
  }

  /// Makes a training pass and takes its statistics into the running ones.
  ///
  /// - Throws: as `trainingPass`; the layer is then unchanged.
  public mutating func train(
    _ input: Tensor<Scalar>
  ) throws(NormalizationError) -> BatchNorm<Scalar>.TrainingPass {
    let pass = try trainingPass(input)
    commit(pass)
    return pass
  }

  /// Returns the gradients of a training pass, with r and d as constants.
  ///
  ///     g      = dy where the activation let the output through, else 0
  ///     dshift = sum(g)                     dscale = sum(g * (n * r + d))
  ///     dx     = scale * r/sqrt(variance + epsilon) * (g - average(g) - n * average(g * n))
  ///
  /// - Precondition: `outputGradient` has the shape of the pass's input.
  public func gradients(
    of pass: BatchNorm<Scalar>.TrainingPass, outputGradient: Tensor<Scalar>
  ) -> NormalizationGradients<Scalar> {
    batchNorm.gradients(of: pass, outputGradient: outputGradient)
  }

  /// Normalises with the running statistics, as ``BatchNorm``.
  ///
  /// - Throws: as ``BatchNorm``.
  public func inference(_ input: Tensor<Scalar>) throws(NormalizationError) -> Tensor<Scalar> {
    try batchNorm.inference(input, adding: nil, activation: .identity)
  }
}

/// How far batch renormalization corrects at most.
public struct RenormLimits: Equatable, Sendable {
  /// The largest r; 1/rmax is the smallest.
  public var rmax: Double
  /// The largest |d|.
  public var dmax: Double

  /// Creates limits.
  ///
  /// - Precondition: `rmax` is at least 1 and `dmax` not negative.
  public init(rmax: Double = 3, dmax: Double = 5) {
    precondition(rmax >= 1, "The limit rmax must be at least 1, but is \(rmax).")
    precondition(dmax >= 0, "The limit dmax must not be negative, but is \(dmax).")
    (self.rmax, self.dmax) = (rmax, dmax)
  }
}

/// A function from the number of batches tracked to the limits of batch renormalization.
public struct RenormSchedule: Sendable {
  /// The limits after so many batches.
  public let limits: @Sendable (_ batchesTracked: Int) -> RenormLimits

  /// Creates a schedule from a function.
  public init(_ limits: @escaping @Sendable (_ batchesTracked: Int) -> RenormLimits) {
    self.limits = limits
  }

  /// The same limits always.
  public static func constant(_ limits: RenormLimits) -> RenormSchedule {
    RenormSchedule { _ in limits }
  }

  /// Batch normalization at first (rmax 1, dmax 0), then limits that grow evenly up to given ones.
  ///
  /// The defaults are the paper's (section 4.1): 5,000 batches of batch normalization; rmax reaches 3 after 40,000
  /// batches and dmax 5 after 25,000.
  public static func relaxing(
    to limits: RenormLimits = RenormLimits(), from first: Int = 5000, rmaxUntil: Int = 40_000,
    dmaxUntil: Int = 25_000
  ) -> RenormSchedule {
    precondition(
      first < min(rmaxUntil, dmaxUntil),
      "Limits that grow from batch \(first) on cannot be reached by \(min(rmaxUntil, dmaxUntil)).")
    return RenormSchedule { batch in
      func share(_ end: Int) -> Double {
        min(1, max(0, Double(batch - first) / Double(end - first)))
      }
      return RenormLimits(
        rmax: 1 + (limits.rmax - 1) * share(rmaxUntil), dmax: limits.dmax * share(dmaxUntil))
    }
  }
}
