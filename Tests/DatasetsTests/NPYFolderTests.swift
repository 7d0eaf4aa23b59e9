import TensorFiles
import Tensors
import Testing

@testable import Datasets

@Suite struct NPYFolderTests {
  private let folder: DataFolder

  init() throws {
    folder = try DataFolder()
    try folder.write(features(4, [2, 3]), "training_features.npy")
    try folder.write(
      npy("<i8", [4], [2, 0, 1, 2].flatMap { [$0] + Array(repeating: 0, count: 7) }),
      "training_labels.npy")
    try folder.write(features(2, [2, 3]), "test_features.npy")
    try folder.write(npy("|u1", [2], [1, 0]), "test_labels.npy")
  }

  /// Sample `n` holds 10 n, 10 n + 1, and so on.
  private func features(_ count: Int, _ shape: [Int]) -> [UInt8] {
    let width = shape.reduce(1, *)
    return NPYFile.encode(
      .float(
        Tensor(
          (0..<count * width).map { Float($0 / width * 10 + $0 % width) }, shape: [count] + shape)))
  }

  private func refusal() -> DatasetFileError? {
    do throws(DatasetFileError) {
      _ = try NPYFolder.load(directory: folder.path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `samples, labels and classes are found`() throws {
    let (training, test) = try NPYFolder.load(directory: folder.path)
    #expect(training.sampleShape == [2, 3] && training.labels == [2, 0, 1, 2])
    #expect(training.classNames == ["0", "1", "2"] && test.classNames == training.classNames)
    #expect(test.count == 2 && test.labels == [1, 0])
    #expect(training.name == folder.path && training.background == [0])
  }

  @Test(arguments: ["a\nb\nc\nd\n", "a\nb\nc\nd", "a\r\nb\r\nc\r\nd\r\n"])
  func `classes.txt names the classes`(text: String) throws {
    try folder.write(Array(text.utf8), "classes.txt")
    #expect(try NPYFolder.load(directory: folder.path).test.classNames == ["a", "b", "c", "d"])
  }

  @Test func `classes.txt needs enough different names of UTF-8`() throws {
    let path = try folder.write(Array("a\nb\n".utf8), "classes.txt")
    #expect(
      refusal()
        == .labelOutsideClasses(
          path: folder.file("training_labels.npy"), record: 1, label: 2, classCount: 2))
    try folder.write(Array("a\nb\na\n".utf8), "classes.txt")
    #expect(refusal() == .content(path: path, line: nil, .repeatedClassName("a")))
    try folder.write(Array("a\n".utf8), "classes.txt")
    #expect(refusal() == .content(path: path, line: nil, .tooFewClasses(classNames: ["a"])))
    try folder.write([0x61, 0x0A, 0xFF], "classes.txt")
    #expect(refusal() == .file(.notUTF8(path: path, line: 2)))
  }

  @Test func `a class that only the test labels have is refused`() throws {
    let path = try folder.write(npy("|u1", [2], [1, 3]), "test_labels.npy")
    #expect(refusal() == .labelOutsideClasses(path: path, record: 2, label: 3, classCount: 3))
  }

  @Test func `whole floating point labels are labels, others are not`() throws {
    let path = folder.file("training_labels.npy")
    func write(_ labels: [Double]) throws {
      try NPYFile.write(Tensor(labels), to: path)
    }
    try write([1, 0, 2, 1])
    #expect(try NPYFolder.load(directory: folder.path).training.labels == [1, 0, 2, 1])
    for wrong in [0.5, -1, 65_536, 1e300] {
      try write([1, 0, wrong, 1])
      #expect(
        refusal() == .badLabel(path: path, record: 3, found: wrong, largestClassCount: 65_536))
    }
    try write([1, 0, .nan, 1])
    guard case .badLabel(path, 3, _, _) = refusal() else {
      Issue.record("\(String(describing: refusal()))")
      return
    }
  }

  @Test func `shapes have to fit together`() throws {
    try folder.write(npy("|u1", [1, 2], [1, 0]), "test_labels.npy")
    let labels = folder.file("test_labels.npy")
    #expect(refusal() == .badLabelShape(path: labels, found: [1, 2]))
    try folder.write(npy("|u1", [3], [1, 0, 1]), "test_labels.npy")
    let path = folder.file("test_features.npy")
    #expect(
      refusal() == .countsDisagree(path: path, count: 2, otherPath: labels, otherCount: 3))
    try folder.write(npy("|u1", [2], [1, 0]), "test_labels.npy")
    try folder.write(features(2, [3, 2]), "test_features.npy")
    #expect(
      refusal()
        == .shapesDisagree(
          path: path, shape: [3, 2], otherPath: folder.file("training_features.npy"),
          otherShape: [2, 3]))
    for shape in [[], [0]] {
      try folder.write(features(2, shape), "test_features.npy")
      #expect(refusal() == .badFeatureShape(path: path, found: [2] + shape))
    }
  }

  @Test(arguments: ["training_features", "training_labels", "test_features", "test_labels"])
  func `a missing file is named`(name: String) throws {
    try folder.remove("\(name).npy")
    #expect(
      refusal()
        == .missingFile(
          path: folder.file("\(name).npy"), dataset: "a folder of arrays",
          advice: "Write it with numpy.save."))
  }

  @Test func `a file that is no array is refused as the reader of arrays does`() throws {
    let path = try folder.write([1, 2, 3], "test_features.npy")
    #expect(refusal() == .file(.badMagic(path: path, format: .npy)))
  }
}
