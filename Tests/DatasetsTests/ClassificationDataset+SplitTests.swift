import Datasets
import Tensors
import Testing

@Suite struct ClassificationDatasetSplitTests {
  /// The numbers of the samples in a part of `ClassificationDatasetTests.numbered`.
  private func numbers(of part: ClassificationDataset) -> [Int] {
    part.labels.indices.map { Int(part.features[2 * $0]) }
  }

  @Test(arguments: 0..<UInt64(20))
  func `every sample is in exactly one part, in the order of the set`(seed: UInt64) throws {
    for (count, testCount) in [(2, 1), (3, 1), (10, 9), (101, 20)] {
      let (training, test) = try ClassificationDatasetTests.numbered(count)
        .split(testCount: testCount, seed: seed)
      #expect(test.count == testCount)
      #expect(training.count == count - testCount)
      let (inTraining, inTest) = (numbers(of: training), numbers(of: test))
      #expect((inTraining + inTest).sorted() == Array(0..<count))
      #expect(inTraining == inTraining.sorted())
      #expect(inTest == inTest.sorted())
      #expect(training.labels == inTraining.map { $0 % 3 })
      #expect(test.labels == inTest.map { $0 % 3 })
      #expect(test.classNames == training.classNames)
    }
  }

  @Test(arguments: 1..<30)
  func `every class gives its share to within one sample`(testCount: Int) throws {
    // Classes of 16, 8, 4, 1 and 1 samples.
    let labels = [Int](repeating: 0, count: 16) + [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 4]
    let set = try ClassificationDataset(
      name: "uneven", features: Tensor(repeating: 0, shape: [30, 1]), labels: labels,
      classNames: ["a", "b", "c", "d", "e"])
    let test = try set.split(testCount: testCount, seed: 5).test
    for (all, drawn) in zip(set.classCounts, test.classCounts) {
      #expect(abs(Double(drawn) - Double(all * testCount) / 30) < 1)
    }
  }

  @Test func `leftover samples go to the largest remainders, the lower class first`() throws {
    // 2 of 5, 4 samples a class: 1.6, 1.6, 0.8 of three classes with 4, 4 and 2 samples.
    let set = try ClassificationDataset(
      name: "ties", features: Tensor(repeating: 0, shape: [10, 1]),
      labels: [0, 0, 0, 0, 1, 1, 1, 1, 2, 2], classNames: ["a", "b", "c"])
    #expect(try set.split(testCount: 4, seed: 1).test.classCounts == [2, 1, 1])
    #expect(try set.split(testCount: 5, seed: 1).test.classCounts == [2, 2, 1])
  }

  @Test func `the same seed gives the same parts and another seed others`() throws {
    let set = try ClassificationDatasetTests.numbered(60)
    let first = try set.split(testCount: 12, seed: 1)
    let again = try set.split(testCount: 12, seed: 1)
    let other = try set.split(testCount: 12, seed: 2)
    #expect(first.test == again.test)
    #expect(first.training == again.training)
    #expect(numbers(of: first.test) != numbers(of: other.test))
  }

  @Test func `the parts are named after the set`() throws {
    let (training, test) = try ClassificationDatasetTests.numbered(4).split(testCount: 1, seed: 0)
    #expect(training.name == "numbered, training")
    #expect(test.name == "numbered, test")
  }

  @Test(arguments: [-1, 0, 5, 6])
  func `a part without samples is refused`(testCount: Int) {
    #expect(throws: DatasetError.testCountOutOfRange(testCount: testCount, sampleCount: 5)) {
      try ClassificationDatasetTests.numbered(5).split(testCount: testCount, seed: 0)
    }
  }
}
