public import Normalization

/// A layer that normalises: what networks need to know of it to freeze, save, recalibrate and fold it.
public protocol NormalizationLayer<Scalar>: Layer {
  /// What one mean and one variance are taken of.
  var statisticsSet: StatisticsSet { get }
  /// What of the layer is kept as it is.
  var freezing: Freezing { get set }
  /// What inference normalises with, or nil where it takes the statistics of its input.
  var runningStatistics: RunningStatistics? { get set }
  /// What is added to the variance.
  var epsilon: Double { get }
  /// The learned factor, or nil for none.
  var scale: Tensor<Scalar>? { get set }
  /// The learned offset, or nil for none.
  var shift: Tensor<Scalar>? { get set }
  /// Whether the layer can be frozen in this way.
  ///
  /// By default only layers with running statistics can be frozen at all: the others would have nothing to
  /// normalise with. Layers that never have any can still have their parameters frozen.
  func canFreeze(_ freezing: Freezing) -> Bool
}

/// The values that share one mean and one variance.
public enum StatisticsSet: Equatable, Sendable {
  /// All values of a channel in the batch: batch normalization and what derives from it.
  case batch(channelAxis: Int)
  /// The values of a channel in one sample: instance normalization.
  case instance(channelAxis: Int)
  /// Values of several channels in one sample: layer, RMS and group normalization.
  case sample
}

extension NormalizationLayer {
  /// Whether nothing is frozen, or there are running statistics to normalise with.
  public func canFreeze(_ freezing: Freezing) -> Bool {
    freezing == .none || runningStatistics != nil
  }

  /// What the observer makes of the input.
  public func inference(
    _ input: Tensor<Scalar>, named name: String, observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    try observer(name, self, input)
  }
}
