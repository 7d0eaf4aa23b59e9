import Foundation
import NeuralNetworks
import Normalization
import TestSupport
import Testing

/// What a case of pytorch-layers.safetensors is of; see Fixtures/make_pytorch_layers.py.
struct LayerSetting: Decodable {
  var name: String
  var kind: String
  var variant: String?
  var normalization: String?
  var slope: Double?
  var labels: [Int]?
  var smoothing: Double?
  var size: Int?
  var alpha: Double?
  var beta: Double?
  var k: Double?
}

typealias LayerCase = FixtureFile<LayerSetting>.Case

/// PyTorch's cases of a kind. Their number is asked for, so that none can get lost.
func pyTorchCases(_ kind: String, count: Int) throws -> [LayerCase] {
  let file = try FixtureFile<LayerSetting>("pytorch-layers", in: .module)
  let cases = file.cases.filter { $0.setting.kind == kind }
  #expect(cases.count == count, "cases of kind \(kind)")
  return cases
}

/// Checks that a tensor differs from PyTorch's by no more than `tolerance` times the largest element of it, or of 1.
func expectClose<Scalar: NetworkScalar>(
  _ found: Tensor<Scalar>, _ expected: Tensor<Double>, tolerance: Double,
  _ place: @autoclosure () -> String
) {
  guard found.shape == expected.shape else {
    Issue.record("\(place()): shape \(found.shape), expected \(expected.shape)")
    return
  }
  let size = expected.elements.reduce(1) { max($0, abs($1)) }
  for i in 0..<found.count {
    let difference = abs(Double(found[i]) - expected[i])
    guard difference <= tolerance * size else {
      Issue.record("\(place()): element \(i) is \(found[i]), expected \(expected[i])")
      return
    }
  }
}

/// The largest error that rounding may explain in these small cases, by element type: some 60 roundings.
func fixtureTolerance<Scalar: NetworkScalar>(_ type: Scalar.Type) -> Double {
  Scalar.self == Float.self ? 4e-6 : 1e-14
}

/// Checks a layer's output and gradients against a case, in Double and in Float.
///
/// `tolerance` is a factor: normalizations of small numbers enlarge rounding errors.
func expectAgreement(
  with one: LayerCase, _ double: some Layer<Double>, _ float: some Layer<Float>,
  tolerance factor: Double = 1
) throws {
  func check<Scalar: NetworkScalar>(_ layer: some Layer<Scalar>) throws {
    let place = "\(one), \(Scalar.self)"
    let tolerance = factor * fixtureTolerance(Scalar.self)
    let input = try one.tensor("input", Scalar.self)
    let pass = try layer.forward(input)
    expectClose(pass.output, try one.expected("output"), tolerance: tolerance, "\(place), output")
    if one.setting.normalization == nil {
      let inference = try layer.inference(input)
      #expect(inference == pass.output, "\(place)")
    }
    let gradients = pass.pullback(try one.tensor("output_gradient", Scalar.self))
    expectClose(
      gradients.input, try one.expected("input_gradient"), tolerance: tolerance,
      "\(place), input gradient")
    for (number, parameter) in layer.parameters.enumerated() {
      let name = "\(parameter.info.name)_gradient"
      let gradient = try #require(gradients.parameters[number])
      expectClose(gradient, try one.expected(name), tolerance: tolerance, "\(place), \(name)")
    }
  }
  try check(double)
  try check(float)
}
