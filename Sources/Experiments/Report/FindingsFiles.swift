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
  /// - `NAME.json`: procedure, finding and all numbers of an experiment.
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
      for (index, picture) in result.pictures.enumerated() {
        files.append(
          FindingsFile(
            name: result.pictureName(index), text: picture.chart.standaloneSVG(theme: .light)))
      }
    }
    let readme = readme(command: command, machine: machine, date: date)
    return [FindingsFile(name: "README.md", text: readme)] + files
  }

  private var effectsTable: String {
    var lines = ["experiment,criterion,seed,effect"]
    for result in self {
      for answer in [result.finding.answer] + result.finding.furtherAnswers {
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
      "| no. | claim | finding | effect (90 % interval) |", "|---|---|---|---|",
    ]
    for result in self {
      let (experiment, answer) = (result.experiment, result.finding.answer)
      let name = "[\(experiment.name)](#\(experiment.name))"
      lines.append(
        "| \(experiment.claimNumbers.joined(separator: ", ")) \(name) | \(experiment.claim) "
          + "| **\(answer.verdict.rawValue)** | \(answer.text) |")
    }
    for result in self { lines += result.readmeSection }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension ExperimentResult {
  fileprivate var pictures: [(chart: any Chart, caption: String)] {
    experiment.sections(outcomes, form).compactMap {
      guard case .figure(let chart, let caption) = $0 else { return nil }
      return (chart, caption)
    }
  }

  fileprivate func pictureName(_ index: Int) -> String { "\(experiment.name)-\(index + 1).svg" }

  fileprivate var readmeSection: [String] {
    var lines = [
      "", "## \(experiment.name)", "",
      "\(experiment.claim) (\(experiment.sources.joined(separator: "; ")))", "",
      "| question | finding | effect (90 % interval) |", "|---|---|---|",
    ]
    for answer in [finding.answer] + finding.furtherAnswers {
      lines.append("| \(answer.criterion.effect) | \(answer.verdict.rawValue) | \(answer.text) |")
    }
    for (index, picture) in pictures.enumerated() {
      lines += ["", "![\(picture.chart.title)](\(pictureName(index)))", "", picture.caption]
    }
    return lines + ["", "Numbers: [\(experiment.name).json](\(experiment.name).json)"]
  }

  private struct Numbers: Encodable {
    var experiment: String
    var claim: String
    var sources: [String]
    var form: ExperimentForm
    var procedure: [Setting]
    var finding: Finding
    var outcomes: [SeedOutcome]
  }

  /// Everything about the experiment, as JSON; a number that is not finite is a text.
  fileprivate func json() throws -> String {
    let numbers = Numbers(
      experiment: experiment.name, claim: experiment.claim, sources: experiment.sources, form: form,
      procedure: experiment.procedure(form), finding: finding, outcomes: outcomes)
    return String(decoding: try OutcomeStore.encoder.encode(numbers), as: UTF8.self) + "\n"
  }
}
