import Foundation
import Normalization
import TensorFiles
import Testing
import Training

@Suite(.serialized) struct EvaluateTests {
  /// What `evaluate --json` prints, as far as the tests look at it.
  struct Numbers: Decodable {
    struct Way: Decodable {
      var score: TrainingNumbers.Score
      var recognizedByInferenceOnly: Int?
      var recognizedByThisOnly: Int?
      var probability: Double?
    }
    struct Refusal: Decodable {
      var name: String
      var kind: String
      var reason: String
    }
    var checkpoint: String
    var testCount: Int
    var batchSize: Int
    var inference: Way
    var batchStatistics: Way?
    var folded: Way?
    var recalibrated: Way?
    var foldedLayers: [String]
    var notFolded: [Refusal]
    var foldedDifference: Double?
    var warnings: [String]
  }

  private func trained(_ options: [String] = []) async throws -> (Workplace, TrainingNumbers) {
    let place = try Workplace()
    let numbers = try await place.train(["--checkpoint", "run.safetensors"] + options)
    return (place, numbers)
  }

  private func evaluated(
    _ place: Workplace, _ options: [String] = [], _ file: String = "run.safetensors"
  ) async throws -> Numbers {
    let text = try await place.succeed(["evaluate", file, "--json"] + options)
    return try JSONDecoder().decode(Numbers.self, from: Data(text.utf8))
  }

