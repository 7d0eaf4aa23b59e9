import ArgumentParser
import Foundation

/// A text as one word of a shell, in quotation marks where it needs them.
func quotedForShell(_ text: String) -> String {
  let plain = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
    default: "-_./,:+@%=".utf8.contains(byte)
    }
  }
  if plain, !text.isEmpty { return text }
  return "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
}

/// A share as a percentage.
func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }

/// Refuses options unless a condition holds: wrong usage.
func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  if !condition { throw ValidationError(message()) }
}

/// Refuses a number below a least one, or beyond what a run can count.
func requireCount(_ name: String, _ value: Int?, from least: Int = 1) throws {
  guard let value else { return }
  try require(
    (least...1_000_000_000).contains(value),
    "\(name) must be from \(least) to 1000000000, but is \(value)")
}

/// Widths of layers as "100,100,100".
struct LayerWidths: CustomStringConvertible {
  var values: [Int]

  init(_ values: [Int]) {
    self.values = values
  }

  /// Reads the words of an option; the error says what they should be.
  init(parsing argument: String) throws {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let widths = parts.compactMap { Int($0) }
    guard widths.count == parts.count, widths.count <= 100,
      widths.allSatisfy({ (1...10_000).contains($0) })
    else {
      throw ValidationError("give 1 to 100 whole numbers from 1 to 10000, such as 100,100,100")
    }
    values = widths
  }

  var description: String { values.map(String.init).joined(separator: ",") }
}
