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
    let results = byClaim
    return ReportPage(
      title: "Claims about batch normalization, measured", lead: lead,
      sections: [.init("Findings", anchor: "findings", summary)]
        + results.map { $0.section(contradicting: results.contradicting($0)) } + [
          .init(
            "Run it again", anchor: "again",
            [
              .command(command),
              .paragraph(
                "Digest of all numbers: \(digest). It repeats on the same processor features, oneDNN and math library."
              ),
            ])
        ],
      footer: "\(date), \(machine). Data: \((first?.form ?? .quick).attribution).")
  }

  /// How many claims hold, and which contradict each other.
  public var lead: String {
    let seeds = first?.outcomes.count ?? 0
    let times = seeds == 1 ? "one seed" : "\(seeds) seeds"
    var text: String
    if count == 1, let verdict = first?.finding.verdict {
      text = "The claim, measured with \(times), is \(verdict.rawValue)."
    } else {
      let counts = Verdict.allCases.map { verdict in
        let number = count { $0.finding.verdict == verdict }
        return
          "\(number == 0 ? "none" : "\(number)") \(number > 1 ? "are" : "is") \(verdict.rawValue)"
      }
      text =
        "Of \(count) claims, each measured with \(times), \(counts.dropLast().joined(separator: ", ")) and "
        + "\(counts.last ?? "")."
    }
    text += """
       What would confirm a claim and what would refute it was set down beforehand, and the finding is computed from the \
      numbers alone.
      """
    for (one, other) in contradictions {
      text += """
         Two of the claims contradict each other, and both are measured: \(one.experiment.name) \
        (\(one.finding.verdict.rawValue)) and \(other.experiment.name) (\(other.finding.verdict.rawValue)).
        """
    }
    return text
  }

  private var summary: [ReportPage.Block] {
    let rows = byClaim.map { result -> [[OverviewTable.Part]] in
      let (experiment, answer) = (result.experiment, result.finding.answer)
      var claim: [OverviewTable.Part] = [
        .link(experiment.name, to: experiment.name), .text(experiment.claim),
      ]
      if let other = contradicting(result) {
        claim += [.note("Contradicts:"), .link(other.experiment.name, to: other.experiment.name)]
      }
      return [
        [.text(experiment.claimNumbers.joined(separator: ", "))], claim,
        [.note(experiment.sources.joined(separator: "; "))],
        [.state(answer.verdict.rawValue, answer.verdict.tone)],
        [.picture(answer.mark(name: experiment.name))] + answer.lines.map { .text($0) },
      ]
    }
    let table = OverviewTable(
      caption: "Each claim, who makes it, and what the numbers say",
      columns: [
        .init("No."), .init("Claim"), .init("Source"), .init("Finding"),
        .init("Effect (90\u{A0}% interval)"),
      ], rows: rows)
    return [.overview(table), .paragraph(legend), .paragraph(rule)]
  }

  private var legend: String {
    """
    In the pictures a bar is the interval of the effect, the larger dot its mean, and a small dot a seed. Where the ground \
    is blue, on the right, the claim holds; where it is orange, on the left, it does not. Each picture has a scale of its \
    own. Sources S0 to S4 are the documents that the claims were taken from.
    """
  }

  private var rule: String {
    """
    The interval holds the effects that the sign-flip test does not reject, with at most 5\u{A0}% of error on either side. A \
    claim is supported where the whole interval lies above what would confirm it, refuted where it lies below what would \
    refute it, and undecided otherwise.
    """
  }
}
