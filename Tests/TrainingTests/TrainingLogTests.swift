import TensorFiles
import Testing

@testable import Training

@Suite struct TrainingLogTests {
  private func cut(_ text: String, after step: Int) throws -> String {
    let directory = try TemporaryDirectory()
    let path = directory.file("log")
    try write(Array(text.utf8), to: path)
    try TrainingLog(path: path).cut(after: step)
    return String(decoding: try content(of: path), as: UTF8.self)
  }

  @Test func `lines after a step are cut off, with those that are incomplete`() throws {
    let lines = "{\"step\":1,\"loss\":2}\n{\"step\":2}\n{\"step\":3}\n"
    #expect(try cut(lines, after: 3) == lines)
    #expect(try cut(lines, after: 9) == lines)
    #expect(try cut(lines, after: 2) == "{\"step\":1,\"loss\":2}\n{\"step\":2}\n")
    #expect(try cut(lines, after: 0) == "")
    #expect(try cut(lines + "{\"step\":4", after: 9) == lines)
    // A line that is broken loses itself alone.
    let more = "{\"step\":4}\n"
    #expect(try cut(lines + "{\"st\n\n" + more, after: 9) == lines + more)
    #expect(try cut(lines + "{\"step\":4}", after: 9) == lines)
    #expect(try cut("", after: 1) == "")
    #expect(try cut("{\"st", after: 1) == "")
  }

  @Test(arguments: ["# A document\n", "{}\n", "{\"epoch\":1,\"step\":2}\n", "\n", "x"])
  func `a file that is no log is refused and stays`(text: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("log")
    try write(Array(text.utf8), to: path)
    #expect(
      throws: TensorFileError.unwritable(
        path: path, reason: "it holds something else than the log of a run")
    ) {
      try TrainingLog(path: path).cut(after: 1)
    }
    #expect(try content(of: path) == Array(text.utf8))
  }

  @Test func `a log that is not there begins empty`() throws {
    let directory = try TemporaryDirectory()
    try TrainingLog(path: directory.file("log")).cut(after: 1)
    #expect(try content(of: directory.file("log")) == [])
    #expect(throws: TensorFileError.self) {
      try TrainingLog(path: "/nonexistent/log").cut(after: 1)
    }
  }

  @Test func `a line is JSON, numbers that are not finite null`() throws {
    let directory = try TemporaryDirectory()
    let log = TrainingLog(path: directory.file("log"))
    var report = TrainingReport(
      step: 3, stepCount: 9, epoch: 1, score: .init(loss: .nan, accuracy: 0.5), learningRate: 1e-5,
      seconds: 2.5, stepsPerSecond: 1, network: RunSamples.network())
    try log.append(report)
    report.testScore = .init(loss: 1, accuracy: 0.25)
    try log.append(report)
    let plain =
      "{\"step\":3,\"epoch\":1,\"loss\":null,\"accuracy\":0.5,\"learningRate\":1e-05,\"seconds\":2.5"
    #expect(
      String(decoding: try content(of: log.path), as: UTF8.self)
        == "\(plain)}\n\(plain),\"testLoss\":1.0,\"testAccuracy\":0.25}\n")
  }
}
