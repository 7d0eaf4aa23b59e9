import Datasets
import NeuralNetworks

/// How much is run.
public enum ExperimentForm: String, Codable, Sendable, CaseIterable {
  /// The digits and small networks, in a minute.
  case quick
  /// Fashion-MNIST, and convolutional networks in place of those with ReLU.
  ///
  /// Networks of sigmoid units stay those of Ioffe and Szegedy 2015, section 4.1: three hidden layers of 100.
  case full
}

extension ExperimentForm {
  /// One value for each form.
  func pick<Value>(quick: Value, full: Value) -> Value {
    switch self {
    case .quick: quick
    case .full: full
    }
  }

  /// Steps between two evaluations of a training whose course counts; those of the full form cost more.
  var evaluationInterval: Int { pick(quick: 20, full: 50) }

  /// The part of an axis in which courses of accuracies that are compared lie.
  var accuracies: ClosedRange<Double> { pick(quick: 0.8...1, full: 0.5...1) }

  /// The same for best accuracies.
  var bestAccuracies: ClosedRange<Double> { pick(quick: 0.9...1, full: 0.7...0.95) }

  /// What ``ExperimentContext/data()`` gives.
  var dataSetting: Setting {
    Setting(
      "Data",
      pick(
        quick: "digits: 1,437 images to train on, 360 to test",
        full:
          "Fashion-MNIST: 60,000 images to train on, the first 1,000 of the others to test; pixels from 0 to 1"
      ))
  }

  /// Whose the samples are.
  var attribution: String { pick(quick: Digits.attribution, full: FashionMNIST.attribution) }

  /// What ``Arm/network(_:_:activation:learningRate:form:)`` gives.
  func networkSetting(_ activations: [ActivationKind]) -> Setting {
    let kinds = activations.map { activation in
      hasConvolutions(activation)
        ? "\(activation.rawValue): LeNet-5, which has convolutions of 5x5 with 6 and 16 channels and layers of 120 and 84 "
          + "units"
        : "\(activation.rawValue): three hidden layers of 100 units"
    }
    return Setting("Network", kinds.joined(separator: "; ") + "; weights after He et al. 2015")
  }

  /// Whether a network of such units is a convolutional one.
  func hasConvolutions(_ activation: ActivationKind) -> Bool {
    self == .full && activation == .relu
  }
}
