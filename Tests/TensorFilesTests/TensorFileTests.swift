import TensorFiles
import Tensors
import Testing

@Suite struct TensorFileTests {
  private let directory: TemporaryDirectory
  private let tensor = AnyTensor(Tensor([1, 2, 3, 4.5], shape: [2, 2]))

  init() throws { directory = try TemporaryDirectory() }

  @Test func `the suffix names the format in upper and lower case`() {
    #expect(TensorFileFormat(path: "a.npy") == .npy)
    #expect(TensorFileFormat(path: "x.y/a.b.CSV") == .csv)
    #expect(TensorFileFormat(path: "/é.Safetensors") == .safetensors)
    for path in ["", "a", "npy", ".npy", "x/.csv", "a.npz", "a.npy.gz", "x.csv/a", "a."] {
      #expect(TensorFileFormat(path: path) == nil)
    }
  }

  @Test(arguments: TensorFileFormat.allCases)
  func `a tensor written is read from every format`(format: TensorFileFormat) throws {
    let path = directory.file("a.\(format)")
    try TensorFile(tensors: NamedTensors(["output": tensor])).write(to: path)
    let read = try TensorFile(contentsOf: path, naming: "output")
    #expect(read.tensors.names == ["output"])
    #expect(read.tensors["output"] == tensor)
    #expect(read.columnNames == nil)
    #expect(read.tensors.path == path)
  }

  @Test func `column names go from table to table`() throws {
    let path = directory.file("a.csv")
    try TensorFile(tensors: NamedTensors(["output": tensor]), columnNames: ["a", "b"]).write(
      to: path)
    let read = try TensorFile(contentsOf: path)
    #expect(read.columnNames == ["a", "b"])
    #expect(read.tensors["input"] == tensor)
  }

  @Test func `an unknown suffix is refused`() {
    #expect(throws: TensorFileError.unknownSuffix(path: "a.txt")) {
      try TensorFile(contentsOf: "a.txt")
    }
    #expect(throws: TensorFileError.unknownSuffix(path: "a.txt")) {
      try TensorFile(tensors: NamedTensors(["output": tensor])).write(to: "a.txt")
    }
  }

  @Test func `a tensor that is absent is not written`() throws {
    #expect(throws: TensorFileError.self) {
      try TensorFile(tensors: NamedTensors(["mean": tensor])).write(to: directory.file("a.npy"))
    }
    #expect(try directory.names() == [])
  }
}
