import NeuralNetworks
import Training

extension Evaluation {
  /// What `evaluate --json` prints.
  struct Numbers: Encodable {
    /// One way to use the network; against the running statistics where that is another.
    struct Way: Encodable {
      var score: Trainer.Score
      /// Samples that running statistics alone recognise.
      var recognizedByInferenceOnly: Int?
      /// Samples that this way alone recognises.
      var recognizedByThisOnly: Int?
      /// How likely a division at least as uneven is, were neither better.
      var probability: Double?

      init(_ way: Evaluation.Way) {
        score = way.result.score
        recognizedByInferenceOnly = way.outcomes?.onlyFirst
        recognizedByThisOnly = way.outcomes?.onlySecond
        probability = way.outcomes?.probability
      }
    }

    /// A normalization that is still there in the folded network.
    struct Refusal: Encodable {
      var name: String
      var kind: String
      var reason: String
    }

    var checkpoint: String
    var testCount: Int
    var batchSize: Int
    var inference: Way
    var batchStatistics: Way?
    var folded: Way?
    var recalibrated: Way?
    /// The normalization layers that were folded.
    var foldedLayers: [String]
    var notFolded: [Refusal]
    /// The largest difference of outputs between the network and the folded one on some samples.
    var foldedDifference: Double?
    var warnings: [String]
  }

  /// Every number.
  func numbers(checkpoint: String) -> Numbers {
    Numbers(
      checkpoint: checkpoint, testCount: testCount, batchSize: batchSize,
      inference: .init(inference), batchStatistics: batch.map(Numbers.Way.init),
      folded: folded.map(Numbers.Way.init), recalibrated: recalibrated.map(Numbers.Way.init),
      foldedLayers: folding.certificates.flatMap(\.normalizations),
      notFolded: folding.refusals.map {
        .init(name: $0.name, kind: $0.kind, reason: "\($0.obstacle)")
      },
      foldedDifference: folding.networkDifference, warnings: warnings)
  }
}
