import TensorFiles
import Testing

@testable import Datasets

@Suite struct DatasetFileErrorTests {
  static let sentences: [(DatasetFileError, String)] = [
    (.file(.emptyFile(path: "a")), "a: the file is empty. Write it again."),
    (
      .content(path: "a", line: 3, .missingLabel(row: 2)),
      "a, line 3: Row 2 has an empty label; remove the row or give it a class."
    ),
    (
      .content(path: "a", line: nil, .repeatedClassName("b")),
      "a: The class name \"b\" stands twice; names have to differ."
    ),
    (
      .noSuchColumn(path: "a", name: "b", columns: []),
      "a has no header, so no column is called 'b'; add a first line with names."
    ),
    (
      .noSuchColumn(path: "a", name: "b", columns: ["c", "d"]),
      "a has no column 'b'; its columns are c, d."
    ),
    (
      .missingFile(path: "a", dataset: "mnist", advice: "Do this."),
      "a: there is no such file, but mnist needs it. Do this."
    ),
    (
      .compressedDataDamaged(path: "a", reason: "incorrect data check"),
      "a: the gzip data is damaged: incorrect data check. Fetch the file again."
    ),
    (
      .compressedDataEndsEarly(path: "a", byteCount: 7),
      "a: the gzip data ends early, after 7 bytes. Fetch the file again."
    ),
    (
      .contentEndsEarly(path: "a", expected: 9, found: 7),
      "a: expected 9 bytes of content, as its header says, found 7. Fetch the file again."
    ),
    (
      .contentGoesOn(path: "a", expected: 9),
      "a: expected 9 bytes of content, as its header says, found more. "
        + "The file is damaged or of another format."
    ),
    (
      .badMagic(path: "a", expected: [0, 0, 8, 3], found: [0x1F, 0x8B, 8, 0]),
      "a: expected the first bytes 00 00 08 03, found 1f 8b 08 00. "
        + "The file is damaged or of another format."
    ),
    (
      .badShape(path: "a", found: [3, 0]),
      "a: expected extents of 1 and more that fit in memory, found [3, 0]. "
        + "The file is damaged or of another format."
    ),
    (
      .countsDisagree(path: "a", count: 3, otherPath: "b", otherCount: 2),
      "a has 3 samples, but b has 2. Use files that belong together."
    ),
    (
      .shapesDisagree(path: "a", shape: [3], otherPath: "b", otherShape: [2]),
      "a has samples of shape [3], but b of [2]. Use files that belong together."
    ),
    (
      .labelOutsideClasses(path: "a", record: 7, label: 12, classCount: 10),
      "a: record 7 has label 12; expected one of the classes 0...9. "
        + "The file is damaged or of another data set."
    ),
    (
      .badLabelShape(path: "a", found: [3, 2]),
      "a: expected labels of shape [samples], found [3, 2]. Write one number a sample."
    ),
    (
      .badLabel(path: "a", record: 7, found: 0.5, largestClassCount: 100),
      "a: label 7 is 0.5; expected a whole number from 0 to below 100. "
        + "Number the classes from 0."
    ),
    (
      .badFeatureShape(path: "a", found: [3]),
      "a: expected features of shape [samples, ...] without zeros, found [3]. "
        + "Write one row a sample."
    ),
    (
      .recordsDisagree(path: "a", expected: 2, found: 7, recordByteCount: 5),
      "a: expected 2 records of 5 bytes, 10 bytes, found 7. Fetch the file again."
    ),
    (
      .fileChanged(path: "a"),
      "a: the file was changed while samples were read from it. Begin again."
    ),
    (
      .unknownDataset("a"),
      "'a' is no data set; use digits, fashion-mnist, mnist, cifar-10, a .csv file, "
        + "or a folder of .npy files."
    ),
  ]

  @Test(arguments: sentences)
  func `an error says what is wrong, where and what to do`(
    error: DatasetFileError, sentence: String
  ) {
    #expect("\(error)" == sentence)
  }

  @Test func `a path cannot move the cursor`() {
    #expect("\(DatasetFileError.fileChanged(path: "a\u{1B}[2Jb\n"))".hasPrefix("a\\u{1B}[2Jb\\n: "))
  }
}
