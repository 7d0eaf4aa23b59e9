import NormalizationKernels
import Tensors

/// Everything the kernels give for one input, as bits.
struct KernelResults: Equatable {
  var output: [UInt64]
  var statistics: [UInt64]
  var inputGradient: [UInt64]
  var sums: [UInt64]
  var inference: [UInt64]
  var frozenGradient: [UInt64]
  var frozenSums: [UInt64]

  /// The names of the parts that differ.
  func differences(from other: KernelResults) -> [String] {
    [
      ("output", output == other.output), ("statistics", statistics == other.statistics),
      ("input gradient", inputGradient == other.inputGradient), ("sums", sums == other.sums),
      ("inference", inference == other.inference),
      ("frozen gradient", frozenGradient == other.frozenGradient),
      ("frozen sums", frozenSums == other.frozenSums),
    ].filter { !$0.1 }.map(\.0)
  }
}

/// The bits of numbers. Which of the numbers that are not one it is, is no part of the promise.
func bits<Scalar: NormalizationScalar>(_ values: [Scalar]) -> [UInt64] {
  values.map { $0.isNaN ? .max : Double($0).bitPattern }
}

func bits(_ statistics: ChannelStatistics) -> [UInt64] {
  bits(statistics.mean) + bits(statistics.meanRemainder) + bits(statistics.variance)
    + bits(statistics.inverseDeviation) + [UInt64(statistics.count)]
}

/// Input, output gradient and factors for a layout, with channels of every kind: plain, of huge mean,
/// constant, and of magnitudes that Float32 cannot carry.
struct KernelInput<Scalar: NormalizationScalar> {
  let layout: BatchLayout
  let x: [Scalar]
  let dy: [Scalar]
  let scale: [Double]
  let shift: [Double]

  init(_ layout: BatchLayout, seed: UInt64 = 1) {
    var generator = SeededGenerator(seed: seed)
    // A cheap uniform source: large tensors are filled in little time.
    func uniform() -> Double { Double(Int64(bitPattern: generator.next()) >> 40) * 0x1p-23 }
    let kinds: [(mean: Double, deviation: Double)] = [
      (0, 1), (1e5, 1), (0.1, 0), (-3, 1e-4), (1e32, 3e31), (0, 1e-30), (7, 0.3), (-1e4, 2),
    ]
    x = (0..<layout.count).map { index in
      let kind = kinds[index / layout.inner % layout.channels % kinds.count]
      return Scalar(kind.mean + kind.deviation * uniform())
    }
    dy = (0..<layout.count).map { _ in Scalar(uniform()) }
    scale = (0..<layout.channels).map { _ in Double(Float(uniform() + 1.5)) }
    shift = (0..<layout.channels).map { _ in Double(Float(uniform())) }
    self.layout = layout
  }

  /// The results of an execution.
  func results(_ execution: Execution) -> KernelResults {
    let kernels = BatchKernels<Scalar>(layout: layout, execution: execution)
    let zero = Array(repeating: Scalar(0), count: layout.count)
    var (output, inputGradient, inference, frozenGradient) = (zero, zero, zero, zero)
    var span = output.mutableSpan
    let statistics = kernels.normalize(
      x.span, into: &span, epsilon: 1e-5, scale: scale, shift: shift)
    span = inputGradient.mutableSpan
    let sums = kernels.gradients(
      of: x.span, statistics, outputGradient: dy.span, into: &span, scale: scale,
      throughStatistics: true)
    let running = ChannelStatistics(
      count: 0, mean: statistics.mean.map { $0 + 0.3 },
      variance: statistics.variance.map { $0 * 1.1 + 0.01 }, epsilon: 1e-5)
    span = inference.mutableSpan
    kernels.apply(running, to: x.span, into: &span, scale: scale, shift: nil)
    span = frozenGradient.mutableSpan
    let frozen = kernels.gradients(
      of: x.span, running, outputGradient: dy.span, into: &span, scale: nil,
      throughStatistics: false)
    return KernelResults(
      output: bits(output), statistics: bits(statistics), inputGradient: bits(inputGradient),
      sums: bits(sums.scale) + bits(sums.shift), inference: bits(inference),
      frozenGradient: bits(frozenGradient), frozenSums: bits(frozen.scale) + bits(frozen.shift))
  }
}
