import Datasets
import NeuralNetworks
import Normalization
import Plots
import Training

/// The test errors of networks that are normalised in different ways, over the size of the training batches.
///
/// Every network sees the same number of samples whatever the size: it costs the same work, and is how Wu and He 2018
/// (arXiv:1803.08494, section 4.1) compare sizes. At equal numbers of steps a batch of 1 would see a 512th of the data
/// that a batch of 512 does. Rates follow the linear rule of Goyal et al. 2017 (arXiv:1706.02677, section 2.1), with which
/// networks without normalization go about the same way whatever the size; the best of three is taken at each size.
struct BatchSizeSweep {
  let normalizations: [NetworkNormalization]
  let sizes: [Int]
  let form: ExperimentForm

  /// Rates for batches of 32.
  private let baseRates = [0.03, 0.1, 0.3]
  /// Five times the digits.
  private let sampleCount = 5 * 1437

  /// Test errors by normalization, in the order of the sizes.
  struct Errors {
    let sizes: [Int]
    var values: [NetworkNormalization: [Double]] = [:]

    /// The error at a size.
    func callAsFunction(_ normalization: NetworkNormalization, _ size: Int) -> Double {
      guard let index = sizes.firstIndex(of: size), let errors = values[normalization] else {
        return .nan
      }
      return errors[index]
    }

    /// The largest error over some sizes less the smallest.
    func range(_ normalization: NetworkNormalization, from least: Int) -> Double {
      let errors = sizes.filter { $0 >= least }.map { self(normalization, $0) }
      return (errors.max() ?? .nan) - (errors.min() ?? .nan)
    }
  }

  var settings: [Setting] {
    [
      form.dataSetting,
      form.networkSetting([.relu]),
      Setting("Arms", normalizations.map(\.armTitle).joined(separator: "; ")),
      Setting("Batch sizes", sizes.map(String.init).joined(separator: ", ")),
      Setting("Samples seen", "\(sampleCount), at every size"),
      Setting(
        "Learning rate",
        baseRates.map { "\($0)" }.joined(separator: ", ")
          + " times size / 32; at each size, arm and seed that of the least test error"),
      Setting(
        "Ghost",
        "virtual batches of 32, so up to 32 the same as batch normalization, and not run again"),
      Setting("Refused or diverged", "counts as guessing: 90 % of errors"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> Errors {
    var errors = Errors(sizes: sizes)
    for normalization in normalizations {
      errors.values[normalization] = try sizes.map { size in
        if normalization == .ghost, size <= 32, errors.values[.batch] != nil {
          return errors(.batch, size)
        }
        return try baseRates.map {
          try error(normalization, size, $0 * Double(size) / 32, seed: seed, in: context)
        }.min() ?? .nan
      }
    }
    return errors
  }

  private func error(
    _ normalization: NetworkNormalization, _ size: Int, _ rate: Double, seed: UInt64,
    in context: ExperimentContext
  ) throws -> Double {
    var arm = Arm.network(
      "", normalization, activation: .relu, learningRate: rate, form: context.form)
    let data = try context.data()
    arm.batchSize = size
    arm.steps = sampleCount / size
    arm.evaluationInterval = arm.steps
    do {
      let course = try arm.train(on: data, seed: seed, in: context)
      return 1 - course.finalAccuracy(classCount: data.classCount)
    } catch NormalizationError.tooFewValues {
      return 1 - 1 / Double(data.classCount)
    }
  }

  /// The errors over the sizes.
  func chart(_ outcomes: [SeedOutcome]) -> LineChart {
    LineChart(
      title: "Test error over the size of the training batches",
      x: .init("samples in a batch", scale: .log10),
      y: .init("test error", scale: .log10, format: .percent),
      series: normalizations.map { .init($0.armTitle, curve: $0.rawValue, of: outcomes) })
  }
}

extension BatchSizeSweep.Errors {
  /// The errors as curves by normalization.
  var curves: [String: SeedOutcome.Curve] {
    var curves: [String: SeedOutcome.Curve] = [:]
    for (normalization, errors) in values {
      curves[normalization.rawValue] = .init(x: sizes.map(Double.init), y: errors)
    }
    return curves
  }
}

extension NetworkNormalization {
  /// What it is called in pictures.
  var armTitle: String {
    switch self {
    case .none: "plain"
    case .batch: "batch norm"
    case .layer: "layer norm"
    case .rms: "RMS norm"
    case .instance: "instance norm"
    case .group: "group norm"
    case .renorm: "batch renorm"
    case .ghost: "ghost batch norm"
    }
  }
}
