import Datasets
import Tensors
import Testing

@Suite struct ClassificationDatasetRowsTests {
  private func created(
    _ labelCells: [String], rows: [[Double]]? = nil, classNames: [String]? = nil
  ) throws(DatasetError) -> ClassificationDataset {
    try ClassificationDataset(
      name: "table", rows: rows ?? labelCells.indices.map { [Double($0), 0.5] },
      labelCells: labelCells, classNames: classNames)
  }

  @Test func `rows become the matrix of features`() throws {
    let set = try created(["0", "1"], rows: [[1, 2, 3], [4, 5, 0.1]])
    #expect(set.features == Tensor([1, 2, 3, 4, 5, 0.1], shape: [2, 3]))
    #expect(set.name == "table")
  }

  @Test func `labels 0 to k-1 are used as they are`() throws {
    let set = try created((0..<24).map { "\(($0 * 5) % 12)" })
    #expect(set.labels == (0..<24).map { ($0 * 5) % 12 })
    #expect(set.classNames == (0..<12).map(String.init))
  }

  @Test(arguments: [
    (["b", "a", "b", "C"], ["C", "a", "b"]),  // text, in the order of the characters' codes
    (["10", "9", "10"], ["9", "10"]),  // numbers that start elsewhere
    (["3", "0", "1"], ["0", "1", "3"]),  // a gap
    (["1", "-1"], ["-1", "1"]),
    (["2.0", "10.0", "0.0"], ["0.0", "2.0", "10.0"]),  // as NumPy writes them
    (["10", "9", "none"], ["10", "9", "none"]),  // one cell of text makes all text
    (["1.0", "1"], ["1", "1.0"]),  // compared as text
    (["nan", "1"], ["1", "nan"]),  // a name, not a number
    (["é", "z", "e"], ["e", "z", "é"]),
  ])
  func `other labels are numbered in order`(cells: [String], classNames: [String]) throws {
    let set = try created(cells)
    #expect(set.classNames == classNames)
    #expect(set.labels.map { set.classNames[$0] } == cells)
  }

  @Test func `given classes keep their order and may be absent`() throws {
    let set = try created(["no", "maybe"], classNames: ["yes", "no", "maybe"])
    #expect(set.labels == [1, 2])
    #expect(set.classCounts == [0, 1, 1])
  }

  @Test func `a label that is none of the given classes is refused with its row`() {
    let error = DatasetError.unknownLabel(row: 2, label: "later", classNames: ["yes", "no"])
    #expect(throws: error) { try created(["no", "later"], classNames: ["yes", "no"]) }
  }

  @Test func `given classes of one name are refused`() {
    #expect(throws: DatasetError.repeatedClassName("a")) {
      try created(["a", "a"], classNames: ["a", "a"])
    }
  }

  @Test func `one class is refused`() {
    #expect(throws: DatasetError.tooFewClasses(classNames: ["x"])) { try created(["x", "x"]) }
  }

  @Test func `an empty label is refused with its row`() {
    #expect(throws: DatasetError.missingLabel(row: 3)) { try created(["x", "y", "", ""]) }
  }

  @Test func `no rows and rows without features are refused`() {
    #expect(throws: DatasetError.empty(shape: [0, 0])) { try created([]) }
    #expect(throws: DatasetError.empty(shape: [2, 0])) { try created(["0", "1"], rows: [[], []]) }
  }

  @Test(arguments: [[], [1], [1, 2, 3]])
  func `a row of another length is refused`(row: [Double]) {
    let error = DatasetError.rowLengthMismatch(row: 2, expected: 2, found: row.count)
    #expect(throws: error) { try created(["0", "1"], rows: [[1, 2], row]) }
  }

  @Test func `labels of another number than rows are refused`() {
    #expect(throws: DatasetError.labelCountMismatch(expected: 2, found: 3)) {
      try created(["0", "1", "0"], rows: [[1], [2]])
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, 3.5e38])
  func `a feature that is not a finite Float is refused with its place`(value: Double) {
    #expect(throws: DatasetError.nonFiniteFeature(row: 2, column: 1, value: "\(value)")) {
      try created(["0", "1"], rows: [[1, 2], [value, 2]])
    }
  }

  @Test func `the largest Float and the smallest numbers are features`() throws {
    let extremes = [Double(Float.greatestFiniteMagnitude), -1e38, 1e-300, -0.0]
    let set = try created(["0", "1"], rows: [extremes, [0, 0, 0, 0]])
    #expect(
      set.features.elements.prefix(4).elementsEqual([.greatestFiniteMagnitude, -1e38, 0, 0]))
  }
}
