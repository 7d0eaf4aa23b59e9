import Tensors

extension ClassificationDataset {
  /// Divides the data set at random into a part to train on and a part to test with.
  ///
  /// Every class gives its share of the test part, so that both have the classes in the same
  /// proportions: of `n` samples and `n_c` of class `c`, `floor(n_c * testCount / n)` and, where the
  /// largest remainders are (the lower class first where they are equal), one more. Which of a class
  /// are drawn: the first of them in a permutation by `SeededGenerator`. Both parts keep the order
  /// of the data set. The same seed gives the same parts on every machine.
  ///
  /// - Parameters:
  ///   - testCount: the number of samples to test with, among `1..<count`.
  ///   - seed: the seed of the permutation.
  public func split(
    testCount: Int, seed: UInt64
  ) throws(DatasetError) -> (training: ClassificationDataset, test: ClassificationDataset) {
    guard testCount > 0, testCount < count else {
      throw .testCountOutOfRange(testCount: testCount, sampleCount: count)
    }
    return parts(testCounts: testShares(testCount: testCount), seed: seed)
  }

  /// The split whose test part has `testCounts[c]` samples of class `c`.
  func parts(
    testCounts: [Int], seed: UInt64
  ) -> (training: ClassificationDataset, test: ClassificationDataset) {
    var generator = SeededGenerator(seed: seed, stream: RandomStream.split)
    var missing = testCounts
    var isTest = [Bool](repeating: false, count: count)
    for index in generator.permutation(of: count) where missing[labels[index]] > 0 {
      missing[labels[index]] -= 1
      isTest[index] = true
    }
    return (
      subset(labels.indices.filter { !isTest[$0] }, name: "\(name), training"),
      subset(labels.indices.filter { isTest[$0] }, name: "\(name), test")
    )
  }

  /// How many samples of each class `testCount` samples in proportion have.
  func testShares(testCount: Int) -> [Int] {
    let exact = classCounts.map { ($0 * testCount).quotientAndRemainder(dividingBy: count) }
    var shares = exact.map(\.quotient)
    let byRemainder = exact.indices.sorted {
      (exact[$1].remainder, $0) < (exact[$0].remainder, $1)
    }
    for c in byRemainder.prefix(testCount - shares.reduce(0, +)) { shares[c] += 1 }
    return shares
  }
}
