import Foundation
import Testing

/// Networks for images, and data sets other than tables.
@Suite(.serialized) struct CompareNetworkTests {
  private struct Point: Decodable {
    var step: Int
    var testAccuracy: Double
  }
  private struct Network: Decodable {
    var points: [Point]
    var digest: String
  }
  private struct Configuration: Decodable {
    var network: String
    var activation: String
    var initialDeviation: Double?
    var evaluationInterval: Int
    var batchSize: Int
    var steps: Int
  }
  private struct Result: Decodable {
    var configuration: Configuration
    var networks: [Network]
  }
  private struct Numbers: Decodable {
    var command: String
    var result: Result
  }

  private func compared(_ place: Workplace, _ options: [String]) async throws -> Numbers {
    try await place.succeed(["compare", "--quiet", "--json", "numbers.json"] + options)
    return try JSONDecoder().decode(Numbers.self, from: Data(place.bytes(of: "numbers.json")))
  }

  @Test func `networks for images have defaults of their own`() async throws {
    let place = try Workplace()
    let numbers = try await compared(place, ["--network", "lenet", "--steps", "3"])
    let configuration = numbers.result.configuration
    #expect(configuration.network == "lenet" && configuration.activation == "relu")
    #expect(configuration.initialDeviation == nil && configuration.evaluationInterval == 100)
    #expect(configuration.batchSize == 60)
    #expect(numbers.result.networks.map { $0.points.map(\.step) } == [[0, 3], [0, 3]])
    #expect(
      numbers.command == "batchnorm compare --dataset digits --network lenet --activation relu "
        + "--batch-size 60 --learning-rate 0.1 --steps 3 --seed 1 --norm batch --against none "
        + "--placement before")
    let words = try CompareReportTests().words(of: numbers.command)
    let again = try await compared(place, Array(words.dropFirst(2)))
    #expect(again.result.networks.map(\.digest) == numbers.result.networks.map(\.digest))
    let other = try await compared(
      place, ["--network", "lenet", "--steps", "3", "--initial-deviation", "0.1"])
    #expect(other.result.configuration.initialDeviation == 0.1)
    #expect(other.result.networks[0].digest != numbers.result.networks[0].digest)
  }

  @Test func `the introduction and the report name the network`() async throws {
    let place = try Workplace()
    let text = try await place.succeed(
      ["compare", "--network", "resnet-8", "--steps", "2", "--report", "report.html"])
    #expect(
      text.hasPrefix(
        "digits: 1437 samples to train on, 360 to test; resnet-8 (relu), batches of 60, learning rate "
          + "0.1, seed 1\n"))
    let html = try place.text(of: "report.html")
    #expect(html.contains("resnet-8") && !html.contains("Hidden layers"))
  }

  @Test(arguments: ["mlp", "lenet"])
  func `a folder of images is compared on`(network: String) async throws {
    let place = try Workplace()
    try TrainDataTests.writeImages(to: place)
    let numbers = try await compared(
      place, ["--dataset", "images", "--network", network, "--steps", "20", "--batch-size", "8"])
    #expect(numbers.result.networks[0].points.last?.testAccuracy == 1)
  }

  @Test func `tables are nothing for networks for images`() async throws {
    let place = try Workplace()
    try place.write(CompareDataTests.table(), to: "data.csv")
    try await place.expectRefusal(
      ["compare", "--dataset", "data.csv", "--network", "lenet", "--batch-size", "8"],
      line: "lenet takes images [height, width, channels], but the samples have the shape [2]; use "
        + "mlp, or a data set of images")
  }

  /// What was printed before there were other networks.
  @Test func `the weights of the paper's experiment are what they were`() async throws {
    let numbers = try await compared(Workplace(), ["--network", "mlp", "--steps", "20"])
    let same = try await compared(Workplace(), ["--dataset", "digits", "--steps", "20"])
    #expect(numbers.result.networks.map(\.digest) == same.result.networks.map(\.digest))
    #expect(same.command.contains("--dataset digits --layers 100,100,100 --activation sigmoid "))
    #expect(same.result.configuration.evaluationInterval == 20)
    #expect(same.result.configuration.initialDeviation == 0.1)
  }
}
