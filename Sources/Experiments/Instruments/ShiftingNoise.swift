import NeuralNetworks
import Normalization
import Tensors

/// Adds noise whose mean and deviation change at every training step: the control of Santurkar et al. 2018.
///
///     y = s x + m,   m ~ U(M - 0.1, M + 0.1),   s ~ U(S - 0.1, S + 0.1) for each element
///     M ~ U(-0.5, 0.5),   S ~ U(1, 1.25) for each unit, anew at every step
///
/// Shapes: [N, units], or channels-last [N, ..., units].
///
/// Behind batch normalization it makes the distribution of each unit move from step to step, which that had kept in place.
/// Inference is the identity.
///
/// Source: Santurkar, Tsipras, Ilyas and Madry 2018, arXiv:1805.11604, section 2.2 and appendix A.1.
struct ShiftingNoise: RandomLayer {
  let seed: UInt64
  var passesDrawn = 0

  func inference(_ input: Tensor<Float>) -> Tensor<Float> { input }

  func forward(_ input: Tensor<Float>) -> LayerPass<Float> {
    var generator = SeededGenerator(seed: seed, stream: UInt64(passesDrawn))
    let units = input.shape[input.rank - 1]
    func uniform(_ low: Double, _ high: Double) -> Double {
      low + (high - low) * generator.uniform()
    }
    let centers = (0..<units).map { _ in (mean: uniform(-0.5, 0.5), scale: uniform(1, 1.25)) }
    let values = input.elements
    var (scales, outputs) = ([Float](), [Float]())
    scales.reserveCapacity(values.count)
    outputs.reserveCapacity(values.count)
    for index in values.indices {
      let center = centers[index % units]
      let scale = Float(uniform(center.scale - 0.1, center.scale + 0.1))
      scales.append(scale)
      outputs.append(scale * values[index] + Float(uniform(center.mean - 0.1, center.mean + 0.1)))
    }
    let factors = scales
    return LayerPass(output: Tensor(outputs, shape: input.shape)) { gradient in
      let gradients = zip(gradient.elements, factors).map { $0 * $1 }
      return LayerGradients(input: Tensor(gradients, shape: gradient.shape), parameters: [])
    }
  }

  mutating func commit(_ pass: LayerPass<Float>) { passesDrawn += 1 }
}
