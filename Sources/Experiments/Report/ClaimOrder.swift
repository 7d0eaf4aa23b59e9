extension [ExperimentResult] {
  /// The results by the number of the claim: C1 to C14, then others; those of one number in the order they had.
  var byClaim: [ExperimentResult] {
    func key(_ result: ExperimentResult) -> (Int, String, Int) {
      let number = result.experiment.claimNumbers.first ?? ""
      let letters = number.prefix { !$0.isNumber }
      return (letters == "C" ? 0 : 1, String(letters), Int(number.dropFirst(letters.count)) ?? 0)
    }
    return enumerated().sorted {
      let (a, b) = (key($0.element), key($1.element))
      return a == b ? $0.offset < $1.offset : a < b
    }.map(\.element)
  }

  /// The results whose claims contradict each other, in pairs, where both were measured.
  var contradictions: [(ExperimentResult, ExperimentResult)] {
    enumerated().compactMap { index, result in
      dropFirst(index + 1).first { $0.experiment.name == result.experiment.contradicts }
        .map { (result, $0) }
    }
  }

  /// The result whose claim says the opposite, or nil.
  func contradicting(_ result: ExperimentResult) -> ExperimentResult? {
    first { $0.experiment.name == result.experiment.contradicts }
  }
}
