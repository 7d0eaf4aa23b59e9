import TensorFiles
import Tensors
import Testing

@Suite struct CSVDocumentTests {
  private func document(
    _ text: String, header: CSVDocument.HeaderRule = .absent
  ) throws(TensorFileError) -> CSVDocument {
    try CSVDocument(parsing: Array(text.utf8), path: "a.csv", header: header)
  }

  private func cells(_ text: String) throws(TensorFileError) -> [[String]] {
    try document(text).rows.map(\.cells)
  }

  @Test(arguments: [
    "a,b\nc,d\n", "a,b\nc,d", "a,b\r\nc,d\r\n", "a,b\r\nc,d", "\u{FEFF}a,b\nc,d\n",
    "\"a\",b\n\"c\",\"d\"", "a,b\nc,d\n\n\r\n  \n",
  ])
  func `rows end with LF, CRLF or the file`(text: String) throws {
    #expect(try cells(text) == [["a", "b"], ["c", "d"]])
  }

  @Test func `quoted cells hold separators, line ends and doubled marks`() throws {
    let text = "\"a,b\",\"c\r\nd\ne\"\n\"f\"\"g\",\"\"\"\"\n\"\",x\n"
    let document = try document(text)
    #expect(document.rows.map(\.cells) == [["a,b", "c\r\nd\ne"], ["f\"g", "\""], ["", "x"]])
    #expect(document.rows.map(\.line) == [1, 4, 5])
  }

  @Test func `spaces and empty cells are kept`() throws {
    #expect(try cells(" a , b\n,\nc,\n") == [[" a ", " b"], ["", ""], ["c", ""]])
    #expect(try cells("\"\"\n") == [[""]])
    #expect(try cells("a\rb,c") == [["a\rb", "c"]])
  }

  @Test func `the header follows the rule`() throws {
    let text = "1,x\n2,y\n"
    #expect(try document(text).header == nil)
    #expect(try document(text, header: .present).header == ["1", "x"])
    let automatic = try document(text, header: .automatic)
    #expect(automatic.header == ["1", "x"])
    #expect(automatic.rows == [try document(text).rows[1]])
    #expect(try document("1,\n2,3\n", header: .automatic).header == nil)
    #expect(automatic.columnCount == 2)
  }

  @Test(arguments: ["", "\n", "\r\n\r\n", " \n\t\n", "\u{FEFF}", "\u{FEFF}\n"])
  func `a file without a cell is refused`(text: String) {
    #expect(throws: TensorFileError.emptyFile(path: "a.csv")) { try document(text) }
  }

  @Test func `a header without rows is refused`() {
    #expect(throws: TensorFileError.headerWithoutRows(path: "a.csv")) {
      try document("a,b\n\n", header: .present)
    }
  }

  @Test func `ragged rows and empty lines are refused with their line`() {
    #expect(throws: TensorFileError.raggedRow(path: "a.csv", line: 4, expected: 2, found: 3)) {
      try document("a,b\n\"c\nd\",e\nf,g,h\n")
    }
    #expect(throws: TensorFileError.raggedRow(path: "a.csv", line: 2, expected: 2, found: 1)) {
      try document("a,b\nc\n")
    }
    #expect(throws: TensorFileError.emptyLine(path: "a.csv", line: 2)) {
      try document("a,b\n\nc,d\n")
    }
    #expect(throws: TensorFileError.emptyLine(path: "a.csv", line: 1)) {
      try document(" \r\na,b\r\n")
    }
  }

  @Test func `quotation marks out of place are refused`() {
    #expect(throws: TensorFileError.unterminatedQuote(path: "a.csv", line: 2)) {
      try document("a,b\nc,\"d\n\n")
    }
    for (text, line, column) in [
      ("a,b\"\n", 1, 2), ("a\n\"b\"c\n", 2, 1), ("a, \"b\"\n", 1, 2), ("\"a\" ,b", 1, 1),
    ] {
      #expect(throws: TensorFileError.strayQuote(path: "a.csv", line: line, column: column)) {
        try document(text)
      }
    }
  }

  @Test func `text that is not UTF-8 is refused with its line`() {
    let bytes = Array("a\nb".utf8) + [0xE9]
    #expect(throws: TensorFileError.notUTF8(path: "a.csv", line: 2)) {
      try CSVDocument(parsing: bytes, path: "a.csv")
    }
  }

  @Test func `a file changed anywhere is read or refused, and never stops the program`() {
    var generator = SeededGenerator(seed: 13)
    let files = [
      Array("x,\"y \"\"z\"\"\"\r\n1,2\r\n-3e4,nan\r\n".utf8), Array("1.5,2\n\"3\",inf\n".utf8),
    ]
    withMutations(of: files, count: 3000, using: &generator) { bytes in
      if let document = try? CSVDocument(parsing: bytes, path: "a.csv") {
        #expect(document.rows.allSatisfy { $0.cells.count == document.columnCount })
      }
      if let table = try? CSVTable(parsing: bytes, path: "a.csv") {
        #expect(table.rows.count <= bytes.count)
      }
    }
  }
}
