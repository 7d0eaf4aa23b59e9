import Foundation
import Synchronization

/// Progress on standard error: one line kept up to date on a terminal, nothing of it otherwise.
struct ProgressLine {
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let first: Int
  private var last: ContinuousClock.Instant?

  /// Begins with what was done before, which says nothing about the rate.
  init(isQuiet: Bool, from first: Int = 0) {
    isShown = !isQuiet && isatty(STDERR_FILENO) == 1
    start = clock.now
    self.first = first
  }

  /// Shows how far things are, at most ten times a second.
  mutating func show(_ done: Int, of total: Int, unit: String) {
    guard isShown else { return }
    let now = clock.now
    if let last, now - last < .milliseconds(100) { return }
    last = now
    let seconds = (now - start) / .seconds(1)
    let rate = seconds > 0 ? Double(done - first) / seconds : 0
    let left = rate > 0 ? Double(total - done) / rate : 0
    write(
      String(
        format: "\r\u{1B}[K%d/%d %@ · %@/s · %@ left", done, total, unit,
        String(format: rate < 10 ? "%.1f" : "%.0f", rate), duration(left)))
  }

  /// Takes the line away.
  func clear() {
    if isShown { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

/// A time in words that fit a line: "42 s", "3 min 20 s", "2 h 5 min".
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "long" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// A table in plain text: a header, then rows, columns aligned.
struct TextTable {
  var header: [String]
  var rows: [[String]] = []
  /// Columns of text, which are aligned on the left.
  var textColumns: Set<Int> = [0]

  /// Lines without trailing blanks.
  var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line +=
          (column > 0 ? "  " : "")
          + (textColumns.contains(column) ? cell + padding : padding + cell)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

/// A text broken between words into lines of at most some characters; a longer word has a line of its own.
func wrapped(_ text: String, to width: Int) -> [String] {
  text.split(whereSeparator: \.isWhitespace).reduce(into: []) { lines, word in
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] = "\(last) \(word)"
    } else {
      lines.append(String(word))
    }
  }
}

/// Says something beside the result, on standard error.
func printNote(_ text: String) {
  FileHandle.standardError.write(Data("note: \(text)\n".utf8))
}

/// Prints at once, so that a pipe sees lines as they come.
func printLine(_ line: String = "") {
  print(line)
  StandardOutput.flush()
}

/// Whether what was printed arrived: a full disk loses it silently otherwise.
enum StandardOutput {
  private static let hasFailed = Atomic<Bool>(false)

  /// Hands on what is printed, and remembers a failure: the C library forgets it with the bytes.
  static func flush() {
    if fflush(nil) != 0 { hasFailed.store(true, ordering: .relaxed) }
  }

  /// To be called at the end.
  static func check() throws(CommandError) {
    flush()
    if hasFailed.load(ordering: .relaxed) {
      throw .failure("standard output cannot be written; make room or choose another place")
    }
  }
}
