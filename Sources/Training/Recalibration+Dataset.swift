public import Datasets
public import NeuralNetworks
import Normalization

extension Recalibration {
  /// Gives the layers new running statistics over a data set: over what is left of an epoch.
  ///
  /// - Parameters:
  ///   - network: is changed at the end, all layers together.
  ///   - dataset: the samples.
  ///   - batches: which samples make each batch. With `.keep` for the remainder every sample counts.
  ///   - isChosen: which layers, by name; all by default.
  /// - Throws: ``RecalibrationError``; the network is then unchanged.
  public func run<Network: Layer<Float>>(
    _ network: inout Network, on dataset: ClassificationDataset, batches: Batches,
    where isChosen: (String) -> Bool = { _ in true }
  ) throws(RecalibrationError) -> RecalibrationReport {
    let count = batches.batchesPerEpoch - batches.state.position
    return try run(
      &network, over: batches.prefix(count).lazy.map { dataset.gather($0).features },
      where: isChosen)
  }
}
