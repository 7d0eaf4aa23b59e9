import NeuralNetworks
public import Plots

extension Comparison.Result {
  /// A self-contained page with the course of both networks and every setting.
  ///
  /// - Parameter command: the command that repeats the comparison.
  public func report(command: String) -> ReportPage {
    ReportPage(
      title: "\(name(0)) against \(name(1))", lead: lead,
      sections: [
        .init("Outcome", [.table(outcome)]),
        .init(
          "Accuracy and loss",
          [
            .figure(
              chart("Test accuracy", "accuracy", format: .percent) { $0.testAccuracy },
              caption: "Share of the \(testCount) test samples recognised, by training step."),
            .figure(
              chart("Test loss", "cross-entropy", unit: "nats", scale: .log10) { $0.testLoss },
              caption: "Average cross-entropy over the test samples."),
            .figure(
              chart("Training loss", "cross-entropy", unit: "nats", scale: .log10) {
                $0.trainingLoss ?? .nan
              },
              caption: """
                Average cross-entropy over the batches since the evaluation before; batches of \
                \(configuration.batchSize).
                """),
          ]),
        .init("What the last hidden layer sees", percentileBlocks),
        .init("Settings", [.table(settings)]),
        .init("Run it again", [.command(command), .paragraph(reproducibility)]),
      ],
      footer: """
        The comparison follows Ioffe and Szegedy 2015 (arXiv:1502.03167), section 4.1 and Figure 1.
        """)
  }

  /// One sentence on what came out.
  public var lead: String {
    guard let best = networks[0].best, let bar = networks[1].best else {
      let missing = networks.indices.filter { networks[$0].points.isEmpty }.map(name)
      return missing.count > 1
        ? "No network was evaluated." : missing.map { "\($0) was not evaluated." }.joined()
    }
    let sides =
      "\(name(0)) reached \(percent(best.testAccuracy)) on the test set at step "
      + "\(best.step); \(name(1)) \(percent(bar.testAccuracy)) at step \(bar.step)."
    guard let steps = stepsToPass else {
      return sides + " The first did not exceed the second's best within \(self.steps) steps."
    }
    // A ratio that rounds to 1 or less is no gain.
    let ratio = stepRatio.map { $0 >= 1.05 ? ", \(rounded($0, 1)) times fewer" : "" } ?? ""
    return sides + " The first exceeded the second's best at step \(steps)\(ratio)."
  }

  /// What a network is called in texts.
  public func name(_ index: Int) -> String {
    let names = networks.map { $0.normalization.title }
    guard names[0] == names[1] else { return names[index] }
    return "\(names[index]) (\(index == 0 ? "first" : "second"))"
  }

  private var outcome: ReportTable {
    func row(_ title: String, _ value: (Comparison.History) -> String) -> [String] {
      [title] + networks.map(value)
    }
    var rows = [
      row("Best test accuracy") { $0.best.map { percent($0.testAccuracy) } ?? "none" },
      row("at step") { $0.best.map { "\($0.step)" } ?? "none" },
      row("Final test accuracy") { $0.points.last.map { percent($0.testAccuracy) } ?? "none" },
      row("Final test loss") { $0.points.last.map { rounded($0.testLoss, 4) } ?? "none" },
      row("Time in training steps") { "\(rounded($0.trainingSeconds, 2)) s" },
      row("Digest of the weights") { $0.digest },
    ]
    if networks.contains(where: { $0.stopped != nil }) {
      rows.append(
        row("Stopped early") { $0.stopped.map { "step \($0.step): \($0.reason)" } ?? "no" })
    }
    return ReportTable(
      caption: "After \(steps) steps\(isComplete ? "" : ", interrupted")",
      columns: [.init("")] + networks.indices.map { .init(name($0), kind: .number) }, rows: rows)
  }

  private func chart(
    _ title: String, _ label: String, unit: String = "", scale: LineChart.Axis.Scale = .linear,
    format: LineChart.Axis.Format = .number, value: (Comparison.Point) -> Double
  ) -> LineChart {
    LineChart(
      title: title, x: .init("step"), y: .init(label, unit: unit, scale: scale, format: format),
      series: networks.enumerated().map { index, network in
        .init(name(index), points: network.points.map { .init(Double($0.step), value($0)) })
      },
      guides: guides(format))
  }

