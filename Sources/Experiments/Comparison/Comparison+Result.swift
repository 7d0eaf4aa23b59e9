import LinearAlgebra
public import NeuralNetworks
public import Normalization

extension Comparison {
  /// Every number of a comparison.
  public struct Result: Equatable, Codable, Sendable {
    /// What was compared.
    public var configuration: Configuration
    /// Samples trained on.
    public var trainingCount: Int
    /// Samples tested on.
    public var testCount: Int
    /// Features of a sample.
    public var featureCount: Int
    /// The classes.
    public var classNames: [String]
    /// What digests depend on besides the configuration.
    public var environment: Environment
    /// The steps taken.
    public var steps = 0
    /// Whether nothing was left to do: all steps were taken, or both networks stopped.
    public var isComplete = false
    /// The compared network, then the one it is compared against.
    public var networks: [History]
  }

  /// What the digest of trained weights depends on besides configuration and data.
  public struct Environment: Equatable, Codable, Sendable {
    /// Threads used.
    public var threads: Int
    /// Instructions of the normalization kernels.
    public var instructionSet: String
    /// The library behind the matrix products, with its version.
    public var linearAlgebra: String
    /// The processor by name.
    public var processor: String
    /// The C library, whose exponential function activations use.
    public var mathLibrary: String

    /// This machine, and how it computes.
    public init(_ execution: Execution) {
      threads = execution.threadCount
      instructionSet = execution.instructionSet.rawValue
      linearAlgebra = linearAlgebraLibrary
      processor = Machine.processorName
      mathLibrary = Machine.libraryName
    }
  }

  /// The course of one network.
  public struct History: Equatable, Codable, Sendable {
    /// Its normalization.
    public var normalization: NetworkNormalization
    /// One point per evaluation; the first before any step.
    public var points: [Point] = []
    /// Where and why it stopped early.
    public var stopped: Stop?
    /// The digest of its weights and statistics.
    public var digest = ""
    /// Time in training steps alone, in seconds.
    public var trainingSeconds = 0.0

    /// The highest test accuracy, at its first step.
    public var best: Point? {
      points.max { ($0.testAccuracy, $1.step) < ($1.testAccuracy, $0.step) }
    }

    /// The first step at which the test accuracy exceeds `accuracy`.
    public func firstStep(above accuracy: Double) -> Int? {
      points.first { $0.testAccuracy > accuracy }?.step
    }

    init(normalization: NetworkNormalization) {
      self.normalization = normalization
    }
  }

  /// An evaluation.
  public struct Point: Equatable, Codable, Sendable {
    /// Steps taken before.
    public var step: Int
    /// Share of the test set recognised, in 0...1.
    public var testAccuracy: Double
    /// Average cross-entropy over the test set, in nats.
    public var testLoss: Double
    /// Average cross-entropy over the batches since the last evaluation, in nats; nil before any step.
    public var trainingLoss: Double?
    /// The distribution of the input of a unit of the last hidden layer over the test set; nil without
    /// hidden layers, and where it is not finite (saturated units can still give a finite loss).
    public var percentiles: Percentiles?
  }

  /// Where a network stopped early.
  public struct Stop: Equatable, Codable, Sendable {
    /// The step.
    public var step: Int
    /// The reason.
    public var reason: String
  }

  /// The 15th, 50th and 85th percentiles of some numbers, as in Figure 1 (b, c) of the paper.
  public struct Percentiles: Equatable, Codable, Sendable {
    /// The 15th percentile.
    public var low: Double
    /// The median.
    public var median: Double
    /// The 85th percentile.
    public var high: Double

    /// Linear between neighbours; nil where they are not finite.
    init?(of values: [Float]) {
      let sorted = values.sorted()
      func percentile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let position = share * Double(sorted.count - 1)
        let lower = Int(position)
        let upper = min(lower + 1, sorted.count - 1)
        let fraction = position - Double(lower)
        return Double(sorted[lower]) * (1 - fraction) + Double(sorted[upper]) * fraction
      }
      (low, median, high) = (percentile(0.15), percentile(0.5), percentile(0.85))
      guard low.isFinite, median.isFinite, high.isFinite else { return nil }
    }
  }
}

extension Comparison.Result {
  /// The steps that the compared network needs to exceed the other one's best accuracy.
  public var stepsToPass: Int? {
    guard let bar = networks[1].best else { return nil }
    return networks[0].firstStep(above: bar.testAccuracy)
  }

  /// How many times fewer steps: the other network's steps to its best, over ``stepsToPass``.
  public var stepRatio: Double? {
    guard let bar = networks[1].best, let steps = stepsToPass, steps > 0 else { return nil }
    return Double(bar.step) / Double(steps)
  }
}
