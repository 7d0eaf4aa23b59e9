import Foundation
import Tensors
import Testing

@testable import Datasets

@Suite struct AugmentationTests {
  /// Images of different numbers, none of them the background's.
  private func numbered(_ shape: [Int]) -> Tensor<Float> {
    Tensor((0..<shape.reduce(1, *)).map { Float($0 + 1) }, shape: shape)
  }

  private func applied(
    _ augmentation: Augmentation, to batch: Tensor<Float>, background: [Float] = [-1],
    seed: UInt64 = 1, step: Int = 0
  ) -> Tensor<Float> {
    var result = batch
    augmentation.apply(to: &result, background: background, seed: seed, step: step)
    return result
  }

  private func image(_ batch: Tensor<Float>, _ number: Int) -> [Float] {
    let width = batch.shape.dropFirst().reduce(1, *)
    return Array(batch.elements[number * width..<(number + 1) * width])
  }

  @Test func `nothing switched on changes nothing`() {
    let batch = numbered([3, 4, 5, 2])
    #expect(applied(.off, to: batch) == batch)
    #expect(applied(Augmentation(), to: batch) == batch)
  }

  @Test func `every image is a shift by up to k pixels, and every shift occurs`() {
    let (height, width) = (3, 4)
    let batch = numbered([400, height, width, 2])
    let result = applied(Augmentation(shift: 2), to: batch, background: [-1, -2])
    var found: [[Int]: Int] = [:]
    for number in 0..<400 {
      let (before, after) = (image(batch, number), image(result, number))
      let fitting = (-2...2).flatMap { down in (-2...2).map { [down, $0] } }.filter { shift in
        (0..<height * width * 2).allSatisfy { i in
          let (y, x, channel) = (i / (width * 2) - shift[0], i / 2 % width - shift[1], i % 2)
          let isInside = (0..<height).contains(y) && (0..<width).contains(x)
          return after[i] == (isInside ? before[(y * width + x) * 2 + channel] : [-1, -2][channel])
        }
      }
      #expect(fitting.count == 1)
      if let shift = fitting.first { found[shift, default: 0] += 1 }
    }
    #expect(found.count == 25)
    // 16 of each are expected, with a standard deviation of 3.9.
    #expect(found.values.allSatisfy { (2...36).contains($0) })
  }

  @Test(arguments: [1, 3])
  func `a flip exchanges left and right and keeps the channels`(channelCount: Int) {
    let width = 5
    let batch = numbered([200, 2, width, channelCount])
    let result = applied(Augmentation(flipProbability: 0.25), to: batch)
    var flippedCount = 0
    for number in 0..<200 {
      let (before, after) = (image(batch, number), image(result, number))
      if after == before { continue }
      flippedCount += 1
      for i in before.indices {
        let (row, x, channel) = (
          i / (width * channelCount), i / channelCount % width, i % channelCount
        )
        #expect(after[i] == before[(row * width + width - 1 - x) * channelCount + channel])
      }
    }
    // 50 are expected, with a standard deviation of 6.1.
    #expect((20...80).contains(flippedCount))
    #expect(applied(Augmentation(flipProbability: 1), to: result) != result)
    #expect(applied(Augmentation(flipProbability: 0), to: result) == result)
  }

  @Test func `a flipped image is flipped first and then shifted`() {
    let batch = numbered([100, 3, 4, 2])
    let flipped = applied(Augmentation(flipProbability: 1), to: batch)
    let both = applied(Augmentation(shift: 3, flipProbability: 1), to: batch)
    #expect(both == applied(Augmentation(shift: 3), to: flipped))
  }

  @Test func `an image that is moved out altogether is background`() {
    // Of shifts by up to 40, most leave nothing of two columns; none may read beside the image.
    let batch = numbered([300, 2, 2, 1])
    let result = applied(Augmentation(shift: 40, flipProbability: 0.5), to: batch)
    let emptyCount = (0..<300).count { image(result, $0) == [-1, -1, -1, -1] }
    #expect(emptyCount > 250)
    for number in 0..<300 {
      let before = Set(image(batch, number) + [-1])
      #expect(Set(image(result, number)).isSubset(of: before))
    }
  }

  @Test func `brightness adds one number to all of an image`() {
    let batch = Tensor<Float>(repeating: 0, shape: [200, 2, 3, 1])
    let result = applied(Augmentation(brightness: 0.5), to: batch)
    var added: [Float] = []
    for number in 0..<200 {
      let numbers = Set(image(result, number))
      #expect(numbers.count == 1)
      added += numbers
    }
    #expect(added.allSatisfy { abs($0) <= 0.5 })
    #expect((added.min() ?? 0) < -0.4 && (added.max() ?? 0) > 0.4)
    #expect(abs(added.reduce(0, +) / 200) < 0.1)
  }

