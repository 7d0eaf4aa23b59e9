import TensorFiles
import Tensors
import Testing

@Suite struct NamedTensorsTests {
  private let one = AnyTensor(Tensor<Float>([1]))
  private let two = AnyTensor(Tensor<Double>([2]))

  @Test func `names stay in the order in which they were added`() {
    var tensors = NamedTensors(["b": one, "a": two])
    tensors["c"] = one
    tensors["b"] = two
    #expect(tensors.names == ["b", "a", "c"])
    #expect(tensors["b"] == two)
  }

  @Test func `a removed name is gone and the others are found`() {
    var tensors = NamedTensors(["a": one, "b": two, "c": one])
    tensors["a"] = nil
    tensors["x"] = nil
    #expect(tensors.names == ["b", "c"])
    #expect(tensors["a"] == nil)
    #expect(tensors["b"] == two)
    #expect(tensors["c"] == one)
    #expect(!tensors.contains("a"))
  }

  @Test func `an unknown name is an error that lists the names there are`() {
    let tensors = NamedTensors(["a": one, "b": two], path: "a.safetensors")
    #expect(
      throws: TensorFileError.noSuchTensor(
        path: "a.safetensors", name: "x", available: ["a", "b"])
    ) { try tensors.tensor(named: "x") }
  }

  @Test func `the data of another type are refused with its name`() throws {
    let tensors = try SafetensorsFile.decode(KnownFiles.safetensors, path: "a.safetensors")
    #expect(tensors.contains("n"))
    #expect(tensors["n"] == nil)
    #expect(
      throws: TensorFileError.unsupportedType(path: "a.safetensors", tensor: "n", found: "I64")
    ) { try tensors.tensor(named: "n") }
    #expect(try tensors.tensor(named: "b") == .float(Tensor([1.5, -2])))
  }
}
