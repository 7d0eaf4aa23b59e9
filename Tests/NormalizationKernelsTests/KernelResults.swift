import NormalizationKernels
import Tensors
import Testing

/// Everything the kernels give for one input.
struct KernelResults<Scalar: NormalizationScalar> {
  var tensors: [(name: String, elements: [Scalar])] = []
  var numbers: [(name: String, values: [Double])] = []

  mutating func add(_ name: String, _ elements: [Scalar]) { tensors.append((name, elements)) }

  mutating func add(_ name: String, _ sums: (scale: [Double], shift: [Double])) {
    numbers.append((name, sums.scale + sums.shift))
  }

  mutating func add(_ name: String, _ statistics: ChannelStatistics) {
    numbers.append(
      (
        name,
        statistics.mean + statistics.meanRemainder + statistics.variance
          + statistics.inverseDeviation + [Double(statistics.count)]
      ))
  }

  /// The names of the parts whose bits differ.
  func differences(from other: KernelResults) -> [String] {
    zip(tensors, other.tensors).filter { !haveSameBits($0.elements, $1.elements) }.map(\.0.name)
      + zip(numbers, other.numbers).filter { !haveSameBits($0.values, $1.values) }.map(\.0.name)
  }
}

/// Whether numbers have the same bits. Which of the numbers that are not one it is, is no part of the promise.
func haveSameBits<Scalar: NormalizationScalar>(_ a: [Scalar], _ b: [Scalar]) -> Bool {
  guard a.count == b.count else { return false }
  let areSame = a.withUnsafeBytes { a in b.withUnsafeBytes { b in a.elementsEqual(b) } }
  return areSame
    || zip(a, b).allSatisfy { a, b in
      (a.isNaN && b.isNaN) || (a == b && a.sign == b.sign)
    }
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
  func results(_ execution: Execution) -> KernelResults<Scalar> {
    let kernels = BatchKernels<Scalar>(layout: layout, execution: execution)
    let zero = Array(repeating: Scalar(0), count: layout.count)
    var (output, inputGradient, inference, frozenGradient) = (zero, zero, zero, zero)
    var span = output.mutableSpan
    let (statistics, _) = kernels.normalize(
      x.span, into: &span, epsilon: 1e-5, OutputTransformation(scale: scale, shift: shift))
    span = inputGradient.mutableSpan
    let sums = kernels.gradients(
      of: x.span, statistics, outputGradient: dy.span, into: &span, scale: scale,
      throughStatistics: true)
    let running = ChannelStatistics(
      count: 0, mean: statistics.mean.map { $0 + 0.3 },
      variance: statistics.variance.map { $0 * 1.1 + 0.01 }, epsilon: 1e-5)
    span = inference.mutableSpan
    kernels.apply(running, to: x.span, into: &span, OutputTransformation(scale: scale))
    span = frozenGradient.mutableSpan
    let frozen = kernels.gradients(
      of: x.span, running, outputGradient: dy.span, into: &span, scale: nil,
      throughStatistics: false)
    var results = KernelResults<Scalar>()
    results.add("output", output)
    results.add("statistics", statistics)
    results.add("input gradient", inputGradient)
    results.add("sums", sums)
    results.add("inference", inference)
    results.add("frozen gradient", frozenGradient)
    results.add("frozen sums", frozen)
    addFused(to: &results, kernels, statistics, running)
    return results
  }

  /// With ReLU, and with an addend and ReLU; through statistics, and with given ones.
  private func addFused(
    to results: inout KernelResults<Scalar>, _ kernels: BatchKernels<Scalar>,
    _ own: ChannelStatistics, _ running: ChannelStatistics
  ) {
    let relu = OutputTransformation(scale: scale, shift: shift, activation: .relu)
    let zero = Array(repeating: Scalar(0), count: layout.count)
    for throughStatistics in [true, false] {
      let kind = throughStatistics ? "training" : "given statistics"
      var (output, gradient, addendGradient) = (zero, zero, zero)
      var span = output.mutableSpan
      if throughStatistics {
        #expect(kernels.normalize(x.span, into: &span, epsilon: 1e-5, relu).mask == nil)
      } else {
        #expect(kernels.apply(running, to: x.span, into: &span, relu) == nil)
      }
      results.add("ReLU, \(kind)", output)
      let statistics = throughStatistics ? own : running
      span = gradient.mutableSpan
      var sums = kernels.gradients(
        of: x.span, statistics, outputGradient: dy.span, into: &span, scale: scale,
        throughStatistics: throughStatistics, gate: .relu(shift: shift))
      results.add("gradient behind ReLU, \(kind)", gradient)
      results.add("sums behind ReLU, \(kind)", sums)

      span = output.mutableSpan
      let mask =
        throughStatistics
        ? kernels.normalize(x.span, adding: dy.span, into: &span, epsilon: 1e-5, relu).mask
        : kernels.apply(running, to: x.span, adding: dy.span, into: &span, relu)
      guard let mask else {
        Issue.record("An addend and ReLU left no mask.")
        continue
      }
      results.add("addend and ReLU, \(kind)", output)
      span = gradient.mutableSpan
      var other = addendGradient.mutableSpan
      sums = kernels.gradients(
        of: x.span, statistics, outputGradient: dy.span, into: &span, addendGradient: &other,
        scale: scale, throughStatistics: throughStatistics, mask: mask)
      results.add("gradient behind addend and ReLU, \(kind)", gradient)
      results.add("gradient of the addend, \(kind)", addendGradient)
      results.add("sums behind addend and ReLU, \(kind)", sums)
    }
  }
}
