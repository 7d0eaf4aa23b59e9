import Normalization
import Testing

/// The promise of reproducibility for layer, RMS, group and instance normalization.
///
/// One after the other: only one call at a time has the threads of the pool.
@Suite(.serialized) struct SampleSameBitsTests {
  private struct Bits: Equatable {
    var tensors: [[UInt64]] = []

    mutating func add<Scalar: TensorScalar>(_ values: [Scalar]) {
      tensors.append(values.map { Double($0).bitPattern })
    }
  }

  private func bits<Scalar: NormalizationScalar>(
    _ one: SampleCase, _ type: Scalar.Type, _ execution: Execution
  ) throws -> Bits {
    // Sets of every kind: plain, of huge mean, constant, and of magnitudes that Float32 cannot carry.
    let kinds: [(mean: Double, deviation: Double)] = [
      (0, 1), (1e5, 1), (0.1, 0), (1e32, 3e31), (0, 1e-30), (7, 0.3),
    ]
    let x: Tensor<Scalar> = one.tensor(
      seed: 1, mean: { kinds[$0 % 6].mean }, deviation: { kinds[$0 % 6].deviation })
    let dy: Tensor<Scalar> = one.tensor(seed: 2)
    let scale: Tensor<Scalar> = one.parameters(seed: 3, around: 1)
    let layer = one.layer(scale, one.parameters(seed: 4), execution: execution)
    let pass = try layer.trainingPass(x)
    let gradients = layer.gradients(of: pass, outputGradient: dy)
    var bits = Bits()
    bits.add(pass.output.elements)
    bits.add(gradients.input.elements)
    bits.add(gradients.scale?.elements ?? [])
    bits.add(gradients.shift?.elements ?? [])
    let statistics = pass.record.statistics
    bits.add(statistics.mean + statistics.meanRemainder + statistics.variance)
    return bits
  }

  private func check<Scalar: NormalizationScalar>(
    _ one: SampleCase, _ type: Scalar.Type, _ executions: [Execution]
  ) throws {
    let expected = try bits(
      one, type, Execution(threadCount: 1, instructionSet: executions[0].instructionSet))
    for execution in executions {
      let found = try bits(one, type, execution)
      #expect(found == expected, "\(execution.threadCount) threads, \(execution.instructionSet)")
    }
  }

  @Test(arguments: SampleCase.all)
  func `small inputs give the same bits on every instruction set`(one: SampleCase) throws {
    let executions = [.portable] + InstructionSet.available.filter { $0 != .portable }
    let all = executions.map { Execution(threadCount: 2, instructionSet: $0) }
    try check(one, Float.self, all)
    try check(one, Double.self, all)
  }

  // From half a megabyte on threads are used: many and few sets, long and short, blocks of sets and strips of
  // elements.
  static let large: [SampleCase] = [
    .init(.layer, [1025, 200], axis: 1), .init(.layer, [4001, 33], axis: 1),
    .init(.layer, [130, 3000], axis: 1), .init(.layer, [3, 100_001], axis: 1),
    .init(.layer, [1, 300_001], axis: 1), .init(.layer, [65, 2500], axis: 1),
    .init(.rms, [513, 700], axis: 1), .init(.rms, [5, 40_001], axis: 1),
    .init(.group(4), [9, 16, 40, 41], axis: 1), .init(.group(4), [9, 40, 41, 16], axis: 3),
    .init(.group(2), [1, 6, 200, 201], axis: 1), .init(.group(2), [1, 200, 201, 6], axis: 3),
    .init(.group(1), [2, 3, 300, 100], axis: 1), .init(.group(1), [2, 300, 100, 3], axis: 3),
    .init(.group(8), [3000, 128], axis: 1), .init(.group(2), [2, 50, 66, 30], axis: 2),
    .init(.instance, [16, 32, 20, 21], axis: 1), .init(.instance, [16, 20, 21, 32], axis: 3),
    .init(.instance, [1, 300, 301, 3], axis: 3), .init(.instance, [1, 3, 300, 301], axis: 1),
  ]

  @Test(arguments: large)
  func `large inputs give the same bits on every thread count and instruction set`(
    one: SampleCase
  ) throws {
    let counts = [2, 3, 7].map { Execution(threadCount: $0, instructionSet: .best) }
    try check(one, Float.self, counts)
    try check(one, Double.self, Array(counts.prefix(1)))
    let sets = InstructionSet.available.map { Execution(threadCount: 2, instructionSet: $0) }
    try check(one, Float.self, sets)
  }

  // Beyond ten megabytes outputs are written past the caches.
  @Test(arguments: [
    SampleCase(.layer, [3601, 768], axis: 1), .init(.layer, [5001, 545], axis: 1),
    .init(.group(4), [17, 64, 50, 52], axis: 1), .init(.instance, [9, 56, 56, 100], axis: 3),
  ])
  func `inputs beyond the caches give the same bits`(one: SampleCase) throws {
    try check(
      one, Float.self, [2, 3].map { Execution(threadCount: $0, instructionSet: .best) })
  }
}
