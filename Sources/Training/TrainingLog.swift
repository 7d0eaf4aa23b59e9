import TensorFiles

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file with a line of JSON for some steps of a run.
///
///     {"step":40,"epoch":1,"loss":0.31,"accuracy":0.9,"learningRate":0.1,"seconds":2.5,"testLoss":0.4,
///      "testAccuracy":0.88}
///
/// on one line. `loss` and `accuracy` are averages over the samples since the line before; the last two stand where
/// there was an evaluation. A number that is not finite is null.
public struct TrainingLog: Sendable {
  /// Where the file is.
  public let path: String

  /// Names a place; nothing is read or written.
  public init(path: String) {
    self.path = path
  }

  func append(_ report: TrainingReport) throws(TensorFileError) {
    func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
    var line =
      "{\"step\":\(report.step),\"epoch\":\(report.epoch),\"loss\":\(number(report.score.loss)),"
      + "\"accuracy\":\(number(report.score.accuracy)),"
      + "\"learningRate\":\(number(report.learningRate)),\"seconds\":\(number(report.seconds))"
    if let test = report.testScore {
      line += ",\"testLoss\":\(number(test.loss)),\"testAccuracy\":\(number(test.accuracy))"
    }
    try append(Array("\(line)}\n".utf8))
  }

  /// Forces the file to the disk, so that it is not behind a checkpoint.
  func force() throws(TensorFileError) {
    try append([], isForced: true)
  }

  /// Cuts off the lines after a step, so that a run which begins there writes each step once.
  ///
  /// So are lines that are broken, because their program was killed.
  ///
  /// - Throws: `TensorFileError.unwritable` for a file that is no log; it is left as it is.
  func cut(after step: Int) throws(TensorFileError) {
    struct Line: Decodable {
      var step: Int
    }
    guard isRegularFile(path), let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
      return try append([])  // which says what is wrong
    }
    let start = "{\"step\":".utf8
    guard data.starts(with: start) || start.starts(with: data) else {
      throw .unwritable(path: path, reason: "it holds something else than the log of a run")
    }
    let newline = UInt8(ascii: "\n")
    let lines = data.split(separator: newline, omittingEmptySubsequences: false)
    // What follows the last newline is no line.
    let kept = lines.dropLast().filter {
      guard let line = jsonValue(Line.self, String(decoding: $0, as: UTF8.self)) else {
        return false
      }
      return line.step <= step
    }
    let bytes = kept.flatMap { $0 + [newline] }
    if bytes.count < data.count { try writeAtomically(bytes, to: path) }
  }

  private func append(_ bytes: [UInt8], isForced: Bool = false) throws(TensorFileError) {
    try TensorFiles.append(bytes, to: path, isForced: isForced)
  }
}
