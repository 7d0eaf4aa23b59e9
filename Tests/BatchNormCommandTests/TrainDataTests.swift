import Foundation
import TensorFiles
import Tensors
import Testing

/// Data sets other than the digits.
@Suite(.serialized) struct TrainDataTests {
  @Test func `a table with text labels is learned`() async throws {
    let place = try Workplace()
    try place.write(CompareDataTests.table(), to: "data.csv")
    let numbers = try await place.train([
      "--dataset", "data.csv", "--batch-size", "12", "--steps", "100",
    ])
    #expect(numbers.classNames == ["blau-grün", "green", "red, dark"])
    #expect(numbers.dataset.sampleCount == 48 && numbers.testCount == 12)
    #expect(numbers.best?.score.accuracy == 1)
  }

  /// Two kinds of images, with their light in the upper or in the lower half.
  static func writeImages(to place: Workplace, folder: String = "images") throws {
    try FileManager.default.createDirectory(
      atPath: place.path(of: folder), withIntermediateDirectories: true)
    for (part, count) in [("training", 40), ("test", 16)] {
      let pixels = (0..<count).flatMap { image in
        (0..<64).map { pixel -> Float in
          let isLight = (pixel < 32) == (image % 2 == 0)
          return (isLight ? 1 : 0) + Float((image * 31 + pixel * 17) % 13) / 26
        }
      }
      let images = Tensor(pixels, shape: [count, 8, 8, 1])
      try place.write(npy(AnyTensor(images)), to: "\(folder)/\(part)_features.npy")
      let labels = Tensor((0..<count).map { Float($0 % 2) })
      try place.write(npy(AnyTensor(labels)), to: "\(folder)/\(part)_labels.npy")
    }
  }

  @Test(arguments: ["mlp", "lenet", "resnet-8"])
  func `a folder of images is learned by every kind of network`(network: String) async throws {
    let place = try Workplace()
    try Self.writeImages(to: place)
    let numbers = try await place.train(
      ["--dataset", "images", "--network", network, "--batch-size", "8", "--steps", "10"])
    #expect(numbers.dataset.sampleShape == [8, 8, 1] && numbers.dataset.classCount == 2)
    #expect(numbers.final?.accuracy == 1)
  }

  @Test func `data that cannot be used are refused before training`() async throws {
    let place = try Workplace()
    try Self.writeImages(to: place)
    try place.write(CompareDataTests.table(), to: "data.csv")
    try place.write("a,label\n1,2\n3\n", to: "bad.csv")
    let files = ["--checkpoint", "run", "--log", "log", "--export", "a.safetensors", "--json", "n"]
    for (options, line) in [
      (["--dataset", "no.csv"], "no.csv: there is no such file. Check the path."),
      (
        ["--dataset", "bad.csv"],
        "bad.csv, line 3: expected 2 cells as in the first row, found 1. Give every row as many cells."
      ),
      (
        ["--dataset", "data.csv", "--network", "lenet"],
        "lenet takes images [height, width, channels], but the samples have the shape [2]; use mlp, or "
          + "a data set of images"
      ),
      (
        ["--network", "resnet-8", "--norm", "instance", "--dataset", "small"],
        "resnet-8 needs images of at least 8x8, but these are 4x4; use another network"
      ),
      (
        ["--norm", "instance"],
        "instance normalization needs positions to normalise over, but the layers of mlp have none; "
          + "use layer, or a network for images"
      ),
      (
        ["--batch-size", "1438"], "Batches of 1438 cannot be drawn from 1437 samples; use 1...1437."
      ),
      (
        ["--dataset", "mnist", "--data-dir", "images"],
        "images/train-images-idx3-ubyte[.gz]: there is no such file, but mnist needs it. "
      ),
    ] {
      if options.contains("small") {
        try FileManager.default.createDirectory(
          atPath: place.path(of: "small"), withIntermediateDirectories: true)
        for part in ["training", "test"] {
          try place.write(
            npy(AnyTensor(Tensor<Float>(repeating: 1, shape: [8, 4, 4, 1]))),
            to: "small/\(part)_features.npy")
          try place.write(
            npy(AnyTensor(Tensor((0..<8).map { Float($0 % 2) }))), to: "small/\(part)_labels.npy")
        }
      }
      let names = try place.names()
      let outcome = try await place.run(
        ["train", "--steps", "2", "--batch-size", "8"] + options + files)
      #expect(outcome.exitCode == 1 && outcome.standardOutput == "", "\(options)")
      #expect(outcome.standardError.hasPrefix("error: \(line)"), "\(outcome.standardError)")
      #expect(try place.names() == names, "\(options)")
    }
  }

  @Test func `batches that a layer refuses are refused before training`() async throws {
    let advice =
      "use a larger batch, layer or group normalization, or inference mode; use another --batch-size "
      + "or --norm"
    for (options, size, shape) in [
      (["--layers", "8", "--batch-size", "1"], 1, "[1, 8]"),
      (["--layers", "8", "--batch-size", "33", "--parts", "32", "--norm", "ghost"], 33, "[1, 8]"),
      (["--network", "lenet", "--batch-size", "1"], 1, "[1, 120]"),
    ] {
      try await Workplace().expectRefusal(
        ["train", "--checkpoint", "run"] + options,
        line:
          "batches of \(size) cannot be trained on: batch statistics need at least 2 values per "
          + "channel, but the shape \(shape) with channels on axis -1 has 1; \(advice)")
    }
    // Where there are positions, one image is a batch.
    let numbers = try await Workplace().train(
      ["--network", "resnet-8", "--batch-size", "1", "--steps", "2", "--evaluate-every", "1000"])
    #expect(numbers.steps == 2)
  }

  @Test func `first weights that overflow are refused before training`() async throws {
    for network in ["mlp", "resnet-8"] {
      let outcome = try await Workplace().run(
        ["train", "--network", network, "--initial-deviation", "1e300"])
      #expect(outcome.exitCode == 1 && outcome.standardOutput == "")
      #expect(outcome.standardError.hasPrefix("error: the first weights are too large: "))
      #expect(outcome.standardError.hasSuffix("; use a smaller --initial-deviation\n"))
    }
  }

  /// OpenMP gives fewer threads than the two that the run is told.
  @Test(arguments: [["OMP_THREAD_LIMIT": "1"], ["OMP_DYNAMIC": "true"]])
  func `fewer threads than asked for are no reason to wait`(
    environment: [String: String]
  ) async throws {
    let numbers = try await Workplace().train(
      ["--network", "resnet-8", "--batch-size", "16", "--steps", "2", "--evaluate-every", "1000"],
      environment: environment.merging(["BATCHNORM_THREADS": "2"]) { $1 })
    #expect(numbers.steps == 2)
  }

  @Test func `features without rows and columns cannot be changed as images`() async throws {
    let place = try Workplace()
    try FileManager.default.createDirectory(
      atPath: place.path(of: "rows"), withIntermediateDirectories: true)
    for part in ["training", "test"] {
      try place.write(
        npy(AnyTensor(Tensor<Float>(repeating: 1, shape: [8, 4]))), to: "rows/\(part)_features.npy")
      try place.write(
        npy(AnyTensor(Tensor((0..<8).map { Float($0 % 2) }))), to: "rows/\(part)_labels.npy")
    }
    try await place.expectRefusal(
      ["train", "--dataset", "rows", "--batch-size", "4", "--augment", "flip=1"],
      line: "--augment changes images [height, width, channels], but the samples of rows have the "
        + "shape [4]; leave it out")
  }
}
