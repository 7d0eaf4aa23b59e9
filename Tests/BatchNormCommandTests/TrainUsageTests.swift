import Foundation
import Testing

@Suite(.serialized) struct TrainUsageTests {
  static let changes =
    "give none, or some of shift=2,flip=0.5,brightness=0.1,contrast=0.1,noise=0.05"
  static let usage: [([String], String)] = [
    (["--epochs", "1", "--steps", "1"], "--epochs and --steps exclude each other; give one"),
    (["--epochs", "0"], "--epochs must be from 1 to 1000000, but is 0"),
    (["--steps", "-1"], "--steps must be from 1 to 1000000000, but is -1"),
    (["--batch-size", "0"], "--batch-size must be from 1 to 1000000000, but is 0"),
    (["--parts", "0"], "--parts must be from 1 to 1000000000, but is 0"),
    (["--parts", "129"], "--parts must be from 1 to the batch size, 128, but is 129"),
    (["--evaluate-every", "0"], "--evaluate-every must be from 1 to 1000000000, but is 0"),
    (["--patience", "0"], "--patience must be from 1 to 1000000000, but is 0"),
    (["--learning-rate", "0"], "--learning-rate must be a number above 0, but is 0.0"),
    (["--learning-rate", "nan"], "--learning-rate must be a number above 0, but is nan"),
    (["--momentum", "1"], "--momentum must be a number from 0 to below 1, but is 1.0"),
    (["--weight-decay", "-1"], "--weight-decay must be a number from 0 up, but is -1.0"),
    (["--weight-decay", "inf"], "--weight-decay must be a number from 0 up, but is inf"),
    (["--clip", "0"], "--clip must be a number above 0, but is 0.0"),
    (["--smoothing", "1"], "--smoothing must be a number from 0 to below 1, but is 1.0"),
    (["--warm-up", "-1"], "--warm-up must be from 0 to 1000000000, but is -1"),
    (
      ["--initial-deviation", "-1"], "--initial-deviation must be a number from 0 up, but is -1.0"
    ),
    (
      ["--momentum", "0.5", "--optimizer", "adam"],
      "--momentum is for --optimizer sgd, but the optimizer is adam"
    ),
    (
      ["--nesterov", "--optimizer", "adamw"],
      "--nesterov is for --optimizer sgd, but the optimizer is adamw"
    ),
    (["--nesterov", "--momentum", "0"], "--nesterov needs a --momentum above 0, but it is 0"),
    (
      ["--rate-factor", "0.5"],
      "--rate-factor is for --schedule step and exponential, but the schedule is cosine"
    ),
    (["--rate-every", "5"], "--rate-every is for --schedule step, but the schedule is cosine"),
    (
      ["--schedule", "constant", "--final-rate", "0.1"],
      "--final-rate is for --schedule cosine and linear, but the schedule is constant"
    ),
    (
      ["--schedule", "step"],
      "--schedule step needs --rate-every, the steps between two changes"
    ),
    (
      ["--schedule", "exponential"],
      "--schedule exponential needs --rate-factor, what the rate is multiplied by at each step, such "
        + "as 0.999"
    ),
    (["--augment", "shift"], "The value 'shift' is invalid for '--augment <changes>': \(changes)"),
    (
      ["--augment", "turn=2"], "The value 'turn=2' is invalid for '--augment <changes>': \(changes)"
    ),
    (
      ["--augment", "shift=0.5"],
      "The value 'shift=0.5' is invalid for '--augment <changes>': shift must be a whole number from "
        + "0 to 1000"
    ),
    (
      ["--augment", "flip=1.5"],
      "The value 'flip=1.5' is invalid for '--augment <changes>': flip must be a number from 0 to 1"
    ),
    (
      ["--augment", "noise=1,noise=2"],
      "The value 'noise=1,noise=2' is invalid for '--augment <changes>': noise stands twice; give it "
        + "once"
    ),
    (
      ["--dataset", "x.csv", "--augment", "shift=1"],
      "--augment changes images, but x.csv is a table"
    ),
    (["--label", "kind"], "--label is for CSV files, but the data set is digits"),
    (
      ["--data-dir", "."],
      "--data-dir is for fashion-mnist, mnist and cifar-10, but the data set is digits"
    ),
    (
      ["--dataset", "faces"],
      "'faces' is no data set; use digits, fashion-mnist, mnist, cifar-10, a .csv file, or a folder "
        + "of .npy files."
    ),
    (
      ["--network", "lenet", "--layers", "8"],
      "--layers is for --network mlp, but the network is lenet"
    ),
    (
      ["--network", "resnet-20", "--activation", "gelu"],
      "--network resnet-20 has ReLU, but --activation is gelu; leave it out"
    ),
    (
      ["--network", "resnet-20", "--placement", "after"],
      "--network resnet-20 normalises before ReLU, but --placement is after; leave it out"
    ),
    (["--resume"], "--resume needs --checkpoint, the file that it is about"),
    (
      ["--resume-from-previous"],
      "--resume-from-previous needs --checkpoint, the file that it is about"
    ),
    (
      ["--checkpoint-every", "5"],
      "--checkpoint-every needs --checkpoint, the file that it is about"
    ),
    (
      ["--checkpoint-every", "0", "--checkpoint", "run"],
      "--checkpoint-every must be from 1 to 1000000000, but is 0"
    ),
    (
      ["--checkpoint", "a", "--log", "a"],
      "--checkpoint and --log name the same file, 'a'; give each its own"
    ),
    (
      ["--checkpoint", "a", "--resume", "--export-initial", "b.safetensors"],
      "--export-initial is for the first weights, which a run that goes on no longer has"
    ),
    (["--export", "weights.pt"], "--export must end in .safetensors, but is 'weights.pt'"),
    (["extra"], "Unexpected argument 'extra'"),
  ]

