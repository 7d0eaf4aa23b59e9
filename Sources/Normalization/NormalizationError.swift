public import Collectives

/// Why a layer refuses an input. The layer is unchanged.
public enum NormalizationError: Error, Equatable, Sendable {
  /// A channel has `found` values, too few for a variance.
  case tooFewValues(found: Int, shape: [Int], axis: Int)
  /// A set of values that are normalised together, in instance and group normalization, has `found`, too few for a
  /// variance.
  case tooFewValuesInSet(found: Int, shape: [Int], axis: Int, groups: Int)
  /// A batch has `found` values per channel over all its parts, of positive weight, too few for a variance.
  case tooFewValuesInAll(found: Int)
  /// A weight, at a position in the tensor of weights, that is negative, infinite or not a number; or in Float64 beyond
  /// 1e100 or below 1e-100 and not 0.
  case invalidWeight(position: [Int], found: Double)
  /// The length of a sequence that is negative or beyond the extent of its axis.
  case invalidLength(sample: Int, found: Int, extent: Int)
  /// What the part of a batch that a rank holds was refused for; every rank throws it.
  indirect case refusedByRank(Int, NormalizationError)
  /// The ranks that share a batch could not exchange statistics.
  case communication(CommunicationError)
  /// The first channel with an element that is infinite or not a number.
  case nonFiniteInput(channel: Int)
  /// The first channel whose variance exceeds the range of Float64.
  case varianceOverflow(channel: Int)
  /// The first channel whose variance is too small for Float64, where epsilon is too.
  case varianceUnderflow(channel: Int)
  /// The first set of values that are normalised together, in the order of memory, whose variance (or mean square)
  /// exceeds the range of Float64.
  case setVarianceOverflow(set: Int)
  /// The first set whose variance (or mean square) is too small for Float64, where epsilon is too.
  case setVarianceUnderflow(set: Int)
  /// A running mean that is infinite or not a number.
  case invalidRunningMean(channel: Int, found: Double)
  /// A running variance that is negative, infinite or not a number.
  case invalidRunningVariance(channel: Int, found: Double)
  /// Running variance and epsilon are both 0: there is nothing to divide by.
  case zeroRunningVariance(channel: Int)
}

extension NormalizationError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .tooFewValues(let found, let shape, let axis):
      """
      batch statistics need at least 2 values per channel, but the shape \(shape) with channels on \
      axis \(axis) has \(found); use a larger batch, layer or group normalization, or inference mode
      """
    case .tooFewValuesInSet(let found, let shape, let axis, let groups):
      """
      statistics need at least 2 values in each group of channels of a sample, but the shape \(shape) with \
      channels on axis \(axis) in \(groups) groups has \(found); use fewer groups, layer normalization, or \
      inference with running statistics
      """
    case .tooFewValuesInAll(let found):
      """
      batch statistics need at least 2 values of positive weight per channel, but the batch has \
      \(found) over all its parts; use a larger batch, layer or group normalization, or inference mode
      """
    case .invalidWeight(let position, let found):
      """
      the weight at position \(position) is \(found), but weights must be 0 or positive and finite (in \
      Float64 from 1e-100 to 1e100); correct it, or scale all weights
      """
    case .invalidLength(let sample, let found, let extent):
      """
      the length of sequence \(sample) is \(found), but its axis has \(extent) positions; lengths must lie in \
      0...\(extent)
      """
    case .refusedByRank(let rank, let error):
      "in the part of the batch that rank \(rank) holds: \(error)"
    case .communication(let error):
      "\(error)"
    case .nonFiniteInput(let channel):
      """
      the input has an infinite or not-a-number element in channel \(channel), but statistics need \
      finite numbers; nothing was changed
      """
    case .varianceOverflow(let channel):
      """
      the variance of channel \(channel) exceeds the range of Float64 (deviations up to about 1e154); \
      scale the input down
      """
    case .varianceUnderflow(let channel):
      """
      the variance of channel \(channel) is below the range of Float64 (deviations from about 1e-145) \
      and epsilon does not help; scale the input up or use a larger epsilon
      """
    case .setVarianceOverflow(let set):
      """
      the variance or mean square of set \(set) (counted from 0) exceeds the range of Float64 (numbers up to \
      about 1e150); scale the input down
      """
    case .setVarianceUnderflow(let set):
      """
      the variance or mean square of set \(set) (counted from 0) is below the range of Float64 (numbers from \
      about 1e-145) and epsilon does not help; scale the input up or use a larger epsilon
      """
    case .invalidRunningMean(let channel, let found):
      """
      the running mean of channel \(channel) is \(found), but must be finite; reset or estimate the running \
      statistics again
      """
    case .invalidRunningVariance(let channel, let found):
      """
      the running variance of channel \(channel) is \(found), but must be finite and not negative; \
      reset or estimate the running statistics again
      """
    case .zeroRunningVariance(let channel):
      """
      running variance and epsilon are both 0 in channel \(channel), so there is nothing to divide \
      by; use an epsilon above 0
      """
    }
  }
}

extension NormalizationError {
  /// The same error about a set of values.
  var ofSet: NormalizationError {
    switch self {
    case .varianceOverflow(let set): .setVarianceOverflow(set: set)
    case .varianceUnderflow(let set): .setVarianceUnderflow(set: set)
    default: self
    }
  }
}

/// What the training pass does with inputs that are infinite or not a number.
public enum NonFinitePolicy: String, CaseIterable, Sendable {
  /// Throws ``NormalizationError/nonFiniteInput(channel:)``.
  case refuse
  /// Returns what IEEE 754 gives and leaves the running statistics of all channels as they were.
  case propagate
}

/// What of a layer neither training nor an optimiser may move.
public enum Freezing: String, CaseIterable, Sendable {
  /// Nothing is frozen.
  case none
  /// The layer normalises with its running statistics and keeps them; scale and shift still learn.
  case statistics
  /// Neither statistics nor scale and shift change.
  case statisticsAndParameters
}
