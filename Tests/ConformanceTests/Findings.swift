import Normalization
import TestSupport

/// What is amiss with the results of a case.
struct Findings {
  private(set) var complaints: [String] = []
  /// How many numbers were compared.
  private(set) var comparisonCount = 0

  mutating func require(_ condition: Bool, _ complaint: @autoclosure () -> String) {
    if !condition { complaints.append(complaint()) }
  }

  /// Requires the tensors that follow from a case's setting, and no others of `all`.
  mutating func require<Setting>(
    _ one: FixtureFile<Setting>.Case, holds names: Set<String>, of all: [String]
  ) {
    for name in all {
      require(
        one.contains(name) == names.contains(name), "\(name) does not follow from the setting")
    }
  }

  /// Holds every number to a tolerance of its own.
  mutating func compare(
    _ found: [Wide], _ expected: [Wide], _ name: String, tolerance: (Int) -> Wide
  ) {
    guard found.count == expected.count else {
      complaints.append("\(name): \(found.count) numbers, expected \(expected.count)")
      return
    }
    var worst = Deviation()
    for index in found.indices {
      worst.compare(
        found[index], expected[index], tolerance: tolerance(index), "element \(index)")
    }
    note(worst, name, count: found.count)
  }

  /// The same of tensors, once their shapes agree.
  mutating func compare<Scalar: TensorScalar>(
    _ found: Tensor<Scalar>, _ expected: Tensor<Double>, _ name: String, tolerance: (Int) -> Wide
  ) {
    require(
      found.shape == expected.shape, "\(name) has shape \(found.shape), expected \(expected.shape)")
    compare(wide(found), wide(expected), name, tolerance: tolerance)
  }

  /// Takes what was found elsewhere by comparing `count` numbers.
  mutating func note(_ worst: Deviation, _ name: String, count: Int) {
    comparisonCount += count
    require(worst.isTolerable, "\(name): \(worst)")
  }
}
