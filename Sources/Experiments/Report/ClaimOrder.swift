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
    contradictingClaims.compactMap { names in
      guard let one = first(where: { $0.experiment.name == names.0 }),
        let other = first(where: { $0.experiment.name == names.1 })
      else { return nil }
      return (one, other)
    }
  }

  /// The experiment whose claim says the opposite, or nil.
  func contradicting(_ result: ExperimentResult) -> ExperimentResult? {
    let name = result.experiment.name
    for (one, other) in contradictions {
      if one.experiment.name == name { return other }
      if other.experiment.name == name { return one }
    }
    return nil
  }
}

/// Experiments whose claims cannot both be meant: one source has it that normalization fails with small batches, another
/// that it makes their size indifferent.
private let contradictingClaims = [("small-batches", "batch-size-robustness")]
