import Tensors
import Testing

@testable import Datasets

/// The files that Scripts/setup installs. The expected numbers were taken from them with Python's gzip and NumPy.
@Suite struct FashionMNISTTests {
  private func sum(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 + Int($1) } }

  /// Weighted by image, row and column, counted from 1: a pixel in a wrong place changes the sum.
  private func weightedSum(_ bytes: [UInt8]) -> Int {
    var sum = 0
    for (i, byte) in bytes.enumerated() {
      let (image, pixel) = i.quotientAndRemainder(dividingBy: 784)
      sum &+= Int(byte) &* (image % 1000 + 1) &* (pixel / 28 + 1) &* (pixel % 28 + 1)
    }
    return sum
  }

  @Test func `the installed files hold every image and label`() throws {
    let (training, test) = try FashionMNIST.load()
    #expect(training.count == 60_000 && test.count == 10_000)
    #expect(training.imageShape == [28, 28, 1] && test.sampleShape == [28, 28, 1])
    #expect(sum(training.bytes) == 3_431_114_169)
    #expect(sum(test.bytes) == 573_469_082)
    #expect(weightedSum(training.bytes) == 395_052_803_335_701)
    #expect(weightedSum(test.bytes) == 65_875_512_833_374)
    #expect(Array(training.labels.prefix(12)) == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9])
    #expect(Array(test.labels.prefix(12)) == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7, 4, 5])
    for label in 0..<10 {
      #expect(training.labels.count { $0 == label } == 6000)
      #expect(test.labels.count { $0 == label } == 1000)
    }
    #expect(training.classNames.count == 10 && training.classNames[9] == "ankle boot")
  }

  @Test func `the scaling is that of the training images`() throws {
    let bytes = try FashionMNIST.load().training.bytes
    var (sum, squares) = (0, 0)
    for byte in bytes {
      sum &+= Int(byte)
      squares &+= Int(byte) &* Int(byte)
    }
    #expect(squares == 631_470_052_347)
    let mean = Double(sum) / Double(bytes.count)
    let variance = Double(squares) / Double(bytes.count) - mean * mean
    #expect(abs(FashionMNIST.scaling.mean[0] - mean / 255) < 1e-15)
    #expect(abs(FashionMNIST.scaling.deviation[0] - variance.squareRoot() / 255) < 1e-15)
  }

  @Test func `the attribution names authors, source and licence`() {
    for part in ["H. Xiao", "K. Rasul", "R. Vollgraf", "2017", "1708.07747", "MIT", "Zalando"] {
      #expect(FashionMNIST.attribution.contains(part))
    }
  }
}
