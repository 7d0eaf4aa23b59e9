import TensorFiles
import Tensors
import Testing

@Suite struct AnyTensorTests {
  let float = AnyTensor(Tensor<Float>([0.1, 2], shape: [1, 2]))
  let double = AnyTensor(Tensor([0.1, 2], shape: [2, 1]))

  @Test func `shape, count, rank and type are those of the tensor`() {
    #expect(float.shape == [1, 2])
    #expect(float.count == 2)
    #expect(float.rank == 2)
    #expect(float.dtype == "F32")
    #expect(double.shape == [2, 1])
    #expect(double.dtype == "F64")
  }

  @Test func `a tensor of the other type is not given out`() {
    #expect(float.tensor(of: Float.self)?.elements == [0.1, 2])
    #expect(float.tensor(of: Double.self) == nil)
    #expect(double.tensor(of: Float.self) == nil)
  }

  @Test func `conversion rounds to the nearest number`() {
    #expect(double.converted(to: Float.self).elements == [0.1, 2])
    #expect(float.converted(to: Double.self).elements == [Double(Float(0.1)), 2])
    #expect(float.converted(to: Float.self) == float.tensor(of: Float.self))
  }

  @Test func `tensors of different types are not equal`() {
    #expect(AnyTensor(Tensor<Float>([1])) != AnyTensor(Tensor<Double>([1])))
  }

  @Test func `reshaping keeps type and elements`() {
    #expect(float.reshaped(to: [2]) == .float(Tensor([0.1, 2])))
    #expect(double.reshaped(to: [2]) == .double(Tensor([0.1, 2])))
  }
}
