#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Two classifiers on the same samples: where they agree and where they do not, and whether that is chance.
///
/// Samples that both recognise, or neither, say nothing about which is better. Were neither better, each of the n
/// others would be as likely to be recognised by one as by the other, so that their number k on one side has
///
///     P(k) = n! / (k! (n - k)!) / 2^n
///
/// The test is McNemar's 1947 in its exact form: the probability of a division at least as uneven as the one found.
public struct PairedOutcomes: Equatable, Sendable {
  /// The samples.
  public let count: Int
  /// Those that the first alone recognises.
  public let onlyFirst: Int
  /// Those that the second alone recognises.
  public let onlySecond: Int

  /// Compares two classifiers sample by sample.
  ///
  /// - Precondition: as many outcomes of both.
  public init(_ first: [Bool], _ second: [Bool]) {
    precondition(
      first.count == second.count,
      "Outcomes of \(first.count) and of \(second.count) samples cannot be paired.")
    count = first.count
    onlyFirst = zip(first, second).count { $0 && !$1 }
    onlySecond = zip(first, second).count { !$0 && $1 }
  }

  /// The samples that one alone recognises.
  public var disagreements: Int { onlyFirst + onlySecond }

  /// The probability of a division at least as uneven, were neither better: from 0 to 1.
  public var probability: Double {
    let n = disagreements
    let least = min(onlyFirst, onlySecond)
    guard 2 * least < n else { return 1 }
    // Summed from the largest term, by its quotients to the next: k/(n - k + 1).
    let largest = exp(
      lgamma(Double(n + 1)) - lgamma(Double(least + 1)) - lgamma(Double(n - least + 1))
        - Double(n) * log(2))
    var (term, sum) = (1.0, 1.0)
    for k in stride(from: least, to: 0, by: -1) {
      term *= Double(k) / Double(n - k + 1)
      sum += term
    }
    return min(1, 2 * largest * sum)
  }
}
