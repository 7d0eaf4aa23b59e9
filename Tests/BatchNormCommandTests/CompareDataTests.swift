import Foundation
import Testing

@Suite struct CompareDataTests {
  /// Sixty samples of three kinds in a corner each.
  static func table(
    header: String? = "width,height,label", separator: String = "\n"
  ) -> String {
    let kinds = ["\"red, dark\"", "green", "blau-grün"]
    let lines = (0..<60).map { index in
      let kind = index % 3
      let noise = Double(index * 7 % 11) / 20
      return "\(Double(kind) + noise),\(Double(kind * kind) - noise),\(kinds[kind])"
    }
    return ([header].compactMap { $0 } + lines).joined(separator: separator) + separator
  }

  static let files: [(content: String, options: [String])] = [
    (table(), []),
    (table(), ["--label", "label"]),
    (table(header: "width,height,colour"), ["--label", "colour"]),
    (table(header: "width,height,anything"), []),
    (table(header: nil), []),
    (table(separator: "\r\n"), []),
    ("\u{FEFF}" + table(), []),
  ]

  @Test(arguments: files)
  func `a table with text labels is learned`(
    file: (content: String, options: [String])
  ) async throws {
    let place = try Workplace()
    try place.write(file.content, to: "data.csv")
    let numbers = try await place.compare(
      ["--dataset", "data.csv", "--batch-size", "12", "--steps", "400", "--learning-rate", "1"]
        + file.options)
    let result = numbers.result
    #expect(result.trainingCount == 48 && result.testCount == 12 && result.featureCount == 2)
    #expect(result.classNames == ["blau-grün", "green", "red, dark"])
    #expect(result.configuration.dataset == "data.csv")
    #expect(numbers.best[0]?.testAccuracy == 1)
  }

  @Test func `the label may stand in any column`() async throws {
    let place = try Workplace()
    let rows = (0..<40).map { "\($0 % 2 == 0 ? "even" : "odd"),\($0 % 2),\($0)" }
    try place.write("kind,x,y\n" + rows.joined(separator: "\n"), to: "data.csv")
    let numbers = try await place.compare([
      "--dataset", "data.csv", "--label", "kind", "--batch-size", "8",
    ])
    #expect(numbers.result.classNames == ["even", "odd"])
    #expect(numbers.result.featureCount == 2)
  }

  /// An infinite input saturates a unit, and the loss stays finite.
  @Test func `percentiles that are not finite are left out`() async throws {
    let place = try Workplace()
    let rows = (0..<40).map { "\($0 % 2 == 0 ? "" : "-")3e38,\($0 % 2)" }
    try place.write(rows.joined(separator: "\n"), to: "data.csv")
    let numbers = try await place.compare([
      "--dataset", "data.csv", "--norm", "none", "--batch-size", "8", "--initial-deviation", "50",
      "--report", "report.html",
    ])
    let points = numbers.networks[0].points
    #expect(!points.isEmpty && points[0].percentiles == nil)
  }

  static let refusals: [(content: String?, options: [String], line: String)] = [
    (nil, [], "data.csv: there is no such file. Check the path."),
    ("", [], "data.csv: the file is empty. Write it again."),
    ("a,b,label\n", [], "data.csv: there are column names, but no row of numbers. Add one."),
    (
      "a,b,label\n1,2,x\n1,2\n", [],
      "data.csv, line 3: expected 3 cells as in the first row, found 2. Give every row as many "
        + "cells."
    ),
    (
      "a,b,label\n1,2,x\n1,two,y\n", [],
      "data.csv, line 3, column 2: expected a number, found \"two\". Write numbers like -1.5e-3, "
        + "nan or inf."
    ),
    (
      "a,b,label\n1,2,x\n1,nan,y\n", [],
      "data.csv, line 3: Row 2, feature 2 is nan, which is not a finite 32-bit number; remove the "
        + "row or fill the value in."
    ),
    (
      "a,b,label\n1,2,x\n1,1e39,y\n", [],
      "data.csv, line 3: Row 2, feature 2 is 1e+39, which is not a finite 32-bit number; remove "
        + "the row or fill the value in."
    ),
    (
      "a,b,label\n1,2,x\n3,4,\n", [],
      "data.csv, line 3: Row 2 has an empty label; remove the row or give it a class."
    ),
    (
      "a,b,c\n1,2,x\n3,4,y\n", ["--label", "kind"],
      "data.csv has no column 'kind'; its columns are a, b, c."
    ),
    (
      "1,2,x\n3,4,y\n", ["--label", "kind"],
      "data.csv has no header, so no column is called 'kind'; add a first line with names."
    ),
    (
      "a,b,label\n1,2,x\n3,4,x\n", [],
      "data.csv: There is one class, \"x\"; at least two are needed."
    ),
    (
      table(), ["--batch-size", "49"],
      "Batches of 49 cannot be drawn from 48 samples; use 1...48."
    ),
  ]

  @Test(arguments: refusals)
  func `tables that cannot be learned are refused`(
    refusal: (content: String?, options: [String], line: String)
  ) async throws {
    let place = try Workplace()
    if let content = refusal.content { try place.write(content, to: "data.csv") }
    try await place.expectRefusal(
      ["compare", "--dataset", "data.csv", "--report", "report.html"] + refusal.options,
      line: refusal.line)
  }
}
