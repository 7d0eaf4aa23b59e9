import NeuralNetworks
import Plots

/// C8: small batches.
struct SmallBatches: Experiment {
  let name = "small-batches"
  let claimNumbers = ["C8"]
  let contradicts: String? = "batch-size-robustness"
  let claim = """
    Batch normalization fails with small batches, whose statistics are noisy, where layer and group normalization do not.
    """
  let sources = ["S0", "S3", "Wu and He 2018, section 4.1 (arXiv:1803.08494)"]

  // With 2 samples a batch ResNet-50 with batch normalization loses 10 points to group normalization (Wu and He 2018,
  // table 2), having been level with it at 32. "Fails" is taken to mean a fifth of that at least: 2 points. Less than 1
  // point, 4 of the 360 test images, is no failure.
  private static let failure = DecisionRule(confirmedAbove: 0.02, refutedBelow: 0.01)

  let criterion = Criterion(
    "error added at 2",
    "how much more test error batch normalization gets from batches of 2 instead of 32 than the better one of layer and "
      + "group normalization does",
    .points, failure)

  let furtherCriteria = [
    Criterion("error added at 4", "the same with batches of 4", .points, failure),
    Criterion("error added at 8", "the same with batches of 8", .points, failure),
    Criterion(
      "error added at 1",
      "the same with batches of 1, which batch normalization of features refuses: guessing",
      .points,
      failure),
    Criterion(
      "renorm at 2",
      "how much of its error at 2 batch normalization is spared by batch renormalization", .points),
  ]

  private func sweep(_ form: ExperimentForm) -> BatchSizeSweep {
    BatchSizeSweep(
      normalizations: [.none, .batch, .renorm, .layer, .group], sizes: [1, 2, 4, 8, 32, 128],
      form: form)
  }

  func procedure(_ form: ExperimentForm) -> [Setting] { sweep(form).settings }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    let errors = try sweep(context.form).run(seed: seed, in: context)
    var outcome = SeedOutcome(seed: seed)
    func added(_ normalization: NetworkNormalization, _ size: Int) -> Double {
      errors(normalization, size) - errors(normalization, 32)
    }
    for size in [1, 2, 4, 8] {
      outcome.effects["error added at \(size)"] =
        added(.batch, size) - min(added(.layer, size), added(.group, size))
    }
    outcome.effects["renorm at 2"] = errors(.batch, 2) - errors(.renorm, 2)
    outcome.curves = errors.curves
    return outcome
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    [
      .figure(
        sweep(form).chart(outcomes),
        caption: """
          Medians over the seeds, bands from the best to the worst. If the claim holds the line of batch normalization \
          rises to the left and those of layer and group normalization stay. At 1 sample batch normalization has no \
          variance and refuses to train: the error is that of guessing, 90 %.
          """)
    ]
  }
}
