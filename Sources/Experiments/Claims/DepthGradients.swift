import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Plots
import Training

/// C6: vanishing and exploding gradients.
struct DepthGradients: Experiment {
  let name = "depth-gradients"
  let claimNumbers = ["C6"]
  let claim = "Batch normalization mitigates vanishing and exploding gradients in deep networks."
  let sources = ["S3", "S4"]

  // One decade at depth 30 is a factor of 1.08 a layer: what is less is no vanishing to speak of.
  private static let rule = DecisionRule(confirmedAbove: 1, refutedBelow: 0)
  private static let unit = Criterion.Scale.number(unit: "decades")

  // Sigmoid units are where gradients vanish, and what the paper of the claim is about.
  let criterion = Criterion(
    "sigmoid, at first",
    "sigmoid units, depth 30, initial weights: by how many powers of ten the gradients of the first and of the last hidden "
      + "layer are nearer to each other with batch normalization",
    unit, rule)

  let furtherCriteria = [
    Criterion("sigmoid, trained", "the same after training", unit, rule),
    Criterion(
      "relu, at first", "the same with ReLU, for which the initial weights of He et al. are made",
      unit, rule),
    Criterion("relu, trained", "the same with ReLU after training", unit, rule),
    Criterion("tanh, at first", "the same with tanh", unit, rule),
    Criterion("tanh, trained", "the same with tanh after training", unit, rule),
    Criterion(
      "relu, accuracy",
      "ReLU, depth 30, each at its better rate: test accuracy after training with batch normalization less that without",
      .points,
      DecisionRule(confirmedAbove: 0.02, refutedBelow: 0)),
    Criterion(
      "sigmoid, accuracy", "the same with sigmoid units", .points,
      DecisionRule(confirmedAbove: 0.02, refutedBelow: 0)),
  ]

  private let depths = [2, 5, 10, 20, 30]
  private let activations: [ActivationKind] = [.sigmoid, .relu, .tanh]
  private let rates = [0.01, 0.1]
  private let arms: [NetworkNormalization] = [.none, .batch]
  private func steps(_ form: ExperimentForm) -> Int { form.pick(quick: 300, full: 600) }

  func procedure(_ form: ExperimentForm) -> [Setting] {
    [
      form.dataSetting,
      Setting("Batches", "60 images"),
      Setting(
        "Network",
        "hidden layers of 100 units; sigmoid, ReLU, tanh; initial weights of He et al. 2015"),
      Setting("Depths", depths.map(String.init).joined(separator: ", ") + " hidden layers"),
      Setting("Arms", "plain; batch normalization before the activation"),
      Setting("Measure", "length of the gradient of a hidden layer's weights, for a batch of 60"),
      Setting(
        "When",
        "with the initial weights, and at depth 30 after \(steps(form)) steps at the better learning rate of "
          + rates.map { "\($0)" }.joined(separator: " and ")),
      Setting(
        "Effect",
        "size of log10 of the first layer's over the last hidden layer's, plain less normalised"),
    ]
  }

  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome {
    var outcome = SeedOutcome(seed: seed)
    let (data, deepest) = (try context.data(), depths.max() ?? 0)
    for activation in activations {
      let kind = activation.rawValue
      var atFirst: [NetworkNormalization: Double] = [:]
      var trained: [NetworkNormalization: Double] = [:]
      var accuracies: [NetworkNormalization: Double] = [:]
      for normalization in arms {
        for depth in depths {
          let arm = arm(normalization, activation, depth, context.form)
          let norms = try gradientNorms(
            arm.network(data, seed: seed, in: context), depth, seed: seed, in: context)
          let ratio = logRatio(norms)
          outcome.curves["\(kind) \(normalization.rawValue)", default: .init()]
            .append(Double(depth), ratio)
          outcome.curves["\(kind) \(normalization.rawValue), depth \(depth)"] = curve(norms)
          guard depth == deepest else { continue }
          atFirst[normalization] = ratio.magnitude
          let course = try bestCourse(arm, seed: seed, in: context)
          let after = try gradientNorms(
            course.trainer.network, depth, seed: seed, in: context)
          trained[normalization] = logRatio(after).magnitude
          accuracies[normalization] = course.finalAccuracy(classCount: 10)
          outcome.curves["\(kind) \(normalization.rawValue), trained"] = curve(after)
        }
      }
      func difference(_ values: [NetworkNormalization: Double]) -> Double {
        (values[.none] ?? .nan) - (values[.batch] ?? .nan)
      }
      outcome.effects["\(kind), at first"] = difference(atFirst)
      outcome.effects["\(kind), trained"] = difference(trained)
      outcome.effects["\(kind), accuracy"] = -difference(accuracies)
    }
    return outcome
  }

