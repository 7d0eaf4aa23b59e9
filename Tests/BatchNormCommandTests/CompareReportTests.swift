import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct CompareReportTests {
  /// The text of every element of a page that is well-formed XML but for its first line and its
  /// elements without content.
  func elements(of html: String) throws -> [(name: String, text: String)] {
    var xml = html.replacing("<!DOCTYPE html>\n", with: "")
    xml = xml.replacing(/<meta [^>]*>/) { match in match.output.dropLast() + "/>" }
    let reader = TextReader()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = reader
    try #require(
      parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    return reader.elements
  }

  private final class TextReader: NSObject, XMLParserDelegate {
    var elements: [(name: String, text: String)] = []
    private var open: [(name: String, text: String)] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      open.append((name, ""))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      for index in open.indices { open[index].text += text }
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      if let last = open.popLast() { elements.append(last) }
    }
  }

  @Test func `the report holds the settings, both digests, the command and the charts`()
    async throws
  {
    let place = try Workplace()
    let numbers = try await place.compare(["--seed", "7", "--report", "report.html"])
    #expect(try place.names() == ["numbers.json", "report.html"])
    let elements = try elements(of: place.text(of: "report.html"))
    #expect(
      elements.first { $0.name == "title" }?.text == "Batch normalization against Plain")
    let rows = elements.filter { $0.name == "tr" }.map { row in
      row.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    for row in [
      "Data set digits: 1437 samples to train on, 360 to test", "Features and classes 64 and 10",
      "Hidden layers 8", "Activation sigmoid", "Normalization batch, before the activation",
      "Against none", "Batch size 60", "Learning rate 0.1", "Steps 40",
      "Initial weights normal, deviation 0.1, biases 0", "Seed 7", "Evaluated every 20 steps",
    ] {
      #expect(
        rows.contains { $0.replacing(" ", with: "") == row.replacing(" ", with: "") }, "\(row)")
    }
    let page = elements.last?.text ?? ""
    for digest in numbers.digests { #expect(page.contains(digest)) }
    #expect(elements.contains { $0.name == "code" && $0.text == numbers.command })
    let charts = elements.filter { $0.name == "figure" }.map(\.text)
    #expect(charts.count == 5)
    for percentile in ["85th percentile", "median", "15th percentile"] {
      #expect(charts.suffix(2).allSatisfy { $0.contains(percentile) }, "\(percentile)")
    }
  }

  @Test func `the page asks for nothing else`() async throws {
    let place = try Workplace()
    _ = try await place.compare(["--report", "report.html"])
    // What a chart refers to inside itself is no request.
    let html = try place.text(of: "report.html").replacing("url(#", with: "")
    for text in ["<script", "<link", "<img", "<iframe", "src=", "@import", "url("] {
      #expect(!html.contains(text), "\(text)")
    }
  }

  /// The command is for a shell; it needs one where a name has a space or a quotation mark.
  @Test(arguments: ["digits", "my data.csv", "it's $HOME.csv"])
  func `the printed command repeats the comparison`(dataset: String) async throws {
    let place = try Workplace()
    var options = [
      "--seed", "3", "--layers", "5,4", "--activation", "tanh", "--batch-size", "16",
      "--learning-rate", "0.25", "--steps", "30", "--initial-deviation", "0.5", "--norm", "batch",
      "--against", "batch", "--placement", "after", "--dataset", dataset,
    ]
    if dataset != "digits" {
      try place.write(CompareDataTests.table(header: "a,b,the kind"), to: dataset)
      options += ["--label", "the kind"]
    }
    let one = try await place.compare(options)
    try #require(one.command.hasPrefix("batchnorm compare "))
    let words = try words(of: one.command)
    let two = try await place.compare(Array(words.dropFirst(2)))
    #expect(two.digests == one.digests)
    #expect(two.result.configuration == one.result.configuration)
    #expect(two.command == one.command)
  }

  /// The words that a shell makes of a line.
  func words(of line: String) throws -> [String] {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "printf '%s\\n' \(line)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
