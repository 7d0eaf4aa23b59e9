import Datasets
import Tensors
import Testing

/// The expected numbers were taken from scikit-learn 1.9.1's `load_digits` with NumPy.
@Suite struct DigitsTests {
  @Test func `every pixel is scikit-learn's`() {
    let pixels = Digits.all.features.elements.map { $0 * 16 }
    #expect(Digits.all.features.shape == [1797, 64])
    #expect(pixels.allSatisfy { (0...16).contains($0) && $0 == $0.rounded() })
    #expect(pixels.reduce(0) { $0 + Int($1) } == 561_718)
    // Weighted by row and column, counted from 1: a pixel in a wrong place changes the sum.
    var weighted = 0
    for (i, pixel) in pixels.enumerated() { weighted += Int(pixel) * (i / 64 + 1) * (i % 64 + 1) }
    #expect(weighted == 16_337_198_609)
  }

  @Test func `the first and the last image are scikit-learn's`() {
    let first = [
      0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0, 0, 4, 12, 0, 0,
      8, 8, 0, 0, 5, 8, 0, 0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5, 10, 12, 0, 0, 0, 0, 6,
      13, 10, 0, 0, 0,
    ]
    let last = [
      0, 0, 10, 14, 8, 1, 0, 0, 0, 2, 16, 14, 6, 1, 0, 0, 0, 0, 15, 15, 8, 15, 0, 0, 0, 0, 5, 16,
      16,
      10, 0, 0, 0, 0, 12, 15, 15, 12, 0, 0, 0, 4, 16, 6, 4, 16, 6, 0, 0, 8, 16, 10, 8, 16, 8, 0, 0,
      1,
      8, 12, 14, 12, 1, 0,
    ]
    let both = Digits.all.gather([0, 1796])
    #expect(both.features.elements == (first + last).map { Float($0) / 16 })
    #expect(both.labels == [0, 8])
  }

  @Test func `every digit has scikit-learn's count and sum of pixels`() {
    let digits = Digits.all
    #expect(digits.classCounts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    #expect(digits.classNames == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
    #expect(Array(digits.labels.prefix(12)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    var sums = [Int](repeating: 0, count: 10)
    for (row, label) in digits.labels.enumerated() {
      for i in 0..<64 { sums[label] += Int(digits.features[row * 64 + i] * 16) }
    }
    let expected = [
      56415, 57007, 55566, 56151, 56239, 55915, 56336, 54289, 57408, 56392,
    ]
    #expect(sums == expected)
  }

  @Test func `an image has as many pixels as its shape says`() {
    #expect(Digits.imageShape.reduce(1, *) == Digits.all.featureCount)
  }

  @Test func `the decoded set passes the checks of every data set`() throws {
    let digits = Digits.all
    let checked = try ClassificationDataset(
      name: digits.name, features: digits.features, labels: digits.labels,
      classNames: digits.classNames)
    #expect(checked == digits)
  }

  /// The expected numbers come from the documented rule, applied with NumPy.
  @Test func `the fixed division takes every fifth image for testing`() {
    let (training, test) = (Digits.training, Digits.test)
    #expect(training.count == 1437)
    #expect(test.count == 360)
    #expect(test.classCounts == [42, 28, 26, 48, 38, 39, 30, 26, 36, 47])
    #expect(Array(test.labels.prefix(12)) == [0, 5, 0, 5, 0, 5, 0, 5, 8, 3, 2, 0])
    let firstThree = Digits.all.gather([0, 5, 10])
    #expect(Array(test.features.elements.prefix(192)) == firstThree.features.elements)
    #expect(test.features.elements.reduce(0) { $0 + Int($1 * 16) } == 112598)
    #expect(training.features.elements.reduce(0) { $0 + Int($1 * 16) } == 449120)
  }

  @Test func `the attribution names authors, source and licence`() {
    for part in ["E. Alpaydin and C. Kaynak", "1998", "UCI", "10.24432/C50P49", "CC BY 4.0"] {
      #expect(Digits.attribution.contains(part))
    }
  }
}
