import Foundation
public import Plots

extension [ExperimentResult] {
  /// A self-contained page: what came out of each claim, then a section for each with its pictures, its protocol and the
  /// command that repeats it.
  ///
  /// - Parameters:
  ///   - command: the command that repeats all.
  ///   - machine: on what it ran.
  ///   - date: when.
  public func report(command: String, machine: String, date: String) -> ReportPage {
    ReportPage(
      title: "Claims about batch normalization, measured", lead: lead,
      sections: [.init("Findings", summary)] + map(\.section) + [
        .init(
          "Run it again",
          [
            .command(command),
            .paragraph(
              "Digest of all numbers: \(digest). It repeats on the same processor features, oneDNN and math library."
            ),
          ])
      ],
      footer: "\(date), \(machine). Digits: E. Alpaydin and C. Kaynak 1998, UCI, CC BY 4.0.")
  }

  /// How many claims hold.
  public var lead: String {
    func count(_ verdict: Verdict) -> Int { self.count { $0.finding.verdict == verdict } }
    let seeds = first?.outcomes.count ?? 0
    return """
      Of \(self.count) claims \(count(.supported)) are supported, \(count(.refuted)) refuted and \(count(.undecided)) \
      undecided, each measured with \(seeds) seeds. What would confirm a claim and what would refute it was set down \
      beforehand, and the finding is computed.
      """
  }

  private var summary: [ReportPage.Block] {
    let rows = map { result in
      let answer = result.finding.answer
      return [
        result.experiment.claimNumbers.joined(separator: ", "), result.experiment.claim,
        result.experiment.sources.joined(separator: "; "), answer.verdict.rawValue, answer.text,
      ]
    }
    let table = ReportTable(
      caption: "Each claim, who makes it, and what the numbers say",
      columns: [
        .init("No."), .init("Claim"), .init("Source"), .init("Finding"),
        .init("Effect (90 % interval)"),
      ], rows: rows)
    return [.table(table), .paragraph(rule)]
  }

  private var rule: String {
    """
    The interval holds the effects that the sign-flip test does not reject, with at most 5 % of error on either side. A \
    claim is supported where the whole interval lies above what would confirm it, refuted where it lies below what would \
    refute it, and undecided otherwise.
    """
  }
}

extension ExperimentResult {
  /// The experiment's part of the page.
  var section: ReportPage.Section {
    let heading =
      "\(experiment.claimNumbers.joined(separator: ", ")) \(experiment.name): \(finding.verdict.rawValue)"
    return .init(
      heading,
      [.paragraph(experiment.claim), .table(answers)] + intervals
        + experiment.sections(outcomes, form) + [
          .table(
            ReportTable(
              caption: "How it was measured", columns: [.init("Setting"), .init("Value")],
              rows: experiment.procedure(form).map { [$0.name, $0.value] })),
          .command(command),
        ])
  }

  /// The command that repeats it.
  public var command: String {
    "batchnorm experiment run \(experiment.name) --seeds \(outcomes.count)"
      + (form == .full ? " --full" : "")
  }

  private var answers: ReportTable {
    ReportTable(
      caption: "What was asked, and what the numbers say",
      columns: [
        .init("Question"), .init("Confirmed above", kind: .number),
        .init("Refuted below", kind: .number), .init("Effect (90 % interval)"), .init("Answer"),
      ],
      rows: ([finding.answer] + finding.furtherAnswers).map { answer in
        let criterion = answer.criterion
        return [
          criterion.effect, criterion.scale.text(criterion.rule.confirmedAbove),
          criterion.scale.text(criterion.rule.refutedBelow), answer.text, answer.verdict.rawValue,
        ]
      })
  }

  /// A chart of the effects for each scale they have.
  private var intervals: [ReportPage.Block] {
    let answers = [finding.answer] + finding.furtherAnswers
    var scales: [Criterion.Scale] = []
    for answer in answers where !scales.contains(answer.criterion.scale) {
      scales.append(answer.criterion.scale)
    }
    return scales.map { scale in
      .figure(
        IntervalChart(
          title: "Effect by seed", x: scale.axis,
          rows: answers.filter { $0.criterion.scale == scale }.map { answer in
            let effect = answer.effect
            return .init(
              answer.criterion.key,
              .init(
                scale.drawn(effect.mean), low: scale.drawn(effect.low),
                high: scale.drawn(effect.high), points: effect.values.map(scale.drawn)))
          },
          guides: [.vertical(at: scale.drawn(0), label: "no effect")],
          note: "Bars: 90 % intervals. Dots: single seeds."),
        caption: "The further right, the more the numbers bear the claim out.")
    }
  }
}

extension Criterion.Scale {
  /// The axis of a chart of effects.
  var axis: LineChart.Axis {
    switch self {
    case .number(let unit): .init("effect", unit: unit)
    case .points: .init("difference", unit: "percentage points")
    case .factor: .init("factor", scale: .log10)
    }
  }

  /// An effect as the axis shows it.
  func drawn(_ value: Double) -> Double {
    switch self {
    case .number: value
    case .points: value * 100
    case .factor: pow(2, value)
    }
  }
}
