/// Why a data set, a split or a division into batches was refused.
///
/// Rows and columns are counted from 1, as people count them; columns are those of the features.
public enum DatasetError: Error, Equatable, Sendable {
  /// There are no samples, or no features.
  case empty(shape: [Int])
  /// The features are not a matrix [samples, features].
  case notMatrix(shape: [Int])
  /// There are not as many labels as samples.
  case labelCountMismatch(expected: Int, found: Int)
  /// A row has not as many features as the first.
  case rowLengthMismatch(row: Int, expected: Int, found: Int)
  /// A feature is infinite or not a number, or becomes infinite as a 32-bit number.
  case nonFiniteFeature(row: Int, column: Int, value: String)
  /// A label is not among 0..<classCount.
  case labelOutsideClasses(row: Int, label: Int, classCount: Int)
  /// A label cell is empty.
  case missingLabel(row: Int)
  /// A label cell is none of the classes that were given.
  case unknownLabel(row: Int, label: String, classNames: [String])
  /// There is nothing to tell apart: fewer than two classes.
  case tooFewClasses(classNames: [String])
  /// Two classes have the same name.
  case repeatedClassName(String)
  /// A test part of this size leaves no samples for one of the parts.
  case testCountOutOfRange(testCount: Int, sampleCount: Int)
  /// Batches of this size cannot be drawn from so many samples.
  case batchSizeOutOfRange(batchSize: Int, sampleCount: Int)
  /// A saved place among the batches does not exist in this division.
  case placeOutOfRange(epoch: Int, position: Int, batchesPerEpoch: Int)
}

extension DatasetError: CustomStringConvertible {
  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .empty(let shape):
      "The features have shape \(shape): at least one sample and one feature are needed."
    case .notMatrix(let shape):
      "The features have shape \(shape), but a matrix [samples, features] is needed."
    case .labelCountMismatch(let expected, let found):
      "There are \(expected) samples, but \(found) labels; each sample needs one."
    case .rowLengthMismatch(let row, let expected, let found):
      "Row \(row) has \(found) features, but the first row has \(expected)."
    case .nonFiniteFeature(let row, let column, let value):
      "Row \(row), feature \(column) is \(value), which is not a finite 32-bit number; "
        + "remove the row or fill the value in."
    case .labelOutsideClasses(let row, let label, let classCount):
      "Row \(row) has label \(label), but the \(classCount) classes are 0...\(classCount - 1)."
    case .missingLabel(let row):
      "Row \(row) has an empty label; remove the row or give it a class."
    case .unknownLabel(let row, let label, let classNames):
      "Row \(row) has label \"\(label)\", which is none of the \(classNames.count) classes "
        + "\(Self.listed(classNames))."
    case .tooFewClasses(let classNames) where classNames.isEmpty:
      "There are no classes; at least two are needed."
    case .tooFewClasses(let classNames):
      "There is one class, \(Self.listed(classNames)); at least two are needed."
    case .repeatedClassName(let name):
      "The class name \"\(name)\" stands twice; names have to differ."
    case .testCountOutOfRange(let testCount, let sampleCount):
      "\(testCount) of \(sampleCount) samples cannot be set apart for testing; "
        + (sampleCount < 2 ? "at least two samples are needed." : "use 1...\(sampleCount - 1).")
    case .batchSizeOutOfRange(let batchSize, let sampleCount):
      "Batches of \(batchSize) cannot be drawn from \(sampleCount) samples; "
        + (sampleCount < 1 ? "at least one sample is needed." : "use 1...\(sampleCount).")
    case .placeOutOfRange(let epoch, let position, let batchesPerEpoch):
      "Epoch \(epoch), batch \(position) does not exist: an epoch has \(batchesPerEpoch) batches, "
        + "counted from 0. The data or the batch size differ from when the place was saved."
    }
  }

  /// The first names in quotes; a column of numbers taken for labels may have thousands.
  private static func listed(_ names: [String]) -> String {
    names.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ")
      + (names.count > 10 ? " and \(names.count - 10) more" : "")
  }
}

extension DatasetError {
  /// Refuses fewer than two classes, and two of one name.
  static func check(classNames: [String]) throws(DatasetError) {
    guard classNames.count >= 2 else { throw .tooFewClasses(classNames: classNames) }
    var names = Set<String>()
    for name in classNames where !names.insert(name).inserted { throw .repeatedClassName(name) }
  }
}
