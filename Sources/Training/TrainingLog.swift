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

  /// Begins an empty log.
  func clear() throws(TensorFileError) {
    try writeAtomically([], to: path)
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
    try TensorFiles.append(Array("\(line)}\n".utf8), to: path)
  }

  /// Forces the file to the disk, so that it is not behind a checkpoint.
  func force() throws(TensorFileError) {
    try TensorFiles.append([], to: path, isForced: true)
  }

  /// Cuts off the lines after a step, so that a run which goes on from there writes each step once.
  ///
  /// So is a line that is incomplete, because its program was killed, and what follows it.
  func cut(after step: Int) throws(TensorFileError) {
    struct Line: Decodable {
      var step: Int
    }
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return }
    let bytes = Array(data)
    var end = 0
    while let newline = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) {
      let text = String(decoding: bytes[end..<newline], as: UTF8.self)
      guard let line = jsonValue(Line.self, text), line.step <= step else { break }
      end = newline + 1
    }
    if end < bytes.count { try writeAtomically(Array(bytes[..<end]), to: path) }
  }
}
