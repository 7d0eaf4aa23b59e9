import Foundation
import TensorFiles
import Tensors
import Testing

@testable import Datasets

@Suite struct NPYSamplesTests {
  private let folder: DataFolder
  private var path: String { folder.file("training_features.npy") }

  init() throws { folder = try DataFolder() }

  private func samples(_ features: AnyTensor) throws -> NPYSamples {
    try NPYFile.write(features, to: path)
    return try NPYSamples(
      directory: folder.path, part: "training",
      labels: (0..<features.shape[0]).map { $0 % 2 }, classNames: ["a", "b"])
  }

  @Test func `a gathered batch equals the rows of the file in the asked order`() throws {
    var generator = SeededGenerator(seed: 5)
    let features = Tensor<Float>(normal: [7, 3, 2], using: &generator)
    let double = Tensor<Double>(normal: [7, 3, 2], using: &generator)
    for tensor in [AnyTensor.float(features), .double(double)] {
      let set = try samples(tensor)
      let (rows, labels) = try set.gather([6, 0, 6, 3])
      let all = tensor.converted(to: Float.self).elements
      let expected = [6, 0, 6, 3].flatMap { all[$0 * 6..<$0 * 6 + 6] }
      #expect(rows == Tensor(expected, shape: [4, 3, 2]))
      #expect(labels == [0, 0, 0, 1])
      let none = try set.gather([])
      #expect(none.features.shape == [0, 3, 2] && none.labels.isEmpty)
    }
  }

  @Test func `copies read the same file after the path has another`() throws {
    let set = try samples(.float(Tensor([1, 2, 3, 4], shape: [2, 2])))
    let copy = set
    // Atomic writing puts a new file in the place of the old one, which stays open.
    try NPYFile.write(Tensor<Float>([5, 6, 7, 8], shape: [2, 2]), to: path)
    #expect(try copy.gather([1]).features.elements == [3, 4])
  }

  @Test func `a file that is written to or cut off is refused`() throws {
    let set = try samples(.float(Tensor([1, 2, 3, 4], shape: [2, 2])))
    #expect(try set.gather([0]).features.elements == [1, 2])
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seek(toOffset: 130)
    try handle.write(contentsOf: Data([9]))
    let written = [timespec(tv_sec: 0, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(futimens(handle.fileDescriptor, written) == 0)
    #expect(throws: DatasetFileError.fileChanged(path: path)) { try set.gather([0]) }
    try handle.truncate(atOffset: 140)
    #expect(throws: DatasetFileError.fileChanged(path: path)) { try set.gather([1]) }
  }

  @Test(arguments: [Double.nan, .infinity, 1e300])
  func `a feature that is no finite Float is named when it is read`(value: Double) throws {
    let set = try samples(.double(Tensor([1, 2, 3, 4, 5, value], shape: [3, 2])))
    #expect(try set.gather([1, 0]).features.elements == [3, 4, 1, 2])
    #expect(
      throws: DatasetFileError.content(
        path: path, line: nil,
        .nonFiniteFeature(row: 3, column: 2, value: "\(Float(value))"))
    ) { try set.gather([0, 2]) }
  }

  @Test func `a sample that does not exist stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let folder = try DataFolder()
      try NPYFile.write(
        Tensor<Float>([1, 2], shape: [2, 1]), to: folder.file("training_features.npy"))
      let set = try NPYSamples(
        directory: folder.path, part: "training", labels: [0, 1], classNames: ["a", "b"])
      _ = try set.gather([2])
    }
  }
}
