import TensorFiles
import Tensors
import Testing

@Suite struct NamedTensorsIntegersTests {
  @Test func `integers of a file are decoded`() throws {
    let tensors = try SafetensorsFile.decode(KnownFiles.safetensors, path: "a.safetensors")
    guard case .opaque(let tensor) = tensors.value(named: "n") else {
      Issue.record("n is no opaque tensor")
      return
    }
    #expect(tensor.shape == [])
    #expect(tensor.integers == [3])
    guard case .opaque(let half) = tensors.value(named: "z") else {
      Issue.record("z is no opaque tensor")
      return
    }
    #expect(half.integers == nil)
    #expect(tensors.value(named: "x") == nil)
  }

  @Test func `64-bit integers are little endian in two's complement, there and back`() throws {
    let numbers: [Int64] = [0, 1, -1, -2, 0x0102_0304_0506_0708, .min, .max, 1 << 31]
    var tensors = NamedTensors()
    tensors.setIntegers(numbers, shape: [2, 4], named: "n")
    let bytes = try SafetensorsFile.encode(tensors, path: "a")
    #expect(bytes.suffix(64).dropFirst(32).prefix(8).elementsEqual([8, 7, 6, 5, 4, 3, 2, 1]))
    let read = try SafetensorsFile.decode(bytes, path: "a").value(named: "n")
    guard case .opaque(let tensor) = read else {
      Issue.record("found \(String(describing: read))")
      return
    }
    #expect(tensor.dtype == "I64")
    #expect(tensor.shape == [2, 4])
    #expect(tensor.integers == numbers)
  }

  @Test func `32-bit integers keep their sign`() throws {
    let header = #"{"n":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}  "#
    let data: [UInt8] = [254, 255, 255, 255, 3, 2, 1, 0]
    let bytes = [UInt8(header.utf8.count)] + Array(repeating: 0, count: 7) + header.utf8 + data
    guard case .opaque(let tensor) = try SafetensorsFile.decode(bytes, path: "a").value(named: "n")
    else {
      Issue.record("n is no opaque tensor")
      return
    }
    #expect(tensor.integers == [-2, 0x010203])
  }

  @Test func `another number of integers than the shape asks for is a programmer's mistake`() async
  {
    await #expect(processExitsWith: .failure) {
      var tensors = NamedTensors()
      tensors.setIntegers([1, 2], shape: [], named: "n")
    }
  }
}