  /// The training at the rate of the better test accuracy.
  private func bestCourse(_ arm: Arm, seed: UInt64, in context: ExperimentContext) throws -> Course
  {
    let courses = try rates.map { rate in
      var arm = arm
      arm.optimizer = SGD(learningRate: rate)
      return try arm.train(on: try context.data(), seed: seed, in: context)
    }
    let accuracies = courses.map { $0.finalAccuracy(classCount: 10) }
    return courses[accuracies.indices.max { accuracies[$0] < accuracies[$1] } ?? 0]
  }

  private func arm(
    _ normalization: NetworkNormalization, _ activation: ActivationKind, _ depth: Int,
    _ form: ExperimentForm
  ) -> Arm {
    var arm = Arm.mlp(
      "", normalization, activation: activation,
      hiddenWidths: [Int](repeating: 100, count: depth), learningRate: rates[0])
    arm.steps = steps(form)
    arm.evaluationInterval = arm.steps
    return arm
  }

  /// The lengths of the gradients of the hidden layers' weights for the first batch of a seed.
  private func gradientNorms(
    _ network: Sequential<Float>, _ depth: Int, seed: UInt64, in context: ExperimentContext
  ) throws -> [Double] {
    let training = try context.data().training
    var batches = try Batches(sampleCount: training.count, batchSize: 60, seed: seed)
    let (features, labels) = training.gather(batches.next())
    let gradients = try network.lossAndGradients(features, labels: labels).gradients
    return zip(network.parameters, gradients).compactMap { parameter, gradient in
      parameter.info.name.hasPrefix("hidden") && parameter.info.role == .weight
        ? gradient?.length : nil
    }
  }

  /// log10 of the first length over the last. A length that has vanished in Float32 counts as the least of its numbers.
  private func logRatio(_ norms: [Double]) -> Double {
    func logarithm(_ norm: Double) -> Double {
      log10(max(norm, Double(Float.leastNonzeroMagnitude)))
    }
    return logarithm(norms.first ?? .nan) - logarithm(norms.last ?? .nan)
  }

  private func curve(_ norms: [Double]) -> SeedOutcome.Curve {
    .init(x: norms.indices.map { Double($0 + 1) }, y: norms)
  }

  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    let arms: [(NetworkNormalization, String)] = [(.none, "plain"), (.batch, "batch norm")]
    func layers(_ title: String, _ suffix: String) -> SmallMultiples<LineChart> {
      SmallMultiples(
        title: title,
        panels: activations.map { activation in
          LineChart(
            title: activation.title, x: .init("hidden layer"),
            y: .init("length of the gradient", scale: .log10),
            series: arms.map { arm, name in
              .init(name, curve: "\(activation.rawValue) \(arm.rawValue)\(suffix)", of: outcomes)
            })
        }, sharesY: false, plotHeight: 200)
    }
    let networks = activations.flatMap { activation in arms.map { (activation, $0) } }
    let ratios = HeatMap(
      title: "Gradient of the first hidden layer over that of the last, initial weights",
      x: .init("hidden layers", numbers: depths.map(Double.init)),
      y: .init("network", names: networks.map { "\($0.title), \($1.1)" }),
      z: .init("log10 of the ratio of lengths"),
      values: networks.map { activation, arm in
        let medians = LineChart.Series(
          "", curve: "\(activation.rawValue) \(arm.0.rawValue)", of: outcomes
        ).points.map(\.y)
        return depths.indices.map { $0 < medians.count ? medians[$0] : .nan }
      }, palette: .diverging(center: 0))
    return [
      .figure(
        ratios,
        caption: """
          Powers of ten, medians over the seeds. Below 0 (blue) gradients vanish on their way back, above (orange) they \
          grow. If the claim holds the numbers of batch norm are nearer to 0 than those of plain above them.
          """),
      .figure(
        layers(
          "Length of the gradient by layer, depth \(depths.max() ?? 0), initial weights",
          ", depth \(depths.max() ?? 0)"),
        caption: """
          Medians over the seeds, bands from the least to the largest; each panel has a scale of its own. Level lines \
          would reach all layers alike.
          """),
      .figure(
        layers("Length of the gradient by layer after \(steps(form)) steps", ", trained"),
        caption: "Where a plain network has learned nothing its gradients still are what they were."
      ),
    ]
  }
}
