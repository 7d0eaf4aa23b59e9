import Datasets
import Tensors
import Testing

@Suite struct ClassificationDatasetTests {
  /// A set of `count` samples; feature 0 is the sample's number, feature 1 its negative.
  static func numbered(_ count: Int, classes: Int = 3) throws -> ClassificationDataset {
    try ClassificationDataset(
      name: "numbered",
      features: Tensor((0..<count).flatMap { [Float($0), -Float($0)] }, shape: [count, 2]),
      labels: (0..<count).map { $0 % classes }, classNames: (0..<classes).map { "class \($0)" })
  }

  private func created(
    _ elements: [Float], shape: [Int], labels: [Int], classNames: [String] = ["a", "b"]
  ) throws(DatasetError) -> ClassificationDataset {
    try ClassificationDataset(
      name: "tried", features: Tensor(elements, shape: shape), labels: labels,
      classNames: classNames)
  }

  @Test func `one sample of one feature is a data set`() throws {
    let set = try created([7], shape: [1, 1], labels: [1])
    #expect(set.count == 1)
    #expect(set.featureCount == 1)
    #expect(set.classCount == 2)
    #expect(set.classCounts == [0, 1])
  }

  @Test(arguments: [[0, 2], [2, 0]])
  func `no samples and no features are refused`(shape: [Int]) {
    #expect(throws: DatasetError.empty(shape: shape)) {
      try created([], shape: shape, labels: Array(repeating: 0, count: shape[0]))
    }
  }

  @Test(arguments: [[4], [1, 2, 2], []])
  func `features that are no matrix are refused`(shape: [Int]) {
    #expect(throws: DatasetError.notMatrix(shape: shape)) {
      try created(
        Array(repeating: 0, count: shape.reduce(1, *)), shape: shape, labels: [0, 1])
    }
  }

  @Test(arguments: [[], [0], [0, 1, 0]])
  func `as many labels as samples are needed`(labels: [Int]) {
    #expect(throws: DatasetError.labelCountMismatch(expected: 2, found: labels.count)) {
      try created([1, 2, 3, 4], shape: [2, 2], labels: labels)
    }
  }

  @Test(arguments: [-1, 2, Int.max])
  func `a label outside the classes is refused with its row`(label: Int) {
    #expect(throws: DatasetError.labelOutsideClasses(row: 2, label: label, classCount: 2)) {
      try created([1, 2, 3], shape: [3, 1], labels: [0, label, 1])
    }
  }

  @Test(arguments: [[], ["a"]])
  func `fewer than two classes are refused`(classNames: [String]) {
    #expect(throws: DatasetError.tooFewClasses(classNames: classNames)) {
      try created([1, 2], shape: [2, 1], labels: [0, 0], classNames: classNames)
    }
  }

  @Test func `two classes of one name are refused`() {
    #expect(throws: DatasetError.repeatedClassName("b")) {
      try created([1, 2], shape: [2, 1], labels: [0, 1], classNames: ["b", "a", "b"])
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `a non-finite feature is refused with its row and column`(value: Float) {
    #expect(throws: DatasetError.nonFiniteFeature(row: 2, column: 3, value: "\(value)")) {
      try created([1, 2, 3, 4, 5, value], shape: [2, 3], labels: [0, 1])
    }
  }

  @Test func `a gathered batch holds the rows in the asked order, repeated ones too`() throws {
    let (features, labels) = try Self.numbered(5).gather([4, 0, 4, 1])
    #expect(features == Tensor([4, -4, 0, 0, 4, -4, 1, -1], shape: [4, 2]))
    #expect(labels == [1, 0, 1, 1])
  }

  @Test func `gathering nothing gives no rows`() throws {
    let (features, labels) = try Self.numbered(5).gather([])
    #expect(features.shape == [0, 2])
    #expect(labels.isEmpty)
  }

  @Test func `a gathered batch equals rows copied one element at a time`() throws {
    var generator = SeededGenerator(seed: 3)
    for (count, width) in [(1, 1), (2, 17), (9, 64), (40, 785)] {
      let set = try ClassificationDataset(
        name: "random", features: Tensor(normal: [count, width], using: &generator),
        labels: (0..<count).map { $0 % 2 }, classNames: ["even", "odd"])
      let indices = (0..<(2 * count)).map { ($0 * 7 + 3) % count }
      let expected = indices.flatMap { row in
        (0..<width).map { set.features[row * width + $0] }
      }
      let gathered = set.gather(indices)
      #expect(gathered.features == Tensor(expected, shape: [2 * count, width]))
      #expect(gathered.labels == indices.map { $0 % 2 })
    }
  }

  @Test func `a subset keeps every class and the order that was asked for`() throws {
    let set = try Self.numbered(6)
    let subset = set.subset([3, 0])
    #expect(subset.features == Tensor([3, -3, 0, 0], shape: [2, 2]))
    #expect(subset.labels == [0, 0])
    #expect(subset.classNames == set.classNames)
    #expect(subset.classCounts == [2, 0, 0])
    #expect(subset.name == "numbered")
    #expect(set.subset([1], name: "one").name == "one")
  }

  @Test func `all samples in order are the set itself`() throws {
    let set = try Self.numbered(6)
    #expect(set.subset(Array(0..<6)) == set)
  }

  @Test func `a sample that does not exist stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = try ClassificationDatasetTests.numbered(3).gather([0, 3])
    }
    await #expect(processExitsWith: .failure) {
      _ = try ClassificationDatasetTests.numbered(3).gather([-1])
    }
    await #expect(processExitsWith: .failure) {
      _ = try ClassificationDatasetTests.numbered(3).subset([])
    }
  }

  @Test func `shaped samples come in batches of that shape`() throws {
    let set = try Self.numbered(4).shaped([1, 2, 1])
    #expect(set.gather([3, 0]).features == Tensor([3, -3, 0, -0], shape: [2, 1, 2, 1]))
    let part = set.subset([2])
    #expect(part.sampleShape == [1, 2, 1])
    #expect(part.features == Tensor([2, -2], shape: [1, 2]))
    let samples: any LabeledSamples = set
    #expect(samples.count == 4 && samples.classCount == 3 && samples.featureCount == 2)
  }
}
