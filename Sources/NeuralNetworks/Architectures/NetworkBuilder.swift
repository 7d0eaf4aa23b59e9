import LinearAlgebra
import Normalization

/// A network in the making: its stages so far, and what its layers have in common.
struct NetworkBuilder {
  let options: NetworkOptions
  private(set) var stages: [Sequential<Float>.Stage] = []
  /// Linear layers so far, each with a stream of random numbers of its own.
  private var weightCount: UInt64 = 0

  init(_ options: NetworkOptions) {
    self.options = options
  }

  var network: Sequential<Float> { Sequential(stages) }

  mutating func add(_ name: String, _ layer: any Layer<Float>) {
    stages.append(.init(name, layer))
  }

  /// A linear layer, its normalization and its activation, in the order that the placement asks for.
  mutating func addUnit(
    _ layer: any Layer<Float>, channelCount: Int, isSpatial: Bool, names: UnitNames
  ) {
    add(names.layer, layer)
    if options.placement == .after {
      add(names.activation, Activation(options.activation, execution: options.execution))
    }
    if let norm = norm(channelCount, isSpatial: isSpatial) { add(names.norm, norm) }
    if options.placement == .before {
      add(names.activation, Activation(options.activation, execution: options.execution))
    }
  }

  /// What the stages of a unit are called.
  struct UnitNames {
    let layer: String
    let norm: String
    let activation: String
  }

  /// The normalization of a unit. Features without positions are normalised together where channels are each on their own.
  func norm(_ channelCount: Int, isSpatial: Bool) -> (any Layer<Float>)? {
    let kind = options.normalization
    return (kind == .instance && !isSpatial ? .layer : kind).layer(
      channelCount: channelCount, isSpatial: isSpatial, execution: options.execution)
  }

  /// A bias only where no normalization would take it off again.
  mutating func convolution(
    from inputs: Int, to outputs: Int, kernel: Int = 3, stride: Int = 1, padding: Int = 1
  ) -> Convolution<Float> {
    var generator = nextGenerator()
    return Convolution(
      inputChannels: inputs, outputChannels: outputs,
      window: SlidingWindow(
        kernel: [kernel, kernel], stride: [stride, stride], padding: [padding, padding]),
      hasBias: options.normalization == .none || options.placement == .after,
      deviation: options.initialDeviation, using: &generator, execution: options.execution)
  }

  mutating func dense(from inputs: Int, to outputs: Int, isLast: Bool = false) -> Dense<Float> {
    var generator = nextGenerator()
    let deviation = ((isLast ? 1 : 2) / Double(inputs)).squareRoot()
    return Dense(
      inputCount: inputs, outputCount: outputs, deviation: options.initialDeviation ?? deviation,
      using: &generator, execution: options.execution)
  }

  func maximum(_ kernel: Int = 2) -> Pooling<Float> {
    Pooling(
      .maximum, window: SlidingWindow(kernel: [kernel, kernel], stride: [kernel, kernel]),
      execution: options.execution)
  }

  private mutating func nextGenerator() -> SeededGenerator {
    weightCount += 1
    return SeededGenerator(seed: options.seed, stream: weightCount)
  }
}
