import NeuralNetworks
import Normalization
import Training

/// One of the networks that an experiment trains, and how.
struct Arm: Sendable {
  /// What it is called in pictures and tables.
  var name: String
  var architecture = NetworkArchitecture.mlp
  /// Layers, normalization, activation, initial weights. Seed and threads are set by the run.
  var options = NetworkOptions()
  var optimizer: any Optimizer<Float> = SGD(learningRate: 0.1)
  var schedule: Schedule?
  var batchSize = 60
  var steps = 1000
  /// Steps between two evaluations on the test set.
  var evaluationInterval = 20
  /// A test accuracy with which the training ends before its last step, or nil.
  var sufficientAccuracy: Double?

  /// A network with a number of hidden layers of 100 units, as in Ioffe and Szegedy 2015, section 4.1.
  static func mlp(
    _ name: String, _ normalization: NetworkNormalization, activation: ActivationKind = .sigmoid,
    hiddenWidths: [Int] = [100, 100, 100], learningRate: Double
  ) -> Arm {
    var arm = Arm(name: name)
    arm.options.normalization = normalization
    arm.options.activation = activation
    arm.options.hiddenWidths = hiddenWidths
    arm.optimizer = SGD(learningRate: learningRate)
    return arm
  }

  /// The network of a form: that of ``mlp(_:_:activation:hiddenWidths:learningRate:)``, or a convolutional one.
  static func network(
    _ name: String, _ normalization: NetworkNormalization, activation: ActivationKind,
    learningRate: Double, form: ExperimentForm
  ) -> Arm {
    var arm = mlp(name, normalization, activation: activation, learningRate: learningRate)
    if form.hasConvolutions(activation) { arm.architecture = .lenet }
    return arm
  }
}
