import Foundation
import Plots

/// A file of what experiments found, to be kept beside the sources.
public struct FindingsFile: Equatable, Sendable {
  /// Its name in the folder.
  public let name: String
  /// Its text.
  public let text: String
}

extension [ExperimentResult] {
  /// The numbers, pictures and a table for reading, as files.
  ///
  /// - `README.md`: what came out, with date, machine and digest, and the pictures.
  /// - `effects.csv`: a row for each criterion and seed.
  /// - `NAME.json`: procedure, finding and all numbers of an experiment; a line for each seed.
  /// - `NAME-mark.svg`: the small picture of its effect, for the table.
  /// - `NAME-effect-1.svg`, ...: its effects.
  /// - `NAME-1.svg`, `NAME-2.svg`, ...: its pictures.
  ///
  /// - Parameters:
  ///   - command: the command that repeats all.
  ///   - machine: on what it ran.
  ///   - date: when.
  public func findingsFiles(command: String, machine: String, date: String) throws -> [FindingsFile]
  {
    var files = [FindingsFile(name: "effects.csv", text: effectsTable)]
    for result in self {
      files.append(FindingsFile(name: "\(result.experiment.name).json", text: try result.json()))
      files += result.pictures.map { name, chart in
        FindingsFile(name: name, text: chart.standaloneSVG(theme: .light))
      }
    }
    let readme = readme(command: command, machine: machine, date: date)
    return [FindingsFile(name: "README.md", text: readme)] + files
  }

  private var effectsTable: String {
    var lines = ["experiment,criterion,seed,effect"]
    for result in self {
      for answer in result.finding.answers {
        for (outcome, value) in zip(result.outcomes, answer.effect.values) {
          // Keys are words of our own, without quotation marks.
          lines.append(
            "\(result.experiment.name),\"\(answer.criterion.key)\",\(outcome.seed),\(value)")
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func readme(command: String, machine: String, date: String) -> String {
    var lines = [
      "# Claims about batch normalization, measured", "", lead, "",
      "\(date), \(machine), digest \(digest): `\(command)`. Effects of every seed: [effects.csv](effects.csv).",
      "",
      "| no. | claim | finding | effect (90 % interval) | picture |", "|---|---|---|---|---|",
    ]
    let results = byClaim
    for result in results {
      let (experiment, answer) = (result.experiment, result.finding.answer)
      let name = "[\(experiment.name)](#\(experiment.name))"
      let contrary =
        results.contradicting(result).map {
          " Contradicts [\($0.experiment.name)](#\($0.experiment.name))."
        } ?? ""
      lines.append(
        "| \(experiment.claimNumbers.joined(separator: ", ")) | \(name): \(experiment.claim)\(contrary) "
          + "| \(answer.verdict.marked) | \(answer.text) | \(result.markPicture) |")
    }
    lines += [
      "",
      "Bar: the interval; large dot: the mean; small dots: seeds. Blue ground: there the claim holds; orange: there it "
        + "does not.",
    ]
    for result in results { lines += result.readmeSection }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Verdict {
  /// As a word with a symbol.
  fileprivate var marked: String {
    switch self {
    case .supported: "✓ **supported**"
    case .refuted: "✗ **refuted**"
    case .undecided: "? undecided"
    }
  }
}

extension ExperimentResult {
  private var mark: IntervalMark { finding.answer.mark(name: experiment.name) }
  private var markName: String { "\(experiment.name)-mark.svg" }

  /// Its figures by the names of their files: those of the effects, then its own.
  private var namedFigures: [(name: String, figure: Figure)] {
    effectFigures.enumerated().map { ("\(experiment.name)-effect-\($0 + 1).svg", $1) }
      + figures.enumerated().map { ("\(experiment.name)-\($0 + 1).svg", $1) }
  }

  /// All its pictures by the names of their files.
  fileprivate var pictures: [(name: String, chart: any Chart)] {
    [(markName, mark)] + namedFigures.map { ($0.name, $0.figure.chart) }
  }

  /// The small picture as Markdown, its text a description without what means something there.
  fileprivate var markPicture: String {
    let text = mark.description.filter { !"[]|".contains($0) }
    return "![\(text)](\(markName))"
  }

  fileprivate var readmeSection: [String] {
    var lines = [
      "", "## \(experiment.name)", "",
      "\(experiment.claim) (\(experiment.sources.joined(separator: "; ")))", "",
      "\(finding.verdict.marked): \(finding.answer.sentence)", "",
      "| name | question | finding | effect (90 % interval) |", "|---|---|---|---|",
    ]
    for answer in finding.answers {
      lines.append(
        "| \(answer.criterion.key) | \(answer.criterion.effect) | \(answer.verdict.marked) "
          + "| \(answer.text) |")
    }
    for (name, figure) in namedFigures {
      lines += ["", "![\(figure.chart.title)](\(name))", "", figure.caption]
    }
    return lines + ["", "Numbers: [\(experiment.name).json](\(experiment.name).json)"]
  }

  private struct Head: Encodable {
    var experiment: String
    var claim: String
    var sources: [String]
    var form: ExperimentForm
    var procedure: [Setting]
    var finding: Finding
  }

  /// Everything about the experiment, as JSON; a number that is not finite is a text. Each seed's numbers have one line,
  /// since one for each number would be half the file.
  fileprivate func json() throws -> String {
    func text(_ value: some Encodable) throws -> String {
      let encoder = OutcomeStore.encoder
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let head = try text(
      Head(
        experiment: experiment.name, claim: experiment.claim, sources: experiment.sources,
        form: form, procedure: experiment.procedure(form), finding: finding))
    let seeds = try outcomes.map { try text($0) }.joined(separator: ",\n")
    // The head ends in the brace that follows the outcomes.
    return "\(head.dropLast()),\n\"outcomes\":[\n\(seeds)\n]}\n"
  }
}
