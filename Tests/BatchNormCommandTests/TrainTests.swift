import Foundation
import TensorFiles
import Tensors
import Testing

@Suite(.serialized) struct TrainTests {
  static let small = ["train", "--layers", "8", "--steps", "30", "--evaluate-every", "10"]

  /// Times and memory are all that may differ between two runs.
  func withoutMeasurements(_ text: String) -> String {
    text.replacing(#/ +[0-9]+\.[0-9] s/#, with: " TIME").replacing(#/ +[0-9]+ MB/#, with: " MEMORY")
  }

  @Test func `the whole output of a run`() async throws {
    let place = try Workplace()
    let text = try await place.succeed(Self.small)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    try #require(lines.count == 13)
    #expect(
      lines[0]
        == "digits: 1437 samples to train on, 360 to test; mlp 8 (batch normalization before "
        + "relu), 626 parameters")
    #expect(
      lines[1] == "sgd with Nesterov's momentum 0.9, learning rate 0.1 (cosine), weight decay "
        + "0.0005, batches of 128, 30 steps, seed 1")
    #expect(lines[2] == "")
    #expect(lines[3] == "                   training                test")
    #expect(lines[4] == "  epoch     step   accuracy     loss   accuracy     loss       time")
    let row =
      /^ {6}([1-3]) {7}([1-3]0)( +[0-9]{1,2}\.[0-9]{2} % +[0-9]+\.[0-9]{4}){2} +[0-9]+\.[0-9] s$/
    #expect(lines[5...7].map { $0.wholeMatch(of: row)?.output.1 ?? "" } == ["1", "2", "3"])
    #expect(lines[5...7].map { $0.wholeMatch(of: row)?.output.2 ?? "" } == ["10", "20", "30"])
    #expect(lines[8] == "")
    #expect(
      lines[9].split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) } == [
        "best accuracy", "at step", "final accuracy", "final loss", "time", "peak memory", "digest",
      ])
    #expect(lines[10].contains(/%  +[0-9]+  +[0-9.]+ %  +0\.[0-9]{4}  +[0-9.]+ s .* [0-9a-f]{16}$/))
    #expect(
      lines[11] == "Again: batchnorm train --dataset digits --network mlp --layers 8 --norm batch "
        + "--placement before --activation relu --steps 30 --batch-size 128 --optimizer sgd "
        + "--momentum 0.9 --nesterov --weight-decay 0.0005 --learning-rate 0.1 --schedule cosine "
        + "--evaluate-every 10 --seed 1")
    #expect(lines[12] == "")
    let again = try await place.succeed(Self.small)
    #expect(withoutMeasurements(text) == withoutMeasurements(again))
    #expect(try place.names() == [])
  }

  @Test func `--quiet prints the outcome only`() async throws {
    let place = try Workplace()
    let text = withoutMeasurements(try await place.succeed(Self.small))
    let quiet = withoutMeasurements(try await place.succeed(Self.small + ["--quiet"]))
    #expect(text.hasSuffix("\n\n" + quiet))
    #expect(quiet.split(separator: "\n").count == 3)
  }

  @Test func `the numbers hold the course and the settings`() async throws {
    let numbers = try await Workplace().train(["--evaluate-every", "10", "--seed", "7"])
    #expect(
      numbers.dataset
        == .init(
          name: "digits", sampleCount: 1437, sampleShape: [8, 8, 1], classCount: 10))
    #expect(numbers.testCount == 360 && numbers.classNames == (0...9).map(String.init))
    #expect(numbers.outcome == "finished" && numbers.steps == 30 && numbers.stepCount == 30)
    #expect(numbers.parameterCount == 64 * 8 + 8 + 2 * 8 + 8 * 10 + 10)
    #expect(numbers.points.map(\.step) == [10, 20, 30])
    #expect(numbers.points.map(\.epoch) == [1, 2, 3])
    // Along half a cosine from 0.1 over 30 steps: the rate of the step before.
    for point in numbers.points {
      let rate = 0.05 * (1 + cos(.pi * Double(point.step - 1) / 30))
      #expect(abs(point.learningRate - rate) < 1e-12)
    }
    #expect(numbers.final == numbers.points.last?.test)
    let best = numbers.points.map(\.test.accuracy).max()
    #expect(numbers.best?.score.accuracy == best)
    #expect(numbers.best?.step == numbers.points.first { $0.test.accuracy == best }?.step)
    #expect(numbers.points.last { $0.isBest }?.step == numbers.best?.step)
    #expect(numbers.digest.wholeMatch(of: /[0-9a-f]{16}/) != nil)
    #expect(numbers.seconds > 0 && numbers.peakMemoryBytes > 1_000_000)
    #expect(numbers.configuration.seed == 7 && numbers.configuration.batchSize == 128)
  }

  @Test func `the printed command repeats the run`() async throws {
    let place = try Workplace()
    try place.write(CompareDataTests.table(header: "a,b,the kind"), to: "it's mine.csv")
    for options in [
      [
        "--dataset", "it's mine.csv", "--label", "the kind", "--layers", "5,4", "--norm", "ghost",
        "--placement", "after", "--activation", "gelu", "--initial-deviation", "0.3", "--epochs",
        "9",
        "--batch-size", "16", "--parts", "2", "--optimizer", "adamw", "--weight-decay", "0.1",
        "--decay-everything", "--clip", "0.5", "--schedule", "step", "--rate-every", "5",
        "--rate-factor", "0.5", "--warm-up", "3", "--smoothing", "0.1", "--evaluate-every", "4",
        "--patience", "3", "--seed", "18446744073709551615",
      ],
      [
        "--network", "lenet", "--steps", "4", "--batch-size", "8", "--augment",
        "noise=0.05,shift=1,contrast=0.5,brightness=0.25,flip=0.5", "--no-nesterov", "--schedule",
        "linear", "--final-rate", "0.01", "--learning-rate", "0.05",
      ],
    ] {
      let one = try await place.train(options)
      let words = try CompareReportTests().words(of: one.command)
      let two = try await place.train(Array(words.dropFirst(2)))
      #expect(two.digest == one.digest)
      #expect(two.command == one.command)
      let standard = try await place.train(["--steps", "\(one.steps)"])
      #expect(standard.digest != one.digest)
    }
  }

  /// Each of them changes what comes out; an option without effect would not be noticed otherwise.
  static let changes: [[String]] = [
    ["--seed", "2"], ["--batch-size", "100"], ["--learning-rate", "0.2"], ["--momentum", "0.5"],
    ["--no-nesterov"], ["--weight-decay", "0.1"], ["--decay-everything"], ["--optimizer", "adam"],
    ["--optimizer", "adamw"], ["--schedule", "constant"], ["--schedule", "linear"],
    ["--schedule", "exponential", "--rate-factor", "0.9"], ["--final-rate", "0.05"],
    ["--schedule", "step", "--rate-every", "10"], ["--warm-up", "5"], ["--clip", "0.01"],
    ["--smoothing", "0.1"], ["--augment", "shift=1"], ["--augment", "flip=0.5"],
    ["--augment", "brightness=0.5"], ["--augment", "contrast=0.5"], ["--augment", "noise=0.1"],
    ["--norm", "none"], ["--norm", "layer"], ["--norm", "rms"], ["--norm", "group"],
    ["--norm", "renorm"], ["--norm", "ghost"], ["--placement", "after"], ["--activation", "tanh"],
    ["--initial-deviation", "0.3"], ["--steps", "31"],
  ]

  @Test func `every option changes the weights`() async throws {
    let place = try Workplace()
    var digests = [try await place.train().digest: ["the defaults"]]
    for options in Self.changes {
      let digest = try await place.train(options).digest
      if let others = digests.updateValue(options, forKey: digest) {
        Issue.record("\(options) give the same weights as \(others).")
      }
    }
  }

  @Test func `epochs, evaluations and parts leave the weights alone`() async throws {
    let place = try Workplace()
    let standard = try await place.train(["--epochs", "2"])
    #expect(standard.points.map(\.step) == [11, 22] && standard.steps == 22)
    for options in [["--evaluate-every", "7"], ["--augment", "none"], ["--checkpoint", "run"]] {
      let other = try await place.train(["--epochs", "2"] + options)
      #expect(other.digest == standard.digest, "\(options)")
    }
    // Sums over parts are rounded otherwise.
    let parts = try await place.train(["--epochs", "2", "--parts", "3"])
    let (one, other) = (try #require(standard.final), try #require(parts.final))
    #expect(abs(one.loss - other.loss) < 1e-3 * one.loss)
  }

  @Test func `a run stops early where nothing gets better`() async throws {
    let place = try Workplace()
    let options = ["--learning-rate", "1e-12", "--evaluate-every", "2", "--patience", "3"]
    let numbers = try await place.train(options)
    #expect(numbers.outcome == "stopped early")
    #expect(numbers.steps == (numbers.best?.step ?? 0) + 6 && numbers.steps < 30)
    let text = try await place.succeed(
      ["train", "--layers", "8", "--steps", "30", "--quiet"] + options)
    #expect(
      text.contains(
        "\nStopped after step \(numbers.steps) of 30: 3 evaluations that were not better.\n"))
  }

  @Test func `a run that diverges is an error with what to do`() async throws {
    let outcome = try await Workplace().run(Self.small + ["--learning-rate", "1e30"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.standardError.hasPrefix("error: the run diverged at step "))
    #expect(
      outcome.standardError.hasSuffix("; use a smaller --learning-rate, --clip or --warm-up\n"))
    #expect(outcome.standardError.split(separator: "\n").count == 1)
  }

  @Test func `the log has a line for every step`() async throws {
    let place = try Workplace()
    // A name of one character too is one.
    _ = try await place.train(["--log", "l"])
    #expect(try place.loggedSteps(of: "l") == Array(1...30))
  }

  @Test func `weights are written as they are before the first step and after the last`()
    async throws
  {
    let place = try Workplace()
    let files = ["--export", "last.safetensors", "--export-initial", "first.safetensors"]
    _ = try await place.train(files)
    let (first, last) = (
      try place.tensors(of: "first.safetensors"), try place.tensors(of: "last.safetensors")
    )
    #expect(first.names == last.names && !first.names.isEmpty)
    let name = "hidden1.0.weight"  // as PyTorch names what has others behind its name
    #expect(try first.tensor(named: name) != last.tensor(named: name))
    // Another course begins with the same weights, another seed with others.
    _ = try await place.train(files + ["--steps", "1", "--optimizer", "adam"])
    #expect(
      try place.tensors(of: "first.safetensors").tensor(named: name) == first.tensor(named: name))
    _ = try await place.train(files + ["--steps", "1", "--seed", "2"])
    #expect(
      try place.tensors(of: "first.safetensors").tensor(named: name) != first.tensor(named: name))
  }
}
