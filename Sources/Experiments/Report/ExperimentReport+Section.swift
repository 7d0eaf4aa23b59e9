import Plots

extension ExperimentResult {
  /// The experiment's part of the page: what came out, the pictures, what was asked, how it was measured, and the command
  /// that repeats it.
  ///
  /// - Parameter other: the experiment whose claim says the opposite, or nil.
  func section(contradicting other: ExperimentResult?) -> ReportPage.Section {
    let numbers = experiment.claimNumbers.joined(separator: ", ")
    var blocks: [ReportPage.Block] = [
      .paragraph(experiment.claim),
      .statement(
        finding.verdict.rawValue.capitalizedFirst, finding.verdict.tone,
        text: ": " + finding.answer.sentence.typeset),
      .paragraph("The effect: \(experiment.criterion.effect)."),
      .paragraph(
        "Claimed by: \(experiment.sources.joined(separator: "; ")).\(contradiction(other))"),
    ]
    blocks += effectFigures.map { .figure($0.chart, caption: $0.caption) }
    blocks += experiment.sections(outcomes, form)
    blocks += [
      .overview(answers),
      .table(
        ReportTable(
          caption: "How it was measured", columns: [.init("Setting"), .init("Value")],
          rows: experiment.procedure(form).map { [$0.name, $0.value] })),
      .command(command),
    ]
    return .init("\(numbers) \(experiment.name)", anchor: experiment.name, blocks)
  }

  /// The command that repeats it.
  public var command: String {
    "batchnorm experiment run \(experiment.name) --seeds \(outcomes.count)"
      + (form == .full ? " --full" : "")
  }

  /// A figure of a report.
  struct Figure {
    let chart: any Chart
    let caption: String
  }

  /// The effects with the limits of their rules.
  var effectFigures: [Figure] {
    finding.effectCharts(title: "Effect by seed").map {
      Figure(
        chart: $0, caption: "The further right, the more the numbers bear the claim out.")
    }
  }

  /// The experiment's own pictures.
  var figures: [Figure] {
    experiment.sections(outcomes, form).compactMap {
      guard case .figure(let chart, let caption) = $0 else { return nil }
      return Figure(chart: chart, caption: caption)
    }
  }

  private func contradiction(_ other: ExperimentResult?) -> String {
    guard let other else { return "" }
    return " The opposite is claimed too, and measured as \(other.experiment.name): it is found "
      + "\(other.finding.verdict.rawValue)."
  }

  private var answers: OverviewTable {
    OverviewTable(
      caption: "What was asked, and what the numbers say",
      columns: [
        .init("Name"), .init("Question"), .init("Confirmed above", kind: .number),
        .init("Refuted below", kind: .number), .init("Effect (90\u{A0}% interval)"),
        .init("Answer"),
      ],
      rows: finding.answers.enumerated().map { index, answer in
        let criterion = answer.criterion
        return [
          [.text(criterion.key)] + (index == 0 ? [.note("decides")] : []),
          [.text(criterion.effect)],
          [.text(criterion.scale.limit(criterion.rule.confirmedAbove).unbroken)],
          [.text(criterion.scale.limit(criterion.rule.refutedBelow).unbroken)],
          answer.lines.map { .text($0) },
          [.state(answer.verdict.rawValue, answer.verdict.tone)],
        ]
      })
  }
}
