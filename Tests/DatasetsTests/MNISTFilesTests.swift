import TensorFiles
import Tensors
import Testing

@testable import Datasets

@Suite struct MNISTFilesTests {
  private let folder: DataFolder
  private let names = (
    trainingImages: "train-images-idx3-ubyte", trainingLabels: "train-labels-idx1-ubyte",
    testImages: "t10k-images-idx3-ubyte", testLabels: "t10k-labels-idx1-ubyte"
  )

  init() throws {
    folder = try DataFolder()
    try folder.write(idx([3, 2, 2], Array(0..<12)), names.trainingImages)
    try folder.write(idx([3], [9, 0, 4]), names.trainingLabels)
    try folder.write(idx([1, 2, 2], [255, 254, 253, 252]), names.testImages)
    try folder.write(idx([1], [7]), names.testLabels)
  }

  private func refusal() -> DatasetFileError? {
    do throws(DatasetFileError) {
      _ = try MNIST.load(directory: folder.path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `plain files are read`() throws {
    let (training, test) = try MNIST.load(directory: folder.path)
    #expect(training.bytes == Array(0..<12))
    #expect(training.imageShape == [2, 2, 1])
    #expect(training.labels == [9, 0, 4])
    #expect(test.bytes == [255, 254, 253, 252])
    #expect(test.labels == [7])
    #expect(training.name == "mnist" && training.classNames[9] == "9")
    #expect(training.scaling == MNIST.scaling)
  }

  @Test func `compressed files hold the same`() throws {
    let plain = try MNIST.load(directory: folder.path)
    let contents = [
      names.trainingImages: idx([3, 2, 2], Array(0..<12)),
      names.testLabels: idx([1], [7]),
    ]
    for (name, content) in contents {
      try folder.remove(name)
      try folder.write(try gzipped(content), name + ".gz")
    }
    let compressed = try MNIST.load(directory: folder.path)
    #expect(compressed.training == plain.training)
    #expect(compressed.test == plain.test)
  }

  @Test func `a missing file is named with what to do`() throws {
    try folder.remove(names.testLabels)
    let path = folder.file(names.testLabels) + "[.gz]"
    #expect(
      refusal()
        == .missingFile(
          path: path, dataset: "mnist", advice: "Name the folder that holds it with --data-dir."))
    #expect(throws: DatasetFileError.self) { try FashionMNIST.load(directory: folder.path) }
    do {
      _ = try FashionMNIST.load(directory: folder.path)
    } catch {
      #expect(
        "\(error)"
          == "\(path): there is no such file, but fashion-mnist needs it. "
          + "Install dataset-fashion-mnist (Scripts/setup does) or name the folder with --data-dir."
      )
    }
  }

  @Test func `images and labels have to be as many`() throws {
    try folder.write(idx([2], [9, 0]), names.trainingLabels)
    #expect(
      refusal()
        == .countsDisagree(
          path: folder.file(names.trainingImages), count: 3,
          otherPath: folder.file(names.trainingLabels), otherCount: 2))
  }

  @Test func `training and test images have to have the same size`() throws {
    try folder.write(idx([1, 1, 4], [1, 2, 3, 4]), names.testImages)
    #expect(
      refusal()
        == .shapesDisagree(
          path: folder.file(names.testImages), shape: [1, 4, 1],
          otherPath: folder.file(names.trainingImages), otherShape: [2, 2, 1]))
  }

  @Test func `a label that is no class is named with its record`() throws {
    try folder.write(idx([3], [9, 10, 4]), names.trainingLabels)
    #expect(
      refusal()
        == .labelOutsideClasses(
          path: folder.file(names.trainingLabels), record: 2, label: 10, classCount: 10))
  }

  @Test func `images and labels that took each other's place are refused`() throws {
    try folder.write(idx([3], [9, 0, 4]), names.trainingImages)
    #expect(
      refusal()
        == .badMagic(
          path: folder.file(names.trainingImages), expected: [0, 0, 8, 3], found: [0, 0, 8, 1]))
  }
}