  @Test(arguments: usage)
  func `options that make no sense are wrong usage`(options: [String], line: String) async throws {
    try await Workplace().expectRefusal(["train"] + options, exitCode: 64, line: line)
  }

  @Test func `files of one place are wrong usage, whatever they are called`() async throws {
    let place = try Workplace()
    try place.write("", to: "a")
    try FileManager.default.createSymbolicLink(
      atPath: place.path(of: "b"), withDestinationPath: "a")
    try FileManager.default.linkItem(atPath: place.path(of: "a"), toPath: place.path(of: "c"))
    for (options, first, path) in [
      (["--log", "a", "--json", "./a"], "--log", "./a"),
      (["--log", "a", "--json", "b"], "--log", "b"), (["--log", "a", "--json", "c"], "--log", "c"),
      (["--log", "new", "--json", "./new"], "--log", "./new"),
      (["--checkpoint", "new", "--json", "new.previous"], "--checkpoint", "new.previous"),
      (["--checkpoint", "new", "--json", "new.lock"], "--checkpoint", "new.lock"),
    ] {
      try await place.expectRefusal(
        ["train"] + options, exitCode: 64,
        line: "\(first) and --json name the same file, '\(path)'; give each its own")
    }
  }

  @Test func `a log in place of another file is refused`() async throws {
    let place = try Workplace()
    try place.write("a document", to: "notes.txt")
    let outcome = try await place.run(TrainTests.small + ["--quiet", "--log", "notes.txt"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.standardError.contains("it holds something else than the log of a run"))
    #expect(try place.text(of: "notes.txt") == "a document")
  }

  @Test(arguments: ["--checkpoint", "--log", "--export", "--export-initial", "--json"])
  func `a file that cannot be written is refused before training`(option: String) async throws {
    try await Workplace().expectRefusal(
      TrainTests.small + [option, "no/out.safetensors"],
      line: "no/out.safetensors cannot be written: there is no directory no")
  }
}