  @Test func `the whole output of a network that is sound`() async throws {
    let (place, numbers) = try await trained()
    let final = try #require(numbers.final)
    let text = try await place.succeed(["evaluate", "run.safetensors"])
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    try #require(lines.count == 8)
    let score = String(format: " %.2f %%  %.4f", final.accuracy * 100, final.loss)
    #expect(lines[0] == "                    accuracy    loss")
    #expect(lines[1] == "running statistics  \(score)")
    #expect(
      lines[2].wholeMatch(of: /batch statistics     [0-9]{2}\.[0-9]{2} %  [0-9]\.[0-9]{4}/) != nil)
    #expect(lines[3].hasPrefix("folded              \(score.prefix(9))"))
    #expect(
      lines[4...] == [
        "", "360 samples; batch statistics of 180.", "Folded: 1 of 1 normalization layers.", "",
      ])
  }

  @Test func `the numbers are those of the run, and folding changes roundings only`() async throws {
    let (place, numbers) = try await trained()
    let found = try await evaluated(place)
    #expect(found.inference.score == numbers.final)
    #expect(
      found.testCount == 360 && found.batchSize == 180 && found.checkpoint == "run.safetensors")
    let folded = try #require(found.folded)
    #expect(folded.score.accuracy == found.inference.score.accuracy)
    #expect(abs(folded.score.loss - found.inference.score.loss) < 1e-5)
    #expect(folded.recognizedByThisOnly == 0 && folded.probability == 1)
    #expect(found.foldedLayers == ["hidden1.norm"] && found.notFolded.isEmpty)
    #expect(found.recalibrated == nil && found.warnings.isEmpty)
    // Another division into batches is another test of batch statistics.
    let other = try await evaluated(place, ["--batch-size", "30"])
    #expect(other.batchSize == 30)
    #expect(other.batchStatistics?.score.loss != found.batchStatistics?.score.loss)
  }

  /// The statistics of the layer as they are at first, which it is not: C9 of the claims.
  private func spoil(_ place: Workplace) throws {
    var store = CheckpointStore(path: place.path(of: "run.safetensors"))
    var checkpoint = try store.load()
    for name in checkpoint.network.names where name.hasSuffix("running_mean") {
      let count = try #require(checkpoint.network.value(named: name)).shape[0]
      checkpoint.network[name] = AnyTensor(Tensor<Double>(repeating: 3, shape: [count]))
    }
    try store.write(checkpoint)
  }

  @Test func `stale running statistics are found and named`() async throws {
    let (place, _) = try await trained(["--layers", "16"])
    let before = try await evaluated(place)
    try spoil(place)
    let after = try await evaluated(place, ["--recalibrate"])
    let running = after.inference.score
    let batch = try #require(after.batchStatistics)
    #expect(running.accuracy < before.inference.score.accuracy - 0.1)
    #expect(batch.score == before.batchStatistics?.score)
    // What one alone recognises is the difference of all.
    let gain = (batch.recognizedByThisOnly ?? 0) - (batch.recognizedByInferenceOnly ?? 0)
    #expect(gain == Int(((batch.score.accuracy - running.accuracy) * 360).rounded()))
    #expect(try #require(batch.probability) < 0.001)
    let recalibrated = try #require(after.recalibrated)
    #expect(recalibrated.score.accuracy > before.inference.score.accuracy - 0.02)
    try #require(after.warnings.count == 2)
    let text = try await place.succeed(["evaluate", "run.safetensors"])
    #expect(text.contains("\nWarning: \(after.warnings[0])\n"))
    #expect(
      after.warnings[0].hasPrefix(
        "\(batch.recognizedByInferenceOnly ?? 0) of 360 samples are recognised with running "
          + "statistics only, \(batch.recognizedByThisOnly ?? 0) with batch statistics only, which is "
          + "no chance (probability "))
    #expect(
      after.warnings[0].hasSuffix(
        "): the running statistics are stale; take them anew: --recalibrate shows what that gives, and "
          + "Recalibration in Documentation/Networks.md does it"))
    #expect(after.warnings[1].hasSuffix("the running statistics of the checkpoint are stale"))
  }

  /// Batches of two have poor statistics.
  @Test func `batch statistics that serve worse are explained otherwise`() async throws {
    let (place, _) = try await trained()
    let found = try await evaluated(place, ["--batch-size", "2"])
    try #require(found.warnings.count == 1)
    #expect(found.warnings[0].contains("): batches of 2 represent the samples poorly, or "))
  }

  @Test func `networks without batch statistics say so`() async throws {
    let (place, _) = try await trained(["--norm", "layer"])
    let text = try await place.succeed(["evaluate", "run.safetensors", "--recalibrate"])
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[1].hasPrefix("inference"))
    #expect(
      lines[2...] == [
        "", "360 samples; no layer takes statistics of batches.",
        "Folded: 0 of 1 normalization layers.",
        "Not folded: hidden1.norm, because its statistics are those of the input, so it is not the same "
          + "factor and offset for every input.", "",
      ])
  }

  @Test(arguments: [("lenet", "batch"), ("lenet", "none"), ("resnet-8", "renorm")])
  func `networks for images are built again from their checkpoint`(
    network: String, norm: String
  ) async throws {
    let (place, numbers) = try await trained(
      ["--network", network, "--norm", norm, "--steps", "2", "--batch-size", "16"])
    #expect(try await evaluated(place).inference.score == numbers.final)
  }

  @Test func `other samples can be named, and must fit`() async throws {
    let place = try Workplace()
    try TrainDataTests.writeImages(to: place)
    try TrainDataTests.writeImages(to: place, folder: "others")
    try place.write(CompareDataTests.table(), to: "data.csv")
    let numbers = try await place.train(
      ["--dataset", "images", "--batch-size", "8", "--checkpoint", "run.safetensors"])
    #expect(
      try await evaluated(place, ["--dataset", "others"]).inference.score == numbers.final)
    try await place.expectRefusal(
      ["evaluate", "run.safetensors", "--dataset", "digits"],
      line: "run.safetensors was trained on samples of shape [8, 8, 1] and 2 classes, but those of "
        + "digits have the shape [8, 8, 1] and 10 classes; name others with --dataset")
    try FileManager.default.removeItem(atPath: place.path(of: "images"))
    try await place.expectRefusal(
      ["evaluate", "run.safetensors"],
      line:
        "'images' is no data set; use digits, fashion-mnist, mnist, cifar-10, a .csv file, or a "
        + "folder of .npy files.")
  }

  @Test func `options that the data have no use for are refused`() async throws {
    let (place, _) = try await trained()
    for (option, text) in [
      (["--label", "x"], "--label is for CSV files, but the data set is digits"),
      (
        ["--data-dir", "x"],
        "--data-dir is for fashion-mnist, mnist and cifar-10, but the data set is digits"
      ),
    ] {
      try await place.expectRefusal(
        ["evaluate", "run.safetensors"] + option, exitCode: 64, line: text)
    }
  }

  @Test func `what is no checkpoint is refused`() async throws {
    let place = try Workplace()
    try await place.expectRefusal(
      ["evaluate", "run.safetensors"],
      line: "there is no checkpoint at run.safetensors; check the path, or begin the run anew")
    try await place.expectRefusal(
      ["evaluate", "run.safetensors", "--batch-size", "0"], exitCode: 64,
      line: "--batch-size must be from 1 to 1000000000, but is 0")
    try await place.expectRefusal(
      ["evaluate"], exitCode: 64, line: "Missing expected argument '<checkpoint>'")
  }

  @Test func `samples that changed meanwhile are noted`() async throws {
    let place = try Workplace()
    try place.write(CompareDataTests.table(), to: "data.csv")
    _ = try await place.train(
      ["--dataset", "data.csv", "--batch-size", "12", "--checkpoint", "run.safetensors"])
    try place.write(CompareDataTests.table().replacing("1.0,", with: "1.5,"), to: "data.csv")
    let outcome = try await place.run(["evaluate", "run.safetensors"])
    #expect(outcome.exitCode == 0)
    #expect(
      outcome.standardError
        == "note: the samples are not those that the run was trained and tested with\n")
  }
}
