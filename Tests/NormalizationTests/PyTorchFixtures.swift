import Foundation
import Normalization
import TensorFiles

/// What PyTorch's batch normalization gives: see Fixtures/make_batchnorm_fixtures.py.
struct PyTorchFixtures {
  /// A case's setting, as the script writes it.
  struct Setting: Decodable {
    var name: String
    var axis: Int
    var mode: String
    var epsilon: Double
    var updating: Double?
    var batchesTrackedBefore: Int
    var tracking: Bool
    var affine: Bool
    var dtype: String
  }

  /// A case: its setting and its tensors.
  struct Case: CustomStringConvertible {
    var number: String
    var setting: Setting
    var tensors: NamedTensors

    var description: String { "case \(number), \(setting.name), axis \(setting.axis)" }

    func given<Scalar: TensorScalar>(_ name: String, _ type: Scalar.Type) throws -> Tensor<Scalar> {
      try tensors.tensor(named: "\(number)/\(name)").converted(to: type)
    }

    func expected(_ name: String) throws -> Tensor<Double> { try given(name, Double.self) }

    func contains(_ name: String) -> Bool { tensors.contains("\(number)/\(name)") }
  }

  var cases: [Case]

  init() throws {
    guard
      let path = Bundle.module.path(
        forResource: "Fixtures/pytorch-batchnorm", ofType: "safetensors")
    else { throw Missing() }
    let tensors = try SafetensorsFile.read(path)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    cases = try tensors.metadata.sorted { $0.key < $1.key }.map { number, text in
      Case(
        number: number, setting: try decoder.decode(Setting.self, from: Data(text.utf8)),
        tensors: tensors)
    }
  }

  struct Missing: Error {}
}

extension PyTorchFixtures.Case {
  /// The layer before the call.
  func layer<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws -> BatchNorm<Scalar> {
    let input = try given("input", Double.self)
    let axis = setting.axis < 0 ? setting.axis + input.rank : setting.axis
    var layer = BatchNorm<Scalar>(
      featureCount: input.shape[axis], axis: setting.axis, epsilon: setting.epsilon,
      momentum: setting.updating.map(Momentum.updating) ?? .cumulative,
      tracking: setting.tracking ? .unbiasedVariance : nil, hasScale: setting.affine,
      hasShift: setting.affine)
    if setting.affine {
      layer.scale = try given("scale", type)
      layer.shift = try given("shift", type)
    }
    if setting.tracking {
      layer.runningStatistics = RunningStatistics(
        mean: try expected("running_mean_before").elements,
        variance: try expected("running_variance_before").elements,
        batchesTracked: setting.batchesTrackedBefore)
    }
    return layer
  }
}
