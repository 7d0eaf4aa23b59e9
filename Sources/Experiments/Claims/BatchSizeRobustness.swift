import NeuralNetworks
import Plots

/// C8: robustness to the size of batches, the claim that contradicts ``SmallBatches``.
struct BatchSizeRobustness: Experiment {
  let name = "batch-size-robustness"
  let claimNumbers = ["C8"]
  let contradicts: String? = "small-batches"
  let claim = "Batch normalization makes training robust to different batch sizes."
  let sources = ["S4"]

  // "Makes robust" compares with the same network without it, so that is what decides, from any difference up.
  let criterion = Criterion(
    "steadier than plain",
    "spread of the test error over batch sizes 2 to 512 (largest less smallest): that of the plain network less that of "
      + "the normalised one",
    .points)

  // Within 2 points: the same share that counts as failure among small batches.
  let furtherCriteria = [
    Criterion("steadier than plain from 8", "the same over sizes 8 to 512", .points),
    Criterion(
      "steadier than layer norm",
      "spread of layer normalization less that of batch normalization, 2 to 512", .points),
    Criterion(
      "steadier than ghost",
      "spread of ghost batch normalization less that of batch normalization, 2 to 512", .points),
    Criterion(
      "within 2 points", "2 points less the spread of batch normalization, 2 to 512", .points),
    Criterion(
      "within 2 points from 8", "2 points less the spread of batch normalization, 8 to 512", .points
    ),
  ]

  private func sweep(_ form: ExperimentForm) -> BatchSizeSweep {
    BatchSizeSweep(
      normalizations: [.none, .batch, .ghost, .layer], sizes: [2, 4, 8, 32, 128, 512],
      form: form)
  }

  func procedure(_ form: ExperimentForm) -> [Setting] { sweep(form).settings }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    let errors = try sweep(context.form).run(seed: seed, in: context)
    var outcome = SeedOutcome(seed: seed)
    let batch = errors.range(.batch, from: 2)
    let batchFrom8 = errors.range(.batch, from: 8)
    outcome.effects["steadier than plain"] = errors.range(.none, from: 2) - batch
    outcome.effects["steadier than plain from 8"] = errors.range(.none, from: 8) - batchFrom8
    outcome.effects["steadier than layer norm"] = errors.range(.layer, from: 2) - batch
    outcome.effects["steadier than ghost"] = errors.range(.ghost, from: 2) - batch
    outcome.effects["within 2 points"] = 0.02 - batch
    outcome.effects["within 2 points from 8"] = 0.02 - batchFrom8
    outcome.curves = errors.curves
    return outcome
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    [
      .figure(
        sweep(form).chart(outcomes),
        caption: """
          Medians over the seeds, bands from the best to the worst. If the claim holds the line of batch normalization is \
          flatter than that of the plain network.
          """)
    ]
  }
}
