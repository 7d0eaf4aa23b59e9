import Datasets
import Foundation
import Normalization
import Testing

@testable import Experiments

@Suite struct ExperimentDataTests {
  @Test func `standardised pixels have mean 0 and deviation 1, or are constant`() throws {
    let features = try ExperimentData.digits.standardized().training.features
    let (count, values) = (features.shape[0], features.span)
    for pixel in 0..<64 {
      var (sum, square) = (0.0, 0.0)
      for row in 0..<count {
        let value = Double(values[row * 64 + pixel])
        sum += value
        square += value * value
      }
      let variance = square / Double(count)
      #expect(abs(sum) / Double(count) < 1e-5)
      #expect(abs(variance - 1) < 1e-4 || variance == 0)
    }
  }

  @Test func `features of squares become images`() {
    let images = ExperimentData.digits.asImages
    #expect(images.sampleShape == [8, 8, 1])
    #expect(images.training.gather([0, 1]).features.shape == [2, 8, 8, 1])
    #expect(images.asImages.sampleShape == [8, 8, 1])
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: FashionMNIST.defaultDirectory)))
  func `the full form has Fashion-MNIST with pixels from 0 to 1`() throws {
    let context = ExperimentContext(form: .full)
    let data = try context.data()
    #expect(data.training.count == 60_000 && data.test.count == 1000)
    #expect(data.sampleShape == [28, 28, 1] && data.classCount == 10)
    let test = data.test.features.elements
    #expect(test.min() == 0 && test.max() == 1)
    // The first test image is an ankle boot.
    #expect(data.test.labels[0] == 9)
  }

  @Test func `files that are not there are an error that says what to do, every time`() {
    let context = ExperimentContext(form: .full, dataDirectory: "/nowhere")
    for _ in 0..<2 {
      #expect {
        _ = try context.data()
      } throws: {
        "\($0)".contains("--data-dir")
      }
    }
    #expect(throws: Never.self) {
      try ExperimentContext(form: .quick, dataDirectory: "/nowhere").data()
    }
  }

  @Test func `what is shared is made once`() throws {
    let shared = Shared<Int>()
    struct Failure: Error {}
    #expect(throws: Failure.self) { try shared.value { throw Failure() } }
    let (first, second) = (try shared.value { 1 }, try shared.value { 2 })
    #expect(first == 1 && second == 1)
  }
}
