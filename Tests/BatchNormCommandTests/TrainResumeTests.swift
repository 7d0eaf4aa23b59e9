import Foundation
import Testing
import Training

@Suite(.serialized) struct TrainResumeTests {
  private static let saved = ["--checkpoint", "run.safetensors", "--checkpoint-every", "4"]
  private static let resuming = ["train", "--checkpoint", "run.safetensors", "--resume"]

  /// A run that Ctrl-C ends, long before its end.
  private func interrupted(in place: Workplace, _ options: [String] = []) async throws -> Outcome {
    let command = try Command(
      [
        "train", "--layers", "8", "--epochs", "100000", "--checkpoint-every", "7", "--checkpoint",
        "run.safetensors", "--json", "numbers.json", "--export", "weights.safetensors",
      ] + options, directory: place.path)
    await command.interrupt(after: "\n      1 ")
    return await command.outcome()
  }

  @Test func `Ctrl-C saves, writes the files and ends with 130`() async throws {
    let place = try Workplace()
    let outcome = try await interrupted(in: place)
    #expect(outcome.exitCode == 130 && outcome.standardError == "")
    let numbers = try place.trainingNumbers()
    #expect(numbers.outcome == "interrupted" && numbers.steps >= 11)
    #expect(numbers.steps < numbers.stepCount)
    #expect(
      outcome.standardOutput.contains(
        "\nInterrupted after \(numbers.steps) of 1100000 steps; saved in run.safetensors; go on with "
          + "--resume.\n"))
    let checkpoint = try CheckpointStore(path: place.path(of: "run.safetensors")).load()
    #expect(checkpoint.progress.step == numbers.steps)
    #expect(
      try place.names() == [
        "numbers.json", "run.safetensors", "run.safetensors.previous", "weights.safetensors",
      ])
  }

  @Test func `an interrupted run goes on to the bits of one that was not`() async throws {
    let options = [
      "--augment", "shift=1,noise=0.1", "--schedule", "constant", "--log", "run.jsonl",
    ]
    let place = try Workplace()
    _ = try await interrupted(in: place, options)
    let steps = try place.trainingNumbers().steps + 20
    // The length may change where no rate depends on it.
    let numbers = try await place.train(
      ["--checkpoint", "run.safetensors", "--resume", "--steps", "\(steps)", "--log", "run.jsonl"]
    )
    let whole = try await Workplace().train(options.dropLast(2) + ["--steps", "\(steps)"])
    #expect(numbers.digest == whole.digest && numbers.steps == steps)
    #expect(numbers.best == whole.best)
    #expect(try place.loggedSteps(of: "run.jsonl") == Array(1...steps))
  }

  @Test func `a run at its end goes nowhere and says how good it is`() async throws {
    let place = try Workplace()
    let first = try await place.train(Self.saved)
    let text = try await place.succeed(Self.resuming + ["--json", "numbers.json"])
    let second = try place.trainingNumbers()
    #expect(second.digest == first.digest && second.final == first.final)
    #expect(second.points.isEmpty && second.best == first.best && second.command == first.command)
    #expect(text.contains("\nGoes on from step 30, saved in run.safetensors.\n"))
    // The same options once more do not contradict.
    let third = try await place.train(Self.saved + ["--resume"])
    #expect(third.digest == first.digest)
  }

  @Test func `a checkpoint is not overwritten unasked`() async throws {
    let place = try Workplace()
    _ = try await place.train(Self.saved)
    try await place.expectRefusal(
      TrainTests.small + Self.saved,
      line:
        "there is a checkpoint at run.safetensors already; go on from it with --resume, or name "
        + "another file")
    try FileManager.default.removeItem(atPath: place.path(of: "run.safetensors"))
    // The one before it is one too.
    try await place.expectRefusal(
      TrainTests.small + Self.saved,
      line:
        "there is a checkpoint at run.safetensors.previous already; go on from it with --resume, or "
        + "name another file")
    let text = try await place.succeed(Self.resuming)
    #expect(text.contains("\nGoes on from step 28, saved in run.safetensors.previous.\n"))
  }

  @Test func `a damaged checkpoint before the last is no loss`() async throws {
    let place = try Workplace()
    _ = try await place.train(Self.saved)
    let options = TrainTests.small + Self.saved + ["--resume-from-previous"]
    let end = "; the one after it, of step 30, is whole: go on from it with --resume\n"
    try place.write("nonsense", to: "run.safetensors.previous")
    let damaged = try await place.run(options)
    #expect(damaged.exitCode == 1 && damaged.standardError.hasSuffix(end))
    #expect(damaged.standardError.contains("run.safetensors.previous is damaged: "))
    try FileManager.default.removeItem(atPath: place.path(of: "run.safetensors.previous"))
    let missing = try await place.run(options)
    #expect(missing.exitCode == 1 && missing.standardError.hasSuffix(end))
  }

  @Test func `two runs do not share a checkpoint`() async throws {
    let place = try Workplace()
    let first = try Command(
      ["train", "--layers", "8", "--steps", "1000000", "--checkpoint", "run.safetensors"],
      directory: place.path)
    // It holds the checkpoint from before its first step to its end.
    await first.send(SIGCONT) { first.standardOutput.contains("\n      1 ") }
    let second = try await place.run(Self.resuming)
    await first.interrupt(after: "\n")
    #expect(await first.outcome().exitCode == 130)
    #expect(second.exitCode == 1)
    #expect(
      second.standardError.hasSuffix(
        "run.safetensors; wait for its end, or name another file\n"), "\(second.standardError)")
  }

  @Test func `without a checkpoint there is nothing to go on from`() async throws {
    try await Workplace().expectRefusal(
      Self.resuming,
      line: "there is no checkpoint at run.safetensors; check the path, or begin the run anew")
  }

  static let contradictions: [([String], String)] = [
    (["--batch-size", "60"], "--batch-size is 128 in the checkpoint, but 60 now"),
    (["--norm", "layer"], "--norm is 'batch' in the checkpoint, but 'layer' now"),
    (["--network", "lenet"], "--layers is '8' in the checkpoint, but not given now; --network is"),
    (["--layers", "9"], "--layers is '8' in the checkpoint, but '9' now"),
    (["--activation", "tanh"], "--activation is 'relu' in the checkpoint, but 'tanh' now"),
    (["--dataset", "x.csv"], "--dataset is 'digits' in the checkpoint, but 'x.csv' now"),
    (["--augment", "shift=1"], "--augment is not given in the checkpoint, but 'shift=1' now"),
    (
      ["--smoothing", "0.1"],
      "the loss (--smoothing) is cross-entropy in the checkpoint, but cross-entropy smoothed by 0.1 now"
    ),
    (["--seed", "2"], "--seed is 1 in the checkpoint, but 2 now"),
    (["--optimizer", "adam"], "--optimizer is sgd in the checkpoint, but adam now"),
    (["--momentum", "0.5"], "--momentum is 0.9 in the checkpoint, but 0.5 now"),
    (["--no-nesterov"], "--nesterov is true in the checkpoint, but false now"),
    (["--decay-everything"], "--decay-everything is false in the checkpoint, but true now"),
    (["--weight-decay", "0"], "--weight-decay is 0.0005 in the checkpoint, but 0.0 now"),
    (["--learning-rate", "0.2"], "--learning-rate is 0.1 in the checkpoint, but 0.2 now"),
    (["--schedule", "linear"], "--schedule is cosine in the checkpoint, but linear now"),
    (["--warm-up", "5"], "--warm-up is 0 in the checkpoint, but 5 now"),
    (["--clip", "1"], "--clip is not given in the checkpoint, but norm(1.0) now"),
    (["--parts", "2"], "--parts is 1 in the checkpoint, but 2 now"),
    (["--steps", "60"], "--epochs or --steps is 30 in the checkpoint, but 60 now"),
    (["--evaluate-every", "5"], "--evaluate-every is not given in the checkpoint, but 5 now"),
    (["--patience", "5"], "--patience is not given in the checkpoint, but 5 now"),
  ]

  @Test func `options that contradict the checkpoint are refused by name`() async throws {
    let place = try Workplace()
    _ = try await place.train(Self.saved)
    let before = try place.bytes(of: "run.safetensors")
    for (options, difference) in Self.contradictions {
      let outcome = try await place.run(Self.resuming + options)
      #expect(outcome.exitCode == 1 && outcome.standardOutput == "", "\(options)")
      let path = try #require(outcome.standardError.firstMatch(of: /the checkpoint (.*) is of/)).1
      #expect(path.hasSuffix("/run.safetensors"))
      #expect(
        outcome.standardError.hasPrefix(
          "error: the checkpoint \(path) is of another run: \(difference)"), "\(outcome)")
    }
    let isSame = try place.bytes(of: "run.safetensors") == before
    #expect(isSame)
  }

  @Test func `other samples of the same name and shape are refused`() async throws {
    let place = try Workplace()
    let table = CompareDataTests.table()
    try place.write(table, to: "data.csv")
    _ = try await place.train(Self.saved + ["--dataset", "data.csv", "--batch-size", "12"])
    try place.write(table.replacing("1.0,", with: "1.5,"), to: "data.csv")
    let outcome = try await place.run(Self.resuming)
    #expect(outcome.exitCode == 1)
    #expect(outcome.standardError.contains(": the samples are not those that the run began with; "))
  }

  @Test func `a damaged checkpoint is refused, and the one before it serves`() async throws {
    let place = try Workplace()
    let first = try await place.train(Self.saved + ["--log", "run.jsonl"])
    var bytes = try place.bytes(of: "run.safetensors")
    bytes[bytes.count - 3] ^= 1
    try place.write(bytes, to: "run.safetensors")
    let outcome = try await place.run(Self.resuming)
    #expect(outcome.exitCode == 1 && outcome.standardOutput == "")
    let start = "error: the checkpoint run.safetensors is damaged: its checksum is "
    #expect(outcome.standardError.hasPrefix(start))
    #expect(
      outcome.standardError.hasSuffix(
        "; the one before it, of step 28, is whole: go on from it with --resume-from-previous\n"))
    let again = try await place.train(
      Self.saved + ["--resume-from-previous", "--log", "run.jsonl"])
    #expect(again.digest == first.digest && again.final == first.final)
    #expect(try place.loggedSteps(of: "run.jsonl") == Array(1...30))
    try await place.succeed(Self.resuming + ["--quiet"])
  }

  @Test func `files that are no checkpoints are refused`() async throws {
    let place = try Workplace()
    _ = try await place.train(["--export", "run.safetensors"])
    let outcome = try await place.run(Self.resuming)
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.standardError.contains("run.safetensors holds tensors, but is no checkpoint of a "))
    try place.write("nonsense", to: "run.safetensors")
    let other = try await place.run(Self.resuming)
    #expect(other.exitCode == 1)
    #expect(other.standardError.hasSuffix("there is no whole one before it; begin the run anew\n"))
  }

  @Test func `a run that goes on with other threads says so`() async throws {
    let place = try Workplace()
    let first = try await place.train(Self.saved, environment: ["BATCHNORM_THREADS": "1"])
    let outcome = try await place.run(Self.resuming, environment: ["BATCHNORM_THREADS": "3"])
    #expect(outcome.exitCode == 0 && outcome.standardOutput.contains(first.digest))
    #expect(outcome.standardError.hasPrefix("note: the run began with 1 threads and "))
    #expect(outcome.standardError.contains(", and goes on with 3 and "))
  }
}
