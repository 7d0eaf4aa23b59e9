import Plots

extension Finding.Answer {
  /// What was found and why, without the verdict: "6.62 times (4.36 to 9.45), above 1.5 times in the whole interval."
  var sentence: String {
    let scale = criterion.scale
    let (above, below) = (
      scale.limit(criterion.rule.confirmedAbove), scale.limit(criterion.rule.refutedBelow)
    )
    guard effect.low.isFinite || effect.high.isFinite else { return text + "." }
    switch verdict {
    case .supported: return "\(text), above \(above) in the whole interval."
    case .refuted: return "\(text), below \(below) in the whole interval."
    case .undecided:
      return above == below
        ? "\(text), neither wholly above nor wholly below \(above)."
        : "\(text), neither wholly above \(above) nor wholly below \(below)."
    }
  }
}

extension Finding.Answer {
  /// The effect and, on a line of its own, the interval.
  var lines: [String] {
    guard let start = text.firstRange(of: " (") else { return [text.unbroken] }
    let interval = text[text.index(after: start.lowerBound)...]
    return [String(text[..<start.lowerBound]), String(interval)].map(\.unbroken)
  }
}

extension Verdict {
  /// What it means for the claim.
  var tone: OverviewTable.Tone {
    switch self {
    case .supported: .good
    case .refuted: .bad
    case .undecided: .open
    }
  }

  /// The colour of what has the verdict; nil for that of text.
  var color: LineChart.Color? {
    switch self {
    case .supported: .blue
    case .refuted: .orange
    case .undecided: nil
    }
  }
}

extension String {
  /// With a capital at its start.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

  /// Its numbers with a minus as wide as a plus, as a page shows them.
  var typeset: String {
    var (result, before) = ("", Character(" "))
    for (character, next) in zip(self, dropFirst() + " ") {
      let isMinus = character == "-" && next.isNumber && !before.isLetter && !before.isNumber
      result.append(isMinus ? "\u{2212}" : character)
      before = character
    }
    return result
  }

  /// A number with what belongs to it, never broken.
  var unbroken: String { typeset.replacing(" ", with: "\u{A0}") }
}