  @Test func `contrast scales distances from the image's mean and keeps the mean`() {
    let batch = Tensor<Float>((0..<200).flatMap { _ in [1, 2, 6] }, shape: [200, 1, 3, 1])
    let result = applied(Augmentation(contrast: 0.5), to: batch)
    var factors: [Float] = []
    for number in 0..<200 {
      let numbers = image(result, number)
      let factor = (numbers[2] - 3) / 3
      #expect(abs(numbers[0] - (3 - 2 * factor)) < 1e-5)
      #expect(abs(numbers[1] - (3 - factor)) < 1e-5)
      factors.append(factor)
    }
    #expect(factors.allSatisfy { (0.499...1.501).contains($0) })
    #expect((factors.min() ?? 1) < 0.6 && (factors.max() ?? 1) > 1.4)
  }

  @Test func `noise is independent, of mean 0 and the deviation asked for`() {
    let batch = Tensor<Float>(repeating: 3, shape: [50, 10, 10, 2])
    let noise = applied(Augmentation(noise: 0.2), to: batch).elements.map { Double($0) - 3 }
    let mean = noise.reduce(0, +) / 10_000
    let variance = noise.reduce(0) { $0 + $1 * $1 } / 10_000
    // Standard errors of 10,000 numbers: 0.002 and 1.4 %.
    #expect(abs(mean) < 0.01)
    #expect(abs(variance / 0.04 - 1) < 0.07)
    let neighbours = zip(noise, noise.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / 9999
    #expect(abs(neighbours) < 0.04 * 0.05)
  }

  @Test func `seed, step and place decide, and nothing else`() {
    let batch = Tensor<Float>(repeating: 1, shape: [6, 4, 4, 1])
    let all = Augmentation(
      shift: 1, flipProbability: 0.5, brightness: 0.3, contrast: 0.2, noise: 0.1)
    let result = applied(all, to: batch, seed: 7, step: 5)
    #expect(applied(all, to: batch, seed: 7, step: 5) == result)
    #expect(applied(all, to: batch, seed: 8, step: 5) != result)
    #expect(applied(all, to: batch, seed: 7, step: 6) != result)
    // The first images of a batch do not depend on how many follow.
    let part = applied(
      all, to: Tensor(repeating: 1, shape: [2, 4, 4, 1]), seed: 7, step: 5)
    #expect(part.elements == Array(result.elements.prefix(32)))
    #expect(image(result, 0) != image(result, 1))
  }

  @Test func `what is switched on later does not change what was drawn before`() {
    let batch = numbered([50, 4, 4, 1])
    let shifted = applied(Augmentation(shift: 2), to: batch)
    let faint = applied(Augmentation(shift: 2, brightness: 1e-30, noise: 1e-30), to: batch)
    #expect(zip(shifted.elements, faint.elements).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test func `another owner of the batch keeps its numbers`() {
    let batch = numbered([2, 3, 3, 1])
    let before = batch.elements
    _ = applied(Augmentation(shift: 2, noise: 1), to: batch)
    #expect(batch.elements == before)
  }

  @Test func `it goes into a file and comes back, and is refused out of range`() throws {
    let all = Augmentation(
      shift: 4, flipProbability: 0.5, brightness: 0.3, contrast: 0.2, noise: 0.1)
    let text = try JSONEncoder().encode(all)
    #expect(try JSONDecoder().decode(Augmentation.self, from: text) == all)
    for wrong in [("shift\":4", "shift\":-1"), ("contrast\":0.2", "contrast\":2")] {
      let changed = String(decoding: text, as: UTF8.self)
        .replacingOccurrences(of: wrong.0, with: wrong.1)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Augmentation.self, from: Data(changed.utf8))
      }
    }
  }

  @Test func `values and shapes that have no meaning stop the program`() async {
    await #expect(processExitsWith: .failure) { _ = Augmentation(shift: -1) }
    await #expect(processExitsWith: .failure) { _ = Augmentation(flipProbability: 1.5) }
    await #expect(processExitsWith: .failure) { _ = Augmentation(noise: .nan) }
    await #expect(processExitsWith: .failure) {
      var matrix = Tensor<Float>(repeating: 0, shape: [2, 4])
      Augmentation(shift: 1).apply(to: &matrix, background: [0], seed: 1, step: 0)
    }
    await #expect(processExitsWith: .failure) {
      var images = Tensor<Float>(repeating: 0, shape: [2, 4, 4, 3])
      Augmentation(shift: 1).apply(to: &images, background: [0, 0], seed: 1, step: 0)
    }
  }
}
