import Normalization
import Testing
import Training

@Suite struct GradientClippingTests {
  @Test func `the norm of all gradients together is limited`() {
    var gradients: [Tensor<Float>?] = [Tensor([3, 0, 0]), nil, Tensor([0, 4], shape: [1, 2])]
    #expect(GradientClipping.norm(2.5).clip(&gradients) == 5)
    // Half, but for the 1e-6 beside the norm.
    #expect(abs((gradients[0]?[0] ?? 0) - 1.5) < 1e-6)
    #expect(abs((gradients[2]?[1] ?? 0) - 2) < 1e-6)
    #expect(gradients[1] == nil)
  }

  @Test func `gradients within the limit keep their bits`() {
    var gradients: [Tensor<Float>?] = [Tensor([0.3, -0.1])]
    let before = gradients
    #expect(GradientClipping.norm(1).clip(&gradients) > 0.3)
    #expect(gradients == before)
    GradientClipping.value(0.3).clip(&gradients)
    #expect(gradients == before)
  }

  @Test func `single numbers are limited`() {
    var gradients: [Tensor<Float>?] = [Tensor([3, -0.5, -7, .infinity, .nan])]
    GradientClipping.value(2).clip(&gradients)
    let found = gradients[0]?.elements ?? []
    #expect(found.prefix(4) == [2, -0.5, -2, 2])
    #expect(found.last?.isNaN == true)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 1000])
  func `the norm of any number of elements`(count: Int) {
    var gradients: [Tensor<Float>?] = [Tensor(repeating: 2, shape: [count])]
    let norm = GradientClipping.norm(1e9).clip(&gradients)
    #expect(abs(norm * norm - 4 * Double(count)) < 1e-9)
  }

  @Test func `large gradients do not overflow, the squares being in Float64`() {
    var gradients: [Tensor<Float>?] = [Tensor([3e30, 4e30])]
    let norm = GradientClipping.norm(5).clip(&gradients)
    #expect(abs(norm / 5e30 - 1) < 1e-6)
    #expect(abs((gradients[0]?[1] ?? 0) - 4) < 1e-5)
  }
}
