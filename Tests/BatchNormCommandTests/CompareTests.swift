import Foundation
import Testing

@Suite struct CompareTests {
  static let small = ["compare", "--steps", "40", "--layers", "8"]

  /// Times are the only thing that may differ between two runs.
  func withoutTimes(_ text: String) -> String {
    text.replacing(#/ +[0-9]+\.[0-9]{2} s  /#, with: " TIME ")
  }

  @Test func `the table has a line per evaluation and ends with the outcome`() async throws {
    let place = try Workplace()
    let text = try await place.succeed(Self.small)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    try #require(lines.count == 12)
    #expect(
      lines[0] == "digits: 1437 samples to train on, 360 to test; hidden layers 8 (sigmoid), "
        + "batches of 60, learning rate 0.1, seed 1")
    #expect(lines[2] == "             Batch normalization                   Plain")
    #expect(lines[3] == "    step    accuracy        loss    accuracy        loss")
    let row = /^ {6}(20|40)( +[0-9]{1,2}\.[0-9]{2} % +[0-9]+\.[0-9]{4}){2}$/
    #expect(lines[4].wholeMatch(of: row)?.output.1 == "20")
    #expect(lines[5].wholeMatch(of: row)?.output.1 == "40")
    #expect(
      lines[7].split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
        == ["best accuracy", "at step", "final accuracy", "training time", "digest"])
    #expect(lines[8].hasPrefix("Batch normalization  "))
    #expect(lines[9].hasPrefix("Plain  "))
    #expect(lines[10].hasPrefix("Batch normalization reached "))
    #expect(withoutTimes(text) == withoutTimes(try await place.succeed(Self.small)))
    #expect(try place.names() == [])
  }

  @Test func `--quiet prints the outcome only`() async throws {
    let place = try Workplace()
    let text = withoutTimes(try await place.succeed(Self.small))
    let quiet = withoutTimes(try await place.succeed(Self.small + ["--quiet"]))
    #expect(text.hasSuffix("\n\n" + quiet))
    #expect(quiet.split(separator: "\n").count == 4)
  }

  @Test func `the numbers hold the course of both networks`() async throws {
    let place = try Workplace()
    let numbers = try await place.compare()
    let result = numbers.result
    #expect(result.configuration.layers == [8] && result.configuration.steps == 40)
    #expect(result.configuration.dataset == "digits" && result.configuration.seed == 1)
    #expect(result.trainingCount == 1437 && result.testCount == 360 && result.featureCount == 64)
    #expect(result.classNames == (0...9).map(String.init))
    #expect(result.steps == 40 && result.isComplete)
    #expect(numbers.networks.map(\.normalization) == ["batch", "none"])
    for network in numbers.networks {
      #expect(network.points.map(\.step) == [0, 20, 40])
      #expect(network.points.map { $0.trainingLoss != nil } == [false, true, true])
      #expect(network.stopped == nil && network.trainingSeconds > 0)
      #expect(network.digest.wholeMatch(of: /[0-9a-f]{16}/) != nil)
      for point in network.points {
        #expect((0...1).contains(point.testAccuracy) && point.testLoss > 0)
        let percentiles = try #require(point.percentiles)
        #expect(percentiles.low < percentiles.median && percentiles.median < percentiles.high)
      }
    }
    // A batch-normalised network first normalises with running statistics of 0 and 1: the same as none.
    #expect(
      numbers.networks[0].points[0].testAccuracy == numbers.networks[1].points[0].testAccuracy)
  }

  @Test func `steps to pass follow from the points`() async throws {
    let place = try Workplace()
    let numbers = try await place.compare(["--steps", "200"])
    let best = numbers.networks.map { $0.points.map(\.testAccuracy).max() ?? 0 }
    #expect(numbers.best.map { $0?.testAccuracy } == best)
    for (network, point) in zip(numbers.networks, numbers.best) {
      let first = network.points.first { $0.testAccuracy == point?.testAccuracy }
      #expect(first == point)
    }
    let steps = numbers.networks[0].points.first { $0.testAccuracy > best[1] }?.step
    #expect(numbers.stepsToPass == steps)
    let bar = try #require(numbers.best[1])
    #expect(numbers.stepRatio == steps.map { Double(bar.step) / Double($0) })
  }

  @Test func `the outcome on standard output agrees with the numbers`() async throws {
    let place = try Workplace()
    let text = try await place.succeed(Self.small + ["--quiet", "--json", "numbers.json"])
    let numbers = try place.numbers(of: "numbers.json")
    #expect(text.hasSuffix("\nNumbers: numbers.json\n"))
    for (digest, best) in zip(numbers.digests, numbers.best) {
      #expect(text.contains("  \(digest)\n"))
      let percent = String(format: "%.2f %%", (best?.testAccuracy ?? 0) * 100)
      #expect(text.contains("  \(percent)  "))
    }
  }

  @Test(arguments: ["relu", "tanh"], ["before", "after"])
  func `activations and placements differ in what they compute`(
    activation: String, placement: String
  ) async throws {
    let place = try Workplace()
    let standard = try await place.compare()
    let other = try await place.compare(["--activation", activation, "--placement", placement])
    #expect(other.result.configuration.activation == activation)
    #expect(other.result.configuration.placement == placement)
    #expect(other.digests[0] != standard.digests[0] && other.digests[1] != standard.digests[1])
  }

  @Test func `the placement moves the normalization and leaves the plain network`() async throws {
    let place = try Workplace()
    let (before, after) = (
      try await place.compare(["--placement", "before"]),
      try await place.compare(["--placement", "after"])
    )
    #expect(before.digests[0] != after.digests[0])
    #expect(before.digests[1] == after.digests[1])
  }

  @Test(arguments: ["none", "batch"])
  func `equal networks see the same weights and batches`(norm: String) async throws {
    let numbers = try await Workplace().compare(["--norm", norm, "--against", norm])
    #expect(numbers.digests[0] == numbers.digests[1])
    #expect(numbers.networks[0].points == numbers.networks[1].points)
    #expect(numbers.stepsToPass == nil && numbers.stepRatio == nil)
  }

  @Test func `sides exchanged give results exchanged`() async throws {
    let place = try Workplace()
    let one = try await place.compare()
    let other = try await place.compare(["--norm", "none", "--against", "batch"])
    #expect(one.digests == other.digests.reversed())
    #expect(one.networks[0].points == other.networks[1].points)
  }

  @Test func `the same seed repeats a comparison and another does not`() async throws {
    let place = try Workplace()
    let one = try await place.compare(["--seed", "18446744073709551615"])
    let two = try await place.compare(["--seed", "18446744073709551615"])
    let other = try await place.compare(["--seed", "2"])
    #expect(one.digests == two.digests)
    #expect(one.networks.map(\.points) == two.networks.map(\.points))
    #expect(other.digests[0] != one.digests[0] && other.digests[1] != one.digests[1])
  }

  /// A learning rate this large carries the weights out of Float32.
  @Test func `networks that diverge stop with a sentence`() async throws {
    let place = try Workplace()
    let options = ["--learning-rate", "1e300", "--report", "report.html"]
    let numbers = try await place.compare(options)
    #expect(numbers.networks[1].stopped?.reason == "the loss is no longer finite")
    #expect(
      numbers.networks[0].stopped?.reason.hasPrefix("the input has an infinite") == true)
    // Nothing was left to do, so nothing was interrupted.
    #expect(numbers.result.isComplete)
    let text = try await place.succeed(Self.small + options)
    #expect(text.contains("\nPlain stopped at step 2: the loss is no longer finite.\n"))
    #expect(text.contains("\nBatch normalization stopped at step 2: the input has an infinite "))
    #expect(!text.contains("nterrupted"))
    #expect(!(try place.text(of: "report.html")).contains("nterrupted"))
  }

  @Test func `one network goes on where the other stops`() async throws {
    let numbers = try await Workplace().compare([
      "--learning-rate", "1000", "--activation", "relu",
    ])
    #expect(numbers.networks[0].stopped?.reason == "the loss is no longer finite")
    #expect(numbers.networks[1].stopped == nil)
    #expect(numbers.networks[1].points.map(\.step) == [0, 20, 40])
    #expect(numbers.result.steps == 40 && numbers.result.isComplete)
  }
}