  private func guides(_ format: LineChart.Axis.Format) -> [LineChart.Guide] {
    guard format == .percent, let bar = networks[1].best else { return [] }
    return [.horizontal(at: bar.testAccuracy, label: "best of \(name(1).lowercased())")]
  }

  private var percentileBlocks: [ReportPage.Block] {
    let charts = networks.enumerated().compactMap { index, network -> ReportPage.Block? in
      let points = network.points.compactMap { point in
        point.percentiles.map { (Double(point.step), $0) }
      }
      guard !points.isEmpty else { return nil }
      func line(
        _ title: String, _ dash: LineChart.Dash, _ value: (Comparison.Percentiles) -> Double
      ) -> LineChart.Series {
        .init(
          title, points: points.map { .init($0.0, value($0.1)) },
          color: index == 0 ? .blue : .orange, dash: dash)
      }
      return .figure(
        LineChart(
          title: "\(name(index)): input of a unit of the last hidden layer", x: .init("step"),
          y: .init("input of the activation"),
          series: [
            line("85th percentile", .dashed) { $0.high }, line("median", .solid) { $0.median },
            line("15th percentile", .dotted) { $0.low },
          ]),
        caption: """
          Over the test samples, in inference, the first unit. The paper's Figure 1 (b, c): the \
          steadier the lines, the less the layer's input distribution shifts.
          """)
    }
    return charts.isEmpty ? [.paragraph("The networks have no hidden layer.")] : charts
  }

  private var settings: ReportTable {
    let c = configuration
    let rows: [[String]] = [
      ["Data set", "\(c.dataset): \(trainingCount) samples to train on, \(testCount) to test"],
      ["Features and classes", "\(featureCount) and \(classNames.count)"],
      ["Network", c.network.rawValue],
      [
        "Hidden layers", c.network == .mlp ? c.layers.map(String.init).joined(separator: ", ") : "",
      ],
      ["Activation", c.activation.rawValue],
      ["Normalization", "\(c.norm.rawValue), \(c.placement.rawValue) the activation"],
      ["Against", c.against.rawValue],
      ["Batch size", "\(c.batchSize)"],
      ["Learning rate", "\(c.learningRate)"],
      ["Steps", "\(c.steps)"],
      [
        "Initial weights",
        "normal, deviation "
          + (c.initialDeviation.map { "\($0)" } ?? "as He et al. 2015 for each layer")
          + ", biases 0",
      ],
      ["Seed", "\(c.seed)"],
      ["Evaluated every", "\(c.evaluationInterval) steps"],
      ["Threads and instructions", "\(environment.threads), \(environment.instructionSet)"],
      ["Processor", environment.processor],
      ["Matrix products", environment.linearAlgebra],
      ["Math library", environment.mathLibrary],
    ]
    return ReportTable(
      caption: "Both networks start from the same weights and see the same batches.",
      columns: [.init("Setting"), .init("Value")], rows: rows.filter { !$0[1].isEmpty })
  }

  private var reproducibility: String {
    """
    The digests repeat for the same processor features, number of threads, \
    \(environment.linearAlgebra) and math library.
    """
  }

  private func percent(_ share: Double) -> String { "\(rounded(share * 100, 2)) %" }
}

extension NetworkNormalization {
  /// What a network with it is called.
  fileprivate var title: String {
    switch self {
    case .none: "Plain"
    case .batch: "Batch normalization"
    case .layer: "Layer normalization"
    case .rms: "RMS normalization"
    case .instance: "Instance normalization"
    case .group: "Group normalization"
    case .renorm: "Batch renormalization"
    case .ghost: "Virtual batches"
    }
  }
}

/// A number with so many digits after the point.
func rounded(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
  var factor = 1
  for _ in 0..<digits { factor *= 10 }
  let scaled = (value.magnitude * Double(factor)).rounded()
  let whole = Int(scaled / Double(factor))
  let rest = String(Int(scaled - Double(whole) * Double(factor)))
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard digits > 0 else { return sign + "\(whole)" }
  return sign + "\(whole)." + String(repeating: "0", count: max(0, digits - rest.count)) + rest
}
