import Foundation
import Testing

@Suite struct HelpTests {
  @Test func `without arguments the command prints what --help prints`() async throws {
    let place = try Workplace()
    let help = try await place.succeed(["--help"])
    #expect(help.hasPrefix("OVERVIEW: "))
    #expect(try await place.succeed([]) == help)
    #expect(try await place.succeed(["help"]) == help)
    for name in Self.subcommands {
      #expect(help.contains("\n  \(name) "), "\(name)")
    }
  }

  static let subcommands = ["compare", "train", "evaluate", "apply", "bench"]

  static let options: [String: [String]] = [
    "train": [
      "--dataset <dataset>", "--data-dir <folder>", "--label <name>", "--augment <changes>",
      "--network <network>", "--layers <layers>", "--norm <norm>", "--placement <placement>",
      "--activation <activation>", "--initial-deviation <initial-deviation>", "--epochs <epochs>",
      "--steps <steps>", "--batch-size <batch-size>", "--parts <parts>", "--seed <seed>",
      "--evaluate-every <evaluate-every>", "--patience <patience>", "--optimizer <optimizer>",
      "--learning-rate <learning-rate>", "--momentum <momentum>", "--nesterov/--no-nesterov",
      "--weight-decay <weight-decay>", "--decay-everything", "--schedule <schedule>",
      "--final-rate <final-rate>", "--rate-factor <rate-factor>", "--rate-every <rate-every>",
      "--warm-up <warm-up>", "--clip <norm>", "--smoothing <part>", "--checkpoint <file>",
      "--checkpoint-every <checkpoint-every>", "--resume", "--resume-from-previous",
      "--log <file>", "--export <file>", "--export-initial <file>", "--json <file>", "--quiet",
    ],
    "evaluate": [
      "<checkpoint>", "--dataset <dataset>", "--data-dir <folder>", "--label <name>",
      "--batch-size <batch-size>", "--recalibrate", "--json",
    ],
    "compare": [
      "--dataset <dataset>", "--data-dir <folder>", "--label <name>", "--network <network>",
      "--layers <layers>", "--activation <activation>",
      "--batch-size <batch-size>", "--learning-rate <learning-rate>", "--steps <steps>",
      "--seed <seed>", "--initial-deviation <initial-deviation>", "--norm <norm>",
      "--against <against>", "--placement <placement>", "--report <file>", "--json <file>",
      "--quiet",
    ],
    "apply": [
      "<input>", "--norm <norm>", "--mode <mode>", "--axis <axis>", "--groups <groups>",
      "--virtual-batch <virtual-batch>", "--epsilon <epsilon>", "--keep <keep>",
      "--update <update>", "--cumulative", "--running-variance <running-variance>",
      "--rmax <rmax>", "--dmax <dmax>", "--output <file>", "--json",
    ],
    "bench": ["--shape <shape>", "--layout <layout>", "--runs <runs>", "--json"],
  ]

  @Test(arguments: subcommands)
  func `every subcommand explains its options and gives examples`(name: String) async throws {
    let place = try Workplace()
    let help = try await place.succeed([name, "--help"])
    #expect(try await place.succeed(["help", name]) == help)
    let lines = help.split(separator: "\n")
    for option in try #require(Self.options[name]) {
      #expect(lines.contains { $0.hasPrefix("  \(option)") }, "\(option)")
    }
    #expect(lines.contains("EXAMPLES:"))
    #expect(lines.filter { $0.hasPrefix("  batchnorm \(name)") }.count >= 2)
  }

  /// The wrapping at 80 columns would cut a long example in two.
  @Test(arguments: [["--help"]] + subcommands.map { [$0, "--help"] })
  func `examples stand on one line each`(arguments: [String]) async throws {
    let help = try await Workplace().succeed(arguments)
    let start = try #require(help.range(of: "EXAMPLES:\n"))
    let examples = help[start.upperBound...].split(
      separator: "\n", omittingEmptySubsequences: false
    ).prefix { !$0.isEmpty }
    #expect(examples.allSatisfy { $0.hasPrefix("  batchnorm ") && $0.count <= 80 }, "\(examples)")
  }

  @Test func `the defaults of compare are those of the paper's first experiment`() async throws {
    let help = try await Workplace().succeed(["compare", "--help"])
    let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for text in [
      "or a folder of .npy files. (default: digits)",
      "Widths of the hidden layers of an mlp. (default: 100,100,100)",
      "Activation. (default: sigmoid; relu in networks for images) (values: sigmoid, tanh, relu,",
      "Batches to train on. (default: 10000; 1000 for networks for images)",
      "Samples per step. (default: 60)",
      "Seed of weights and batches. (default: 1)",
    ] {
      #expect(words.contains(text), "\(text)")
    }
  }

  @Test func `--version prints the version alone`() async throws {
    #expect(try await Workplace().succeed(["--version"]) == "0.1.0\n")
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions name the subcommands and their options`(shell: String) async throws {
    let script = try await Workplace().succeed(["--generate-completion-script", shell])
    for word in [
      "compare", "train", "evaluate", "apply", "bench", "learning-rate", "running-variance",
    ] {
      #expect(script.contains(word), "\(word)")
    }
  }

  @Test(arguments: [
    (["frobnicate"], "Unexpected argument 'frobnicate'"),
    (["--frobnicate"], "Unknown option '--frobnicate'"),
  ])
  func `unknown subcommands and options are wrong usage`(
    arguments: [String], line: String
  ) async throws {
    try await Workplace().expectRefusal(arguments, exitCode: 64, line: line)
  }

  /// Nothing that was asked for got anywhere.
  @Test(.enabled(if: hasFullDevice), arguments: [["--help"], ["--version"]])
  func `a full standard output is an error`(arguments: [String]) async throws {
    let outcome = try await Command(arguments, output: "/dev/full").outcome()
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.standardError
        == "error: standard output cannot be written; make room or choose another place\n")
  }
}
