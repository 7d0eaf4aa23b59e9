import TensorFiles
import Tensors
import Testing

@Suite struct CSVTableTests {
  private func table(_ text: String) throws(TensorFileError) -> CSVTable {
    try CSVTable(parsing: Array(text.utf8), path: "a.csv")
  }

  private func text(
    _ tensor: AnyTensor, header: [String]? = nil
  ) throws(TensorFileError) -> String {
    String(decoding: try CSVTable.encode(tensor, header: header, path: "a.csv"), as: UTF8.self)
  }

  @Test func `numbers are read with and without header`() throws {
    let expected = Tensor([1, 2, 3, -0.5], shape: [2, 2])
    #expect(try table("1,2\n3,-.5\n") == CSVTable(rows: expected))
    #expect(try table("\"1\", 2\r\n3 ,\"-5e-1\"") == CSVTable(rows: expected))
    #expect(try table("a,b\n1,2\n3,-.5\n") == CSVTable(header: ["a", "b"], rows: expected))
    #expect(try table("1,b\n1,2\n3,-.5\n").header == ["1", "b"])
    #expect(try table(",b\n1,2\n3,-.5\n").header == ["", "b"])
    #expect(try table("7").rows == Tensor([7], shape: [1, 1]))
  }

  @Test func `nan and inf are numbers, also in the first row`() throws {
    let table = try table("nan,INF\n-Infinity,1\n")
    #expect(table.header == nil)
    #expect(table.rows[0].isNaN)
    #expect(table.rows.elements[1...] == [.infinity, -.infinity, 1])
  }

  @Test func `cells that hold no number are refused with line and column`() {
    for (text, line, column, found) in [
      ("1,2\n3,x\n", 2, 2, "x"), ("a\n\"b\nc\"\n", 2, 1, "b\nc"), ("a,b\n1,0x1\n", 2, 2, "0x1"),
      ("a,b\n1,2\nc,d\n", 3, 1, "c"),
    ] {
      #expect(
        throws: TensorFileError.notANumber(path: "a.csv", line: line, column: column, text: found)
      ) { try table(text) }
    }
    #expect(throws: TensorFileError.emptyCell(path: "a.csv", line: 2, column: 1)) {
      try table("a,b\n,2\n")
    }
    #expect(throws: TensorFileError.emptyCell(path: "a.csv", line: 1, column: 2)) {
      try table("1,\n1,2\n")
    }
    #expect(throws: TensorFileError.emptyCell(path: "a.csv", line: 2, column: 2)) {
      try table("1,2\n3, \n")
    }
  }

  @Test func `names without numbers, ragged rows and bad text are refused`() {
    #expect(throws: TensorFileError.headerWithoutRows(path: "a.csv")) { try table("a,b\n") }
    #expect(throws: TensorFileError.emptyFile(path: "a.csv")) { try table("") }
    #expect(throws: TensorFileError.raggedRow(path: "a.csv", line: 2, expected: 2, found: 3)) {
      try table("a,b\n1,2,3\n")
    }
    #expect(throws: TensorFileError.notUTF8(path: "a.csv", line: 2)) {
      try CSVTable(parsing: Array("1\n".utf8) + [0xFF], path: "a.csv")
    }
  }

  @Test func `numbers are written in their shortest form`() throws {
    let numbers = [0.1, -0.0, .infinity, -.infinity, .nan, -.nan]
    #expect(
      try text(.double(Tensor(numbers, shape: [2, 3]))) == "0.1,-0.0,inf\n-inf,nan,nan\n")
    #expect(try text(.float(Tensor([0.1, 1e20]))) == "0.1\n1e+20\n")
  }

  @Test func `names are quoted where they have to be`() throws {
    let header = ["a", "b,c", "d\"e", "", "f\ng", " h", "i\"\u{301}"]
    let row = AnyTensor(Tensor<Double>(repeating: 1, shape: [1, header.count]))
    let written = try text(row, header: header)
    #expect(
      written.hasPrefix("a,\"b,c\",\"d\"\"e\",\"\",\"f\ng\",\" h\",\"i\"\"\u{301}\"\n1.0,"))
    #expect(try table(written).header == header)
  }

  @Test func `a table written and read is the same`() throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator(seed: 9)
    let rows = Tensor<Double>(normal: [50, 4], deviation: 1e9, using: &generator)
    let path = directory.file("a.csv")
    for header in [nil, ["a", "b", "c d", "\"e\""]] {
      let table = CSVTable(header: header, rows: rows)
      try table.write(to: path)
      #expect(try CSVTable(contentsOf: path) == table)
    }
    let floats = rows.converted(to: Float.self)
    try CSVTable.write(.float(floats), to: path)
    #expect(try CSVTable(contentsOf: path).rows.converted(to: Float.self) == floats)
  }

  @Test(arguments: [[], [1, 1, 1], [0], [0, 3], [3, 0]])
  func `shapes that a table cannot hold are refused`(shape: [Int]) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.csv")
    #expect(throws: TensorFileError.notATable(path: path, shape: shape)) {
      try CSVTable.write(.double(Tensor(repeating: 1, shape: shape)), to: path)
    }
    #expect(try directory.names() == [])
  }
}
