import TensorFiles
import Tensors
import Testing

@Suite struct NPYFileTests {
  private static let numbers: [Double] = [1.5, -2, .infinity, 0.1, .leastNonzeroMagnitude, -0.0]

  private func decode(_ bytes: [UInt8]) throws(TensorFileError) -> AnyTensor {
    try NPYFile.decode(bytes, path: "a.npy")
  }

  @Test func `files of NumPy are read in every version, type and order`() throws {
    let doubles = try #require(try decode(KnownFiles.doubles).tensor(of: Double.self))
    #expect(doubles.shape == [2, 3])
    #expect(doubles.elements.bits == Self.numbers.bits)
    let reordered = try decode(KnownFiles.bigEndianColumnMajorDoubles)
    #expect(reordered.shape == [2, 3])
    #expect(reordered.tensor(of: Double.self)?.elements.bits == Self.numbers.bits)
    let counted = Tensor<Float>((0..<24).map(Float.init), shape: [2, 3, 4])
    #expect(try decode(KnownFiles.columnMajorFloats) == .float(counted))
    #expect(try decode(KnownFiles.bigEndianFloats) == .float(Tensor([1.5, -2, 0.1])))
    #expect(try decode(KnownFiles.singleFloat) == .float(Tensor([2.5], shape: [])))
    #expect(try decode(KnownFiles.noDoubles) == .double(Tensor([], shape: [0, 3])))
  }

  @Test func `the bytes written are those that NumPy writes`() throws {
    for file in [KnownFiles.doubles, KnownFiles.singleFloat, KnownFiles.noDoubles] {
      #expect(NPYFile.encode(try decode(file)) == file)
    }
  }

  @Test(arguments: [[], [5], [1], [2, 3], [3, 1, 2], [2, 3, 4, 5], [0], [2, 0, 3]])
  func `a tensor written and read is the same`(shape: [Int]) throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator(seed: 7)
    let double = Tensor<Double>(normal: shape, using: &generator)
    let float = double.converted(to: Float.self)
    let path = directory.file("a.npy")
    try NPYFile.write(double, to: path)
    #expect(try NPYFile.read(path) == .double(double))
    try NPYFile.write(float, to: path)
    #expect(try NPYFile.read(path) == .float(float))
    #expect(try content(of: path).count % 64 == float.count * 4 % 64)
  }

  @Test func `a header of more than 65,535 bytes takes version 2`() throws {
    let tensor = AnyTensor(Tensor<Double>([3], shape: [Int](repeating: 1, count: 30_000)))
    let bytes = NPYFile.encode(tensor)
    #expect(bytes[6] == 2)
    #expect(bytes.count % 64 == 8)
    #expect(try decode(bytes) == tensor)
  }

  @Test func `every shortened file is refused`() {
    for file in [KnownFiles.doubles, KnownFiles.bigEndianFloats] {
      for count in file.indices {
        #expect(throws: TensorFileError.self) { try decode(Array(file[..<count])) }
      }
    }
    #expect(throws: TensorFileError.truncated(path: "a.npy", expected: 176, found: 175)) {
      try decode(KnownFiles.doubles.dropLast())
    }
    #expect(throws: TensorFileError.emptyFile(path: "a.npy")) { try decode([]) }
  }

  @Test func `a file that goes on after the array is refused`() {
    #expect(throws: TensorFileError.trailingBytes(path: "a.npy", expected: 176, found: 177)) {
      try decode(KnownFiles.doubles + [0])
    }
  }

  @Test func `other types are refused by name`() {
    for (file, found) in [
      (KnownFiles.integers, "<i8"), (KnownFiles.records, "record of several fields"),
    ] {
      #expect(throws: TensorFileError.unsupportedType(path: "a.npy", tensor: nil, found: found)) {
        try decode(file)
      }
    }
  }

  @Test func `other files and versions are refused`() {
    #expect(throws: TensorFileError.badMagic(path: "a.npy", format: .npy)) {
      try decode(KnownFiles.safetensors)
    }
    var file = KnownFiles.doubles
    file[6] = 4
    #expect(throws: TensorFileError.unsupportedVersion(path: "a.npy", found: "4.0")) {
      try decode(file)
    }
  }

  @Test func `a header beyond the limit is refused before it is read`() {
    let file = KnownFiles.bigEndianFloats[..<8] + [0xFF, 0xFF, 0xFF, 0xFF]
    let limit = 1 << 20
    #expect(
      throws: TensorFileError.headerTooLarge(path: "a.npy", found: 0xFFFF_FFFF, limit: limit)
    ) { try decode(Array(file)) }
  }

  @Test func `a file changed anywhere is read or refused, and never stops the program`() {
    var generator = SeededGenerator(seed: 11)
    let files = [
      KnownFiles.doubles, KnownFiles.columnMajorFloats, KnownFiles.bigEndianFloats,
      KnownFiles.bigEndianColumnMajorDoubles, KnownFiles.singleFloat,
    ]
    withMutations(of: files, count: 300000, using: &generator) { bytes in
      if let tensor = try? decode(bytes) { #expect(tensor.count < bytes.count) }
    }
  }
}
