import NeuralNetworks
import Normalization

extension Sequential where Scalar == Float {
  /// The running statistics of all normalization layers that have some, in their order.
  var runningStatistics: [RunningStatistics] {
    get { normalizations.compactMap(\.layer.runningStatistics) }
    set {
      var rest = newValue[...]
      visitNormalizations { _, layer in
        if layer.runningStatistics != nil { layer.runningStatistics = rest.popFirst() }
      }
      precondition(rest.isEmpty, "There are \(rest.count) running statistics too many.")
    }
  }
}
