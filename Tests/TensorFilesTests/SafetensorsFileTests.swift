import TensorFiles
import Tensors
import Testing

@Suite struct SafetensorsFileTests {
  private static let path = "a.safetensors"

  private func decode(_ bytes: [UInt8]) throws(TensorFileError) -> NamedTensors {
    try SafetensorsFile.decode(bytes, path: Self.path)
  }

  @Test func `a file of the reference library is read`() throws {
    let tensors = try decode(KnownFiles.safetensors)
    #expect(tensors.metadata == ["k": "v\\"])
    #expect(tensors.names == ["n", "a", "b", "é\n\u{1}\"", "z"])
    #expect(tensors.entries.map(\.value.dtype) == ["I64", "F64", "F32", "F32", "F16"])
    #expect(tensors.entries.map(\.value.shape) == [[], [1, 2], [2], [], [0, 2]])
    #expect(tensors["a"] == .double(Tensor([0.1, .infinity], shape: [1, 2])))
    #expect(tensors["b"] == .float(Tensor([1.5, -2])))
    #expect(tensors["é\n\u{1}\""] == .float(Tensor([7], shape: [])))
  }

  @Test func `the bytes written are those that the reference library writes`() throws {
    let tensors = try decode(KnownFiles.safetensors)
    #expect(try SafetensorsFile.encode(tensors, path: Self.path) == KnownFiles.safetensors)
    #expect(
      try SafetensorsFile.encode(NamedTensors(), path: Self.path)
        == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
  }

  @Test func `the order in which tensors were added does not change the bytes`() throws {
    let (a, b) = (AnyTensor(Tensor<Float>([1])), AnyTensor(Tensor<Double>([2, 3])))
    let metadata = ["x": "1", "y": "2", "z": "3"]
    let bytes = try SafetensorsFile.encode(
      NamedTensors(["a": a, "b": b, "c": a], metadata: metadata), path: Self.path)
    #expect(
      try SafetensorsFile.encode(
        NamedTensors(["c": a, "a": a, "b": b], metadata: metadata), path: Self.path) == bytes)
    #expect(try decode(bytes).names == ["b", "a", "c"])
  }

  @Test func `tensors written and read are the same`() throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator(seed: 3)
    var tensors = NamedTensors(metadata: ["format": "test", "é\"": "\n"])
    for shape in [[], [5], [2, 3], [3, 1, 2], [2, 3, 4, 5], [2, 0]] {
      let double = Tensor<Double>(normal: shape, using: &generator)
      tensors["double\(shape)"] = .double(double)
      tensors["float\(shape)"] = .float(double.converted(to: Float.self))
    }
    let path = directory.file("a.safetensors")
    try SafetensorsFile.write(tensors, to: path)
    let read = try SafetensorsFile.read(path)
    #expect(read.entries.count == tensors.entries.count)
    #expect(read.metadata == tensors.metadata)
    for entry in tensors.entries { #expect(read[entry.name] == tensors[entry.name]) }
  }

  @Test func `a tensor cannot have the name of the metadata`() {
    let tensors = NamedTensors(["__metadata__": AnyTensor(Tensor<Float>([1]))])
    #expect(throws: TensorFileError.reservedName(path: Self.path, name: "__metadata__")) {
      try SafetensorsFile.encode(tensors, path: Self.path)
    }
  }

  @Test func `every shortened file is refused`() {
    for count in KnownFiles.safetensors.indices {
      #expect(throws: TensorFileError.self) { try decode(Array(KnownFiles.safetensors[..<count])) }
    }
  }

  @Test func `a header beyond 100 MB is refused whatever the file holds`() {
    for found in [100_000_001, UInt64.max] {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: found >> (8 * $0)) } + [0x7B]
      #expect(
        throws: TensorFileError.headerTooLarge(path: Self.path, found: found, limit: 100_000_000)
      ) { try decode(bytes) }
    }
  }

  @Test func `a file changed anywhere is read or refused, and never stops the program`() {
    var generator = SeededGenerator(seed: 12)
    withMutations(of: [KnownFiles.safetensors], count: 300000, using: &generator) { bytes in
      if let tensors = try? decode(bytes) { #expect(tensors.entries.count <= bytes.count) }
    }
  }
}
