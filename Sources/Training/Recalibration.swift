public import NeuralNetworks
public import Normalization

/// Takes the running statistics of a network anew, over a data set.
///
/// After training, running averages lag behind the weights, and after another use of the weights (averaged, folded,
/// moved to other data) they are of another network. Here only the normalization layers see statistics of batches;
/// everything else does what it does in inference, so nothing random disturbs them.
///
/// Batches may have any sizes: the statistics are those of all values together, so a batch of 2 counts as 2 samples
/// and one of 100 as 100. Averaging the batches' statistics equally, as PyTorch's `update_bn` does, is something else:
/// for batches of 100 and 2 whose means are 0.5 and 11 it gives 5.75, while the mean of the data is 0.706.
///
///     let recalibration = Recalibration(.layerByLayer, tolerance: 0.01)
///     let report = try recalibration.run(&network, over: batches)
public struct Recalibration: Sendable {
  /// What the layers before a layer normalise with, while it is measured.
  public enum Method: String, CaseIterable, Sendable {
    /// Their new statistics. One sweep over the data for each layer, up to that layer; the result is exactly what the final
    /// network's layers see.
    case layerByLayer
    /// The statistics of the batch, as in training (of virtual batches where the layer has such; without the correction
    /// of batch renormalization toward the statistics that are being replaced). One sweep for all layers; behind the
    /// first of them the result depends on how the data was cut into batches.
    case allAtOnce
  }

  /// What the layers before a layer normalise with.
  public var method: Method
  /// Ends a sweep early once the interval is within it; nil: a sweep takes all batches. See
  /// ``RecalibrationInterval``.
  public var tolerance: Double?
  /// The least number of batches before a sweep may end early.
  public var minimumBatchCount: Int

  /// Plans a recalibration.
  ///
  /// - Parameters:
  ///   - method: what the layers before a layer normalise with.
  ///   - tolerance: ends a sweep early, positive: with 0.01, means and deviations are known to a hundredth of a
  ///     deviation. The first batches then have to be a fair sample of all: shuffle.
  ///   - minimumBatchCount: the least number of batches before a sweep may end early; the variation of a few is known
  ///     poorly.
  public init(
    _ method: Method = .layerByLayer, tolerance: Double? = nil, minimumBatchCount: Int = 8
  ) {
    precondition(
      tolerance.map { $0 > 0 } ?? true, "The tolerance must be positive, but is \(tolerance ?? 0).")
    self.method = method
    self.tolerance = tolerance
    self.minimumBatchCount = minimumBatchCount
  }

  /// Gives the layers new running statistics: mean and variance of all values that reach them; for instance
  /// normalization the averages of the samples' own.
  ///
  /// The variance is made unbiased with the number of all values, where the layer keeps the unbiased one. The number of
  /// batches is that of the batches used; batch renormalization keeps its own if that is larger, so that its schedule
  /// does not begin again. Frozen layers stay as they are, and so do layers without running statistics.
  ///
  /// - Parameters:
  ///   - network: is changed at the end, all layers together.
  ///   - batches: inputs of the network. They are gone through once for each layer with
  ///     ``Method/layerByLayer``, so the sequence has to give the same batches each time, as arrays and other values do.
  ///   - isChosen: which layers, by name; all by default.
  /// - Throws: ``RecalibrationError``; the network is then unchanged.
  public func run<Network: Layer>(
    _ network: inout Network, over batches: some Sequence<Tensor<Network.Scalar>>,
    where isChosen: (String) -> Bool = { _ in true }
  ) throws(RecalibrationError) -> RecalibrationReport {
    var report = RecalibrationReport()
    var targets: [String] = []
    for (name, layer) in network.normalizations where isChosen(name) {
      if let reason = skipReason(layer) {
        report.skipped.append(.init(name: name, reason: reason))
      } else {
        targets.append(name)
      }
    }
    var course = RecalibrationCourse(network, self)
    let sweeps = method == .allAtOnce ? [targets] : targets.map { [$0] }
    for targets in sweeps where !targets.isEmpty {
      report.layers += try course.sweep(batches, measuring: targets)
    }
    network = course.network
    return report
  }

  private func skipReason<Scalar>(
    _ layer: any NormalizationLayer<Scalar>
  ) -> RecalibrationReport.SkipReason? {
    if layer.freezing != .none { return .frozen }
    if layer.runningStatistics == nil { return .noRunningStatistics }
    return layer.statisticsSet == .sample ? .statisticsOfSamples : nil
  }
}
