import TensorFiles
import Tensors
import Testing

@testable import Datasets

@Suite struct DatasetSourceTests {
  private let folder: DataFolder

  init() throws { folder = try DataFolder() }

  @Test func `every name means its data set and is its text`() throws {
    let sources: [DatasetSource] = [.digits, .fashionMNIST, .mnist, .cifar10]
    #expect(try DatasetSource.names.map { try DatasetSource($0) } == sources)
    #expect(sources.map(\.text) == DatasetSource.names)
    #expect(sources.map(\.usesDataDirectory) == [false, true, true, true])
  }

  @Test func `files and folders are named by their paths`() throws {
    let table = try folder.write(Array("1,a\n".utf8), "flowers.CSV")
    #expect(try DatasetSource(table) == .csv(path: table))
    #expect(try DatasetSource("absent.csv") == .csv(path: "absent.csv"))
    #expect(try DatasetSource(folder.path) == .npyFolder(path: folder.path))
    #expect(try DatasetSource(folder.path).text == folder.path)
    try folder.makeFolder("folder.csv")
    let path = folder.file("folder.csv")
    #expect(try DatasetSource(path) == .npyFolder(path: path))
  }

  @Test(arguments: ["", "Digits", "cifar-100", "flowers.npy", "/absent/folder"])
  func `anything else is refused with what there is`(text: String) {
    let error = DatasetFileError.unknownDataset(text)
    #expect(throws: error) { try DatasetSource(text) }
    #expect(
      "\(error)"
        == "'\(text)' is no data set; use digits, fashion-mnist, mnist, cifar-10, a .csv file, "
        + "or a folder of .npy files.")
  }

  @Test func `digits are images`() throws {
    let (training, test) = try DatasetSource.digits.load()
    #expect(training.sampleShape == [8, 8, 1] && training.count == 1437 && test.count == 360)
    let batch = try training.gather([3])
    #expect(batch.features.shape == [1, 8, 8, 1])
    #expect(batch.features.elements == Digits.training.gather([3]).features.elements)
  }

  @Test func `Fashion-MNIST is found where it is installed`() throws {
    let (training, test) = try DatasetSource.fashionMNIST.load()
    #expect(training.count == 60_000 && test.count == 10_000)
    #expect(training.background == FashionMNIST.scaling.black)
    #expect(throws: DatasetFileError.self) {
      try DatasetSource.fashionMNIST.load(dataDirectory: folder.path)
    }
  }

  @Test func `MNIST and CIFAR-10 are looked for in the folder that is named`() throws {
    for (source, file) in [
      (DatasetSource.mnist, "train-images-idx3-ubyte[.gz]"), (.cifar10, "data_batch_1.bin"),
    ] {
      do {
        _ = try source.load(dataDirectory: folder.path)
        Issue.record("an empty folder was accepted")
      } catch {
        guard case .missingFile(folder.file(file), source.text, _) = error else {
          Issue.record("\(error)")
          continue
        }
      }
    }
  }

  @Test func `a table gives a fifth of its rows for testing`() throws {
    let rows = (0..<20).map { "\($0),\($0 * $0),\($0 % 2 == 0 ? "even" : "odd")\n" }.joined()
    let path = try folder.write(Array(rows.utf8), "numbers.csv")
    let (training, test) = try DatasetSource(path).load(labelColumn: nil)
    #expect(training.count == 16 && test.count == 4)
    #expect(throws: DatasetFileError.self) { try DatasetSource(path).load(labelColumn: "kind") }
    try folder.write(Array("1,a\n".utf8), "numbers.csv")
    #expect(throws: DatasetFileError.self) { try DatasetSource(path).load() }
  }

  @Test func `a folder of arrays is opened`() throws {
    for part in ["training", "test"] {
      try folder.write(npy("<f4", [2, 1], Array(repeating: 0, count: 8)), "\(part)_features.npy")
      try folder.write(npy("|u1", [2], [1, 0]), "\(part)_labels.npy")
    }
    let (training, test) = try DatasetSource(folder.path).load()
    #expect(training is NPYSamples && test.labels == [1, 0])
  }
}
