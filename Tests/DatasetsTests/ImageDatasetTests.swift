import Tensors
import Testing

@testable import Datasets

@Suite struct ImageDatasetTests {
  private static let scaling = PixelScaling(mean: [0.5, 0.25], deviation: [0.5, 2])

  /// Random images [3, 5, 2] of classes 0, 1, 2, 0, 1, ...
  private static func random(_ count: Int) throws -> ImageDataset {
    var generator = SeededGenerator(seed: UInt64(count))
    return try ImageDataset(
      name: "random",
      bytes: (0..<count * 30).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
      imageShape: [3, 5, 2], labels: (0..<count).map { $0 % 3 }, classNames: ["a", "b", "c"],
      scaling: scaling)
  }

  private func created(
    _ bytes: [UInt8], labels: [Int], classNames: [String] = ["a", "b"]
  ) throws(DatasetError) -> ImageDataset {
    try ImageDataset(
      name: "tried", bytes: bytes, imageShape: [1, 2, 1], labels: labels, classNames: classNames,
      scaling: .unit(channelCount: 1))
  }

  @Test func `bytes become numbers by the mean and deviation of their channel`() throws {
    let set = try ImageDataset(
      name: "two pixels", bytes: [0, 0, 255, 51], imageShape: [1, 2, 2], labels: [1],
      classNames: ["a", "b"], scaling: Self.scaling)
    let (features, labels) = set.gather([0])
    #expect(features == Tensor([-1, -0.125, 1, -0.025], shape: [1, 1, 2, 2]))
    #expect(labels == [1])
    #expect(set.background == [-1, -0.125])
  }

  @Test func `a gathered batch equals pixels computed one at a time`() throws {
    let set = try Self.random(9)
    let indices = [8, 0, 3, 3, 7]
    let expected = indices.flatMap { index in
      (0..<30).map { i in
        let channel = i % 2
        let byte = Double(set.bytes[index * 30 + i])
        return Float(
          (byte / 255 - Self.scaling.mean[channel]) / Self.scaling.deviation[channel])
      }
    }
    let (features, labels) = set.gather(indices)
    #expect(features == Tensor(expected, shape: [5, 3, 5, 2]))
    #expect(labels == [2, 0, 0, 0, 1])
  }

  @Test func `gathering nothing gives no images`() throws {
    let (features, labels) = try Self.random(2).gather([])
    #expect(features.shape == [0, 3, 5, 2])
    #expect(labels.isEmpty)
  }

  @Test func `a subset keeps classes, scaling, shape and the order that was asked for`() throws {
    let set = try Self.random(6).shaped([30])
    let part = set.subset([4, 1], name: "part")
    #expect(part.gather([0, 1]).features == set.gather([4, 1]).features)
    #expect(part.gather([0]).features.shape == [1, 30])
    #expect(part.labels == [1, 1])
    #expect(part.name == "part" && part.classNames == set.classNames)
    #expect(part.count == 2 && part.classCount == 3 && part.featureCount == 30)
    #expect(set.subset(Array(0..<6)) == set)
  }

  @Test func `a prefix is the subset of the first images`() throws {
    let set = try Self.random(6)
    #expect(set.prefix(4) == set.subset([0, 1, 2, 3]))
    #expect(set.prefix(6) == set)
  }

  @Test func `images that make no data set are refused`() throws {
    #expect(throws: DatasetError.empty(shape: [0, 1, 2, 1])) { try created([], labels: []) }
    #expect(throws: DatasetError.labelCountMismatch(expected: 2, found: 1)) {
      try created([1, 2, 3, 4], labels: [0])
    }
    #expect(throws: DatasetError.labelOutsideClasses(row: 2, label: 2, classCount: 2)) {
      try created([1, 2, 3, 4], labels: [0, 2])
    }
    #expect(throws: DatasetError.tooFewClasses(classNames: ["a"])) {
      try created([1, 2], labels: [0], classNames: ["a"])
    }
    #expect(throws: DatasetError.repeatedClassName("a")) {
      try created([1, 2], labels: [0], classNames: ["a", "a"])
    }
  }

  @Test func `what cannot be asked for stops the program`() async {
    await #expect(processExitsWith: .failure) { _ = try ImageDatasetTests.random(3).gather([3]) }
    await #expect(processExitsWith: .failure) { _ = try ImageDatasetTests.random(3).gather([-1]) }
    await #expect(processExitsWith: .failure) { _ = try ImageDatasetTests.random(3).subset([]) }
    await #expect(processExitsWith: .failure) { _ = try ImageDatasetTests.random(3).subset([3]) }
    await #expect(processExitsWith: .failure) { _ = try ImageDatasetTests.random(3).prefix(4) }
    await #expect(processExitsWith: .failure) { _ = try ImageDatasetTests.random(3).shaped([29]) }
  }
}
