import NormalizationKernels
import Testing

/// The promise of reproducibility: the same bits for every thread count and instruction set, forward,
/// inference and backward.
///
/// One after the other: only one call at a time has the threads of the pool.
@Suite(.serialized) struct SameBitsTests {
  enum Element: String, CaseIterable, Sendable {
    case float, double
  }

  /// Every instruction set on two threads, the best one on other numbers.
  static let executions =
    InstructionSet.available.map { Execution(threadCount: 2, instructionSet: $0) }
    + [1, 3, 7].map { Execution(threadCount: $0, instructionSet: .best) }

  /// Holds the results of some executions to those of one thread with the portable kernels, or others.
  private func check(
    _ element: Element, _ layouts: [BatchLayout], _ executions: [Execution] = executions,
    against reference: InstructionSet = .portable
  ) {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type, _ layout: BatchLayout) {
      let input = KernelInput<Scalar>(layout)
      let expected = input.results(Execution(threadCount: 1, instructionSet: reference))
      for execution in executions {
        let differences = input.results(execution).differences(from: expected)
        #expect(
          differences.isEmpty,
          """
          \(layout.rows)x\(layout.channels)x\(layout.inner), \(execution.threadCount) threads, \
          \(execution.instructionSet)
          """)
      }
    }
    for layout in layouts {
      switch element {  // and no type as a value: that would run unspecialised, many times slower
      case .float: check(Float.self, layout)
      case .double: check(Double.self, layout)
      }
    }
  }

  // Blocks have 64 rows, vectors 16 lanes. Small tensors take one thread whatever is asked for.
  @Test(arguments: Element.allCases, [1, 2, 63, 64, 65, 127, 128, 129])
  func `columns give the same bits on every instruction set`(element: Element, rows: Int) {
    check(
      element,
      [1, 2, 3, 15, 16, 17, 33, 100].map { BatchLayout(rows: rows, channels: $0, inner: 1) },
      InstructionSet.available.map { Execution(threadCount: 2, instructionSet: $0) })
  }

  // Runs end in tails of vectors, of eight partial sums, and of sections of 2048.
  @Test(
    arguments: Element.allCases,
    [2, 7, 15, 16, 17, 31, 33, 48, 49, 64, 65, 127, 128, 129, 196, 784, 2047, 2048, 2049, 5000])
  func `runs give the same bits on every instruction set`(element: Element, inner: Int) {
    let rows = inner > 700 ? [1, 2, 3] : [1, 2, 15, 16, 17, 65, 129]
    check(
      element,
      rows.flatMap { rows in
        [1, 3, 17].map { BatchLayout(rows: rows, channels: $0, inner: inner) }
      }, InstructionSet.available.map { Execution(threadCount: 2, instructionSet: $0) })
  }

  // A megabyte and more: here threads are used. Many and few channels, short and long rows.
  @Test(
    arguments: Element.allCases,
    [
      BatchLayout(rows: 4097, channels: 100, inner: 1),
      BatchLayout(rows: 262_145, channels: 1, inner: 1),
      BatchLayout(rows: 90_001, channels: 3, inner: 1),
      BatchLayout(rows: 257, channels: 2000, inner: 1),
      BatchLayout(rows: 65, channels: 33, inner: 196),
      BatchLayout(rows: 9, channels: 16, inner: 2049),
      BatchLayout(rows: 3, channels: 2, inner: 50_001),
      BatchLayout(rows: 1, channels: 1, inner: 300_001),
      BatchLayout(rows: 6000, channels: 3, inner: 17),
      BatchLayout(rows: 40, channels: 100, inner: 65),
    ])
  func `large tensors give the same bits on every thread count and instruction set`(
    element: Element, layout: BatchLayout
  ) {
    check(element, [layout])
  }

  // Beyond ten megabytes outputs are written past the caches, in whole lines where rows allow it.
  @Test(
    arguments: [
      BatchLayout(rows: 42_001, channels: 64, inner: 1),
      BatchLayout(rows: 27_001, channels: 100, inner: 1),
      BatchLayout(rows: 900_001, channels: 3, inner: 1),
      BatchLayout(rows: 9, channels: 96, inner: 3136),
      BatchLayout(rows: 33, channels: 420, inner: 196),
      BatchLayout(rows: 28, channels: 2000, inner: 49),
    ])
  func `tensors beyond the caches give the same bits`(layout: BatchLayout) {
    check(
      .float, [layout],
      [
        Execution(threadCount: 2, instructionSet: .best),
        Execution(threadCount: 3, instructionSet: .best),
      ], against: .best)
  }

  @Test func `results do not depend on earlier calls or on the number of calls`() {
    let input = KernelInput<Float>(BatchLayout(rows: 700, channels: 400, inner: 1))
    let execution = Execution(threadCount: 3, instructionSet: .best)
    let first = input.results(execution)
    for _ in 0..<20 {
      #expect(input.results(execution).differences(from: first).isEmpty)
    }
  }
}
