import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Plots
import Training

/// C7: a smoother loss along the gradient.
struct Smoothness: Experiment {
  let name = "smoothness"
  let claimNumbers = ["C7"]
  let claim = """
    Batch normalization smoothens the loss: along the gradient the loss varies less, and the gradient itself changes less.
    """
  let sources = ["S0", "S4", "Santurkar et al. 2018, section 3.2 (arXiv:1805.11604)"]

  // Half: the paper's curves differ by more than that, and a factor of 1.1 would be nobody's smoothness.
  private static let rule = DecisionRule(confirmedAbove: 1, refutedBelow: 0)

  // The paper's theory (theorem 4.2) and its title are about this one.
  let criterion = Criterion(
    "effective smoothness",
    "ReLU: the plain network's change of the gradient per distance gone (the largest along the gradient), over that of the "
      + "normalised one",
    .factor, rule)

  let furtherCriteria = [
    Criterion(
      "gradient range", "ReLU: the same of the largest distance between gradients", .factor, rule),
    Criterion("loss range", "ReLU: the same of the range of losses", .factor, rule),
    Criterion(
      "sigmoid, effective smoothness", "sigmoid: change of the gradient per distance", .factor, rule
    ),
    Criterion(
      "sigmoid, gradient range", "sigmoid: largest distance between gradients", .factor, rule),
    Criterion("sigmoid, loss range", "sigmoid: range of losses", .factor, rule),
  ]

  private let rate = 0.1
  private let factors = [0.5, 1, 1.5, 2, 3, 4]
  private let measures = ["loss range", "gradient range", "effective smoothness"]
  private let activations: [ActivationKind] = [.relu, .sigmoid]
  private let steps = 1000

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      form.networkSetting(activations),
      Setting("Arms", "plain; batch normalization before the activation"),
      Setting("Training", "\(steps) steps of 60 images, learning rate \(rate) for both"),
      Setting(
        "Along the gradient",
        "every 10th step, with its batch, at " + factors.map { "\($0)" }.joined(separator: ", ")
          + " times the step of the learning rate"),
      Setting("Loss range", "largest less smallest loss there and at the start"),
      Setting("Gradient range", "largest distance of the gradient there from that at the start"),
      Setting("Effective smoothness", "largest distance of gradients over the distance gone"),
      Setting("Effect", "ratio of the geometric means over the training"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    for activation in activations {
      var means: [String: [Double]] = [:]
      for normalization in [NetworkNormalization.none, .batch] {
        let curves = try curves(normalization, activation, seed: seed, in: context)
        for (measure, curve) in zip(measures, curves) {
          let logarithms = curve.y.map { log2(max($0, 1e-30)) }
          means[measure, default: []].append(
            logarithms.reduce(0, +) / Double(max(1, logarithms.count)))
          outcome.curves["\(activation.rawValue) \(normalization.rawValue), \(measure)"] = curve
        }
      }
      for measure in measures {
        let pair = means[measure] ?? []
        let key = activation == .relu ? measure : "\(activation.rawValue), \(measure)"
        outcome.effects[key] = (pair.first ?? .nan) - (pair.last ?? .nan)
      }
    }
    return outcome
  }

  /// The three measures over the steps of a training.
  private func curves(
    _ normalization: NetworkNormalization, _ activation: ActivationKind, seed: UInt64,
    in context: ExperimentContext
  ) throws -> [SeedOutcome.Curve] {
    var arm = Arm.network(
      "", normalization, activation: activation, learningRate: rate, form: context.form)
    arm.steps = steps
    arm.evaluationInterval = arm.steps
    var curves = [SeedOutcome.Curve](repeating: .init(), count: measures.count)
    _ = try arm.train(on: try context.data(), seed: seed, in: context) {
      trainer, step, features, labels in
      guard step % 10 == 1 else { return }
      let values = try probe(trainer.network, features, labels)
      for index in curves.indices { curves[index].append(Double(step), values[index]) }
    }
    return curves
  }

  /// Loss range, gradient range and effective smoothness along the gradient of a batch.
  private func probe(
    _ network: Sequential<Float>, _ features: Tensor<Float>, _ labels: [Int]
  ) throws -> [Double] {
    let start = try network.lossAndGradients(features, labels: labels)
    let length = start.gradients.reduce(0) { $0 + ($1?.squaredLength ?? 0) }.squareRoot()
    var losses = [start.loss]
    var (range, smoothness) = (0.0, 0.0)
    for factor in factors {
      var moved = network
      moved.move(-rate * factor, along: start.gradients)
      let there = try moved.lossAndGradients(features, labels: labels)
      losses.append(there.loss)
      let distance = zip(start.gradients, there.gradients).reduce(0) { sum, pair in
        guard let left = pair.0, let right = pair.1 else { return sum }
        return sum + left.squaredDistance(to: right)
      }.squareRoot()
      range = max(range, distance)
      smoothness = max(smoothness, distance / (rate * factor * length))
    }
    return [(losses.max() ?? .nan) - (losses.min() ?? .nan), range, smoothness]
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let axes = [
      "range of losses (nats)", "distance of gradients", "change of the gradient per distance",
    ]
    return zip(measures, axes).map { measure, axis in
      let panels = activations.map { activation in
        LineChart(
          title: activation.title, x: .init("step"), y: .init(axis, scale: .log10),
          series: [("none", "plain"), ("batch", "batch norm")].map { arm, title in
            .init(title, curve: "\(activation.rawValue) \(arm), \(measure)", of: outcomes)
          })
      }
      return .figure(
        SmallMultiples(
          title: "\(measure.prefix(1).uppercased() + measure.dropFirst()) over the training",
          panels: panels, columnCount: 2, plotHeight: 240),
        caption: """
          Medians over the seeds, bands from the least to the largest. If the claim holds the line of batch normalization \
          is the lower one. A network that has learned its images has small gradients, and all three measures fall.
          """)
    }
  }
}
