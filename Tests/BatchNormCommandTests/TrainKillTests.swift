import Foundation
import Tensors
import Testing

/// A short form of Scripts/check-kills.
@Suite struct TrainKillTests {
  private static let options = [
    "train", "--quiet", "--layers", "8", "--steps", "120", "--batch-size", "32", "--json",
    "numbers.json", "--checkpoint", "run.safetensors", "--checkpoint-every", "2", "--log",
    "run.jsonl",
  ]

  /// The moment is drawn in steps and then in time, so that it lies in the run on a machine of any speed.
  @Test func `runs killed at random moments go on to the same bits`() async throws {
    let whole = try Workplace()
    try await whole.succeed(Self.options)
    let expected = try whole.trainingNumbers().digest
    var generator = SeededGenerator(seed: 1)
    var kills = 0
    while kills < 10 {
      let place = try Workplace()
      var isEnded = false
      while !isEnded {
        let isSaved = try place.names().contains {
          $0 == "run.safetensors" || $0 == "run.safetensors.previous"
        }
        let command = try Command(
          Self.options + (isSaved ? ["--resume"] : []), directory: place.path)
        if kills < 10 {
          let count = try lineCount(place) + 1 + Int(generator.uniform() * 20)
          await command.send(SIGKILL, after: generator.uniform() * 0.01) {
            (try? lineCount(place)) ?? 0 >= count
          }
        }
        let outcome = await command.outcome()
        if outcome.exitCode == -SIGKILL {
          kills += 1
        } else {
          #expect(outcome.exitCode == 0, "\(outcome.standardError)")
          isEnded = true
        }
      }
      #expect(try place.trainingNumbers().digest == expected)
      #expect(try place.loggedSteps(of: "run.jsonl") == Array(1...120))
    }
  }
}

/// The lines of the log.
private func lineCount(_ place: Workplace) throws -> Int {
  guard try place.names().contains("run.jsonl") else { return 0 }
  return try place.bytes(of: "run.jsonl").count { $0 == UInt8(ascii: "\n") }
}
