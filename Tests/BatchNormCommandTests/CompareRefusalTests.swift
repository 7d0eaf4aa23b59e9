import Foundation
import Testing

@Suite struct CompareRefusalTests {
  static let layers = "give 1 to 100 whole numbers from 1 to 10000, such as 100,100,100"
  static let usage: [([String], String)] = [
    (["--learning-rate", "0"], "--learning-rate must be a number above 0, but is 0.0"),
    (["--learning-rate", "-1"], "--learning-rate must be a number above 0, but is -1.0"),
    (["--learning-rate", "nan"], "--learning-rate must be a number above 0, but is nan"),
    (["--learning-rate", "inf"], "--learning-rate must be a number above 0, but is inf"),
    (["--layers", "0"], "The value '0' is invalid for '--layers <layers>': \(layers)"),
    (["--layers", "100,x"], "The value '100,x' is invalid for '--layers <layers>': \(layers)"),
    (["--layers", "100,"], "The value '100,' is invalid for '--layers <layers>': \(layers)"),
    (["--layers", ""], "The value '' is invalid for '--layers <layers>': \(layers)"),
    (["--layers", "10001"], "The value '10001' is invalid for '--layers <layers>': \(layers)"),
    (["--steps", "0"], "--steps must be from 1 to 1000000000, but is 0"),
    (["--steps", "-5"], "--steps must be from 1 to 1000000000, but is -5"),
    (["--batch-size", "0"], "--batch-size must be 1 or more, but is 0"),
    (["--batch-size", "-1"], "--batch-size must be 1 or more, but is -1"),
    (["--seed", "-1"], "The value '-1' is invalid for '--seed <seed>'"),
    (
      ["--initial-deviation", "-0.1"],
      "--initial-deviation must be a number from 0 up, but is -0.1"
    ),
    (["--initial-deviation", "nan"], "--initial-deviation must be a number from 0 up, but is nan"),
    (["--label", "kind"], "--label is for CSV files, but the data set is digits"),
    (
      ["--dataset", "faces"],
      "'faces' is no data set; use digits, fashion-mnist, mnist, cifar-10, a .csv file, or a "
        + "folder of .npy files."
    ),
    (
      ["--data-dir", "."],
      "--data-dir is for fashion-mnist, mnist and cifar-10, but the data set is digits"
    ),
    (
      ["--network", "lenet", "--layers", "8"],
      "--layers is for --network mlp, but the network is lenet"
    ),
    (
      ["--network", "resnet-8", "--activation", "tanh"],
      "--network resnet-8 has ReLU, but --activation is tanh; leave it out"
    ),
    (
      ["--network", "resnet-8", "--placement", "after"],
      "--network resnet-8 normalises before ReLU, but --placement is after; leave it out"
    ),
    (
      ["--norm", "weight"],
      """
      The value 'weight' is invalid for '--norm <norm>'. Please provide one of the following: - none \
      - batch - layer - rms - instance - group - renorm - ghost
      """
    ),
    (
      ["--report", "out", "--json", "out"],
      "--report and --json name the same file, 'out'; give each its own"
    ),
    (["extra"], "Unexpected argument 'extra'"),
  ]

  @Test(arguments: usage)
  func `values out of range are wrong usage`(options: [String], line: String) async throws {
    try await Workplace().expectRefusal(["compare"] + options, exitCode: 64, line: line)
  }

  @Test(arguments: [[], ["--norm", "none", "--against", "batch"]])
  func `batches of one sample are refused with the remedies`(options: [String]) async throws {
    try await Workplace().expectRefusal(
      CompareTests.small + ["--batch-size", "1", "--report", "report.html"] + options,
      line: "batch normalization needs 2 samples or more in a batch for a variance, but "
        + "--batch-size is 1; use larger batches, or none as --norm and --against")
  }

  static let refused =
    "use a larger batch, layer or group normalization, or inference mode; use another "
    + "--batch-size, --norm or --against"

  @Test(arguments: ["renorm", "ghost"])
  func `so they are for what derives from batch normalization`(norm: String) async throws {
    try await Workplace().expectRefusal(
      CompareTests.small + ["--batch-size", "1", "--norm", norm],
      line:
        "batches of 1 cannot be trained on: batch statistics need at least 2 values per channel, "
        + "but the shape [1, 8] with channels on axis -1 has 1; \(Self.refused)")
  }

  @Test func `networks without normalization take batches of one sample`() async throws {
    let numbers = try await Workplace().compare(["--norm", "none", "--batch-size", "1"])
    #expect(numbers.result.steps == 40)
  }

  @Test func `a batch may be as large as the training set and no larger`() async throws {
    let place = try Workplace()
    let numbers = try await place.compare(["--batch-size", "1437", "--steps", "3"])
    #expect(numbers.networks.map { $0.points.map(\.step) } == [[0, 3], [0, 3]])
    try await Workplace().expectRefusal(
      ["compare", "--batch-size", "1438"],
      line: "Batches of 1438 cannot be drawn from 1437 samples; use 1...1437.")
  }

  @Test(arguments: ["--report", "--json"])
  func `a file that cannot be written is refused before training`(option: String) async throws {
    let place = try Workplace()
    try FileManager.default.createDirectory(
      atPath: place.path(of: "folder"), withIntermediateDirectories: true)
    for (name, line) in [
      ("no/out", "no/out cannot be written: there is no directory no"),
      ("folder", "folder cannot be written: it is a directory; name a file"),
      ("folder/", "'folder/' cannot be written: it names no file; add a file name"),
      ("", "'' cannot be written: it names no file; add a file name"),
    ] {
      try await place.expectRefusal(CompareTests.small + [option, name], line: line)
    }
  }

  /// The outcome and the other file are not lost.
  @Test(.enabled(if: hasFullDevice), arguments: [("--report", "--json"), ("--json", "--report")])
  func `a full device is an error after the outcome`(option: String, other: String) async throws {
    let place = try Workplace()
    let outcome = try await place.run(
      CompareTests.small + ["--quiet", option, "/dev/full", other, "other"])
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.standardError == "error: /dev/full: cannot be written: No space left on device. "
        + "Choose another place or mend this one.\n")
    #expect(outcome.standardOutput.contains("Batch normalization reached"))
    #expect(try place.names() == ["other"])
    #expect(try place.bytes(of: "other").count > 1000)
  }

  @Test(.enabled(if: hasFullDevice))
  func `a full standard output is an error, and the files are written`() async throws {
    let place = try Workplace()
    let outcome = try await Command(
      CompareTests.small + ["--json", "numbers.json"], directory: place.path, output: "/dev/full"
    ).outcome()
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.standardError
        == "error: standard output cannot be written; make room or choose another place\n")
    #expect(try place.numbers(of: "numbers.json").result.isComplete)
  }
}
