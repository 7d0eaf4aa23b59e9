import Normalization

/// The element types of layers, as arguments of tests.
enum ElementType: String, CaseIterable, Sendable {
  case float
  case double

  var type: any NormalizationScalar.Type {
    switch self {
    case .float: Float.self
    case .double: Double.self
    }
  }
}

/// The parts of a layer that an error must leave as they were.
struct LayerState<Scalar: NormalizationScalar>: Equatable {
  var scale: Tensor<Scalar>?
  var shift: Tensor<Scalar>?
  var running: RunningStatistics?
  var epsilon: Double
  var momentum: Momentum
  var freezing: Freezing
  var policy: NonFinitePolicy

  init(_ layer: BatchNorm<Scalar>) {
    (scale, shift, running) = (layer.scale, layer.shift, layer.runningStatistics)
    (epsilon, momentum) = (layer.epsilon, layer.momentum)
    (freezing, policy) = (layer.freezing, layer.nonFinitePolicy)
  }
}
