import TensorFiles
import Tensors
import Testing

@testable import Datasets

/// Files of two records each in the place of 10,000.
@Suite struct CIFAR10Tests {
  private let folder: DataFolder
  private static let files = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]

  /// A record whose planes hold numbers that tell them and their pixels apart.
  private static func record(_ label: UInt8, _ first: Int) -> [UInt8] {
    [label]
      + (0..<3).flatMap { plane in
        (0..<1024).map { UInt8(truncatingIfNeeded: first + 85 * plane + $0 * 7 + $0 / 256) }
      }
  }

  init() throws {
    folder = try DataFolder()
    for (number, file) in Self.files.enumerated() {
      let records = Self.record(UInt8(number), number) + Self.record(9, number + 50)
      try folder.write(records, file)
    }
  }

  private func load() throws(DatasetFileError) -> (training: ImageDataset, test: ImageDataset) {
    try CIFAR10.load(directory: folder.path, recordsPerFile: 2)
  }

  @Test func `planes become colours side by side, in the order of the files`() throws {
    let (training, test) = try load()
    #expect(training.count == 10 && test.count == 2)
    #expect(training.labels == [0, 9, 1, 9, 2, 9, 3, 9, 4, 9] && test.labels == [5, 9])
    #expect(training.imageShape == [32, 32, 3])
    for (index, first) in [(0, 0), (3, 51), (8, 4)] {
      let planes = Self.record(0, first).dropFirst()
      let expected = (0..<1024).flatMap { pixel in
        (0..<3).map { planes[1 + $0 * 1024 + pixel] }
      }
      #expect(Array(training.bytes[index * 3072..<(index + 1) * 3072]) == expected)
    }
    #expect(training.name == "cifar-10" && training.classNames[9] == "truck")
    #expect(training.background == CIFAR10.scaling.black && training.background.count == 3)
  }

  @Test func `the folder in the archive is found`() throws {
    let outer = try DataFolder()
    try outer.makeFolder("cifar-10-batches-bin")
    for file in Self.files {
      try outer.write(Self.record(1, 2), "cifar-10-batches-bin/\(file)")
    }
    let test = try CIFAR10.load(directory: outer.path, recordsPerFile: 1).test
    #expect(test.labels == [1])
  }

  @Test func `a label of 10 and more is named with its record`() throws {
    let path = try folder.write(Self.record(3, 0) + Self.record(10, 0), "data_batch_4.bin")
    let error = DatasetFileError.labelOutsideClasses(
      path: path, record: 2, label: 10, classCount: 10)
    #expect(throws: error) { try load() }
    #expect("\(error)".contains("record 2 has label 10"))
  }

  @Test(arguments: [0, 3072, 3073, 6145, 6147, 9219])
  func `a file of another size is refused`(byteCount: Int) throws {
    let path = try folder.write([UInt8](repeating: 1, count: byteCount), "test_batch.bin")
    let expected: DatasetFileError =
      byteCount == 0
      ? .file(.emptyFile(path: path))
      : .recordsDisagree(path: path, expected: 2, found: byteCount, recordByteCount: 3073)
    #expect(throws: expected) { try load() }
  }

  @Test(arguments: files) func `a missing file is named with what to do`(file: String) throws {
    try folder.remove(file)
    #expect(
      throws: DatasetFileError.missingFile(
        path: folder.file(file), dataset: "cifar-10",
        advice: "Name the folder that holds the binary version with --data-dir.")
    ) { try load() }
  }

  @Test func `files of 10,000 records are asked for`() throws {
    #expect(
      throws: DatasetFileError.recordsDisagree(
        path: folder.file("data_batch_1.bin"), expected: 10_000, found: 6146, recordByteCount: 3073)
    ) { try CIFAR10.load(directory: folder.path) }
  }
}
