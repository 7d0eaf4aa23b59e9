public import Normalization

/// A layer around a batch normalization, which has its parameters and its running statistics: what networks need to
/// know of it is what they need to know of that.
///
/// Inference is the batch normalization's own as long as there are running statistics, and so it is folded and taken
/// anew over a data set in the same way.
public protocol BatchNormVariant<Scalar>: NormalizationLayer {
  /// Scale, shift, running statistics, epsilon and freezing.
  var batchNorm: BatchNorm<Scalar> { get set }
}

extension BatchNormVariant {
  /// All values of a channel in the batch.
  public var statisticsSet: StatisticsSet { batchNorm.statisticsSet }

  /// What of the layer is kept as it is.
  public var freezing: Freezing {
    get { batchNorm.freezing }
    set { batchNorm.freezing = newValue }
  }

  /// What inference normalises with, or nil where it takes the statistics of its input.
  public var runningStatistics: RunningStatistics? {
    get { batchNorm.runningStatistics }
    set { batchNorm.runningStatistics = newValue }
  }

  /// What is added to the variance.
  public var epsilon: Double { batchNorm.epsilon }

  /// The learned factor, or nil for none.
  public var scale: Tensor<Scalar>? {
    get { batchNorm.scale }
    set { batchNorm.scale = newValue }
  }

  /// The learned offset, or nil for none.
  public var shift: Tensor<Scalar>? {
    get { batchNorm.shift }
    set { batchNorm.shift = newValue }
  }
}

extension BatchRenorm: Layer, NormalizationLayer, BatchNormVariant where Scalar: NetworkScalar {
  /// A training pass, corrected toward the running statistics.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let pass = try trainingPass(input)
    let layer = self
    return LayerPass(output: pass.output, record: pass.record) { gradient in
      layer.layerGradients(layer.gradients(of: pass, outputGradient: gradient))
    }
  }

  /// Takes the pass's statistics into the running ones.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let record = pass.record as? PassRecord else {
      preconditionFailure("The pass is of another layer than this batch renormalization.")
    }
    batchNorm.commit(record)
  }
}

extension GhostBatchNorm: Layer, NormalizationLayer, BatchNormVariant where Scalar: NetworkScalar {
  /// A training pass over virtual batches.
  public func forward(_ input: Tensor<Scalar>) throws(NormalizationError) -> LayerPass<Scalar> {
    let pass = try trainingPass(input)
    let layer = self
    return LayerPass(output: pass.output, record: pass.records) { gradient in
      layer.layerGradients(layer.gradients(of: pass, outputGradient: gradient))
    }
  }

  /// Takes the statistics of the virtual batches into the running ones, in order.
  public mutating func commit(_ pass: LayerPass<Scalar>) {
    guard let records = pass.record as? [PassRecord] else {
      preconditionFailure("The pass is of another layer than this ghost batch normalization.")
    }
    for record in records { batchNorm.commit(record) }
  }
}
