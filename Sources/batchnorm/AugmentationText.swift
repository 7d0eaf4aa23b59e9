import ArgumentParser
import Datasets

/// Augmentation as words of an option: "shift=2,flip=0.5,brightness=0.1,contrast=0.1,noise=0.05".
extension Augmentation {
  /// Reads the words; the error says what they should be.
  init(parsing argument: String) throws {
    self = .off
    if argument == "none" { return }
    var numbers: [String: Double] = [:]
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, let range = Self.ranges[sides[0]] else {
        throw ValidationError(
          "give none, or some of shift=2,flip=0.5,brightness=0.1,contrast=0.1,noise=0.05")
      }
      guard let number = Double(sides[1]), range.contains(number),
        sides[0] != "shift" || number == number.rounded()
      else {
        let kind = sides[0] == "shift" ? "a whole number" : "a number"
        throw ValidationError(
          "\(sides[0]) must be \(kind) from \(shortText(range.lowerBound)) to \(shortText(range.upperBound))"
        )
      }
      guard numbers.updateValue(number, forKey: sides[0]) == nil else {
        throw ValidationError("\(sides[0]) stands twice; give it once")
      }
    }
    self.init(
      shift: Int(numbers["shift"] ?? 0), flipProbability: numbers["flip"] ?? 0,
      brightness: numbers["brightness"] ?? 0, contrast: numbers["contrast"] ?? 0,
      noise: numbers["noise"] ?? 0)
  }

  /// The words that mean it.
  var text: String {
    let parts = [
      ("shift", Double(shift)), ("flip", flipProbability), ("brightness", brightness),
      ("contrast", contrast), ("noise", noise),
    ]
    let given = parts.filter { $0.1 > 0 }.map { "\($0.0)=\(shortText($0.1))" }
    return given.isEmpty ? "none" : given.joined(separator: ",")
  }

  private static let ranges: [String: ClosedRange<Double>] = [
    "shift": 0...1000, "flip": 0...1, "brightness": 0...1000, "contrast": 0...1, "noise": 0...1000,
  ]
}

/// A number without ".0" where it is whole.
func shortText(_ number: Double) -> String {
  Int(exactly: number).map(String.init) ?? "\(number)"
}
