import Datasets
import Testing

@Suite struct DatasetErrorTests {
  static let sentences: [(DatasetError, String)] = [
    (
      .empty(shape: [0, 4]),
      "The features have shape [0, 4]: at least one sample and one feature are needed."
    ),
    (
      .notMatrix(shape: [3]),
      "The features have shape [3], but a matrix [samples, features] is needed."
    ),
    (
      .labelCountMismatch(expected: 3, found: 2),
      "There are 3 samples, but 2 labels; each sample needs one."
    ),
    (
      .rowLengthMismatch(row: 7, expected: 4, found: 5),
      "Row 7 has 5 features, but the first row has 4."
    ),
    (
      .nonFiniteFeature(row: 7, column: 2, value: "nan"),
      "Row 7, feature 2 is nan, which is not a finite 32-bit number; "
        + "remove the row or fill the value in."
    ),
    (
      .labelOutsideClasses(row: 7, label: 10, classCount: 10),
      "Row 7 has label 10, but the 10 classes are 0...9."
    ),
    (
      .missingLabel(row: 7),
      "Row 7 has an empty label; remove the row or give it a class."
    ),
    (
      .unknownLabel(row: 7, label: "c", classNames: ["a", "b"]),
      "Row 7 has label \"c\", which is none of the 2 classes \"a\", \"b\"."
    ),
    (.tooFewClasses(classNames: []), "There are no classes; at least two are needed."),
    (
      .tooFewClasses(classNames: ["a"]),
      "There is one class, \"a\"; at least two are needed."
    ),
    (.repeatedClassName("a"), "The class name \"a\" stands twice; names have to differ."),
    (
      .testCountOutOfRange(testCount: 5, sampleCount: 5),
      "5 of 5 samples cannot be set apart for testing; use 1...4."
    ),
    (
      .testCountOutOfRange(testCount: 1, sampleCount: 1),
      "1 of 1 samples cannot be set apart for testing; at least two samples are needed."
    ),
    (
      .batchSizeOutOfRange(batchSize: 60, sampleCount: 50),
      "Batches of 60 cannot be drawn from 50 samples; use 1...50."
    ),
    (
      .batchSizeOutOfRange(batchSize: 60, sampleCount: 0),
      "Batches of 60 cannot be drawn from 0 samples; at least one sample is needed."
    ),
    (
      .placeOutOfRange(epoch: 2, position: 9, batchesPerEpoch: 5),
      "Epoch 2, batch 9 does not exist: an epoch has 5 batches, counted from 0. "
        + "The data or the batch size differ from when the place was saved."
    ),
  ]

  @Test(arguments: sentences)
  func `an error says what is wrong, where and what to do`(error: DatasetError, sentence: String) {
    #expect("\(error)" == sentence)
  }

  @Test func `a long list of classes is cut`() {
    let error = DatasetError.unknownLabel(
      row: 1, label: "x", classNames: (0..<1000).map(String.init))
    #expect("\(error)".hasSuffix("\"8\", \"9\" and 990 more."))
  }
}
