import Foundation
import Testing

/// Ctrl-C ends long work with what is done saved.
@Suite struct InterruptionTests {
  @Test func `an interrupted comparison prints its outcome and writes its files`() async throws {
    let place = try Workplace()
    let command = try Command(
      [
        "compare", "--steps", "3000000", "--layers", "8", "--report", "report.html", "--json",
        "numbers.json",
      ], directory: place.path)
    // A row of the table: training goes on.
    await command.interrupt(after: "\n      20 ")
    let outcome = await command.outcome()
    #expect(outcome.exitCode == 130)
    #expect(outcome.standardError == "")
    let numbers = try place.numbers(of: "numbers.json")
    let steps = numbers.result.steps
    #expect(!numbers.result.isComplete && steps >= 20 && steps < 1_000_000_000)
    let text = outcome.standardOutput
    #expect(text.contains("\nInterrupted after \(steps) of 3000000 steps.\n"))
    #expect(text.hasSuffix("\nReport: report.html\nNumbers: numbers.json\n"))
    for network in numbers.networks {
      #expect(network.points.last?.step == steps)
      #expect(text.contains(network.digest))
    }
    let html = try place.text(of: "report.html")
    #expect(html.contains("After \(steps) steps, interrupted") && html.hasSuffix("</html>\n"))
    #expect(try place.names() == ["numbers.json", "report.html"])
  }

  @Test func `interrupted measurements end with the exit code of an interruption`() async throws {
    let command = try Command(["bench", "--runs", "10000", "--shape", "64,64"])
    await command.interrupt(after: "time/copy")
    let outcome = await command.outcome()
    #expect(outcome.exitCode == 130 && outcome.standardError == "")
  }
}
