import NormalizationKernels
import Testing

/// How kernels run, as asked for by a program or an environment.
@Suite struct ExecutionTests {
  @Test func `the automatic execution uses the best instructions there are`() {
    #expect(Execution.automatic.threadCount >= 1)
    #expect(Execution.automatic.instructionSet == .best)
    #expect(InstructionSet.available.first == .portable)
    #expect(InstructionSet.available.allSatisfy { $0.isAvailable })
    #if arch(arm64)
      #expect(InstructionSet.best == .neon)
    #else
      #expect(!InstructionSet.neon.isAvailable)
    #endif
  }

  @Test func `an environment may name threads and instructions`() throws {
    #expect(try Execution(environment: [:]) == .automatic)
    #expect(
      try Execution(environment: ["BATCHNORM_THREADS": "", "BATCHNORM_ISA": ""]) == .automatic)
    let execution = try Execution(
      environment: ["BATCHNORM_THREADS": "3", "BATCHNORM_ISA": "portable"])
    #expect(execution == Execution(threadCount: 3, instructionSet: .portable))
    #expect(try Execution(environment: ["BATCHNORM_THREADS": "1024"]).threadCount == 1024)
    for set in InstructionSet.available {
      #expect(try Execution(environment: ["BATCHNORM_ISA": set.rawValue]).instructionSet == set)
    }
  }

  @Test(arguments: ["0", "-1", "1025", "two", "1.5", " 2", "99999999999999999999"])
  func `a thread count that is none is an error with its text`(text: String) {
    let error = ExecutionError.threadCount(found: text)
    #expect(throws: error) { try Execution(environment: ["BATCHNORM_THREADS": text]) }
    #expect(
      error.description
        == "BATCHNORM_THREADS must be a whole number from 1 to 1024, but is '\(text)'.")
  }

  @Test(arguments: ["sse2", "AVX2", "avx-512", " "])
  func `an unknown instruction set is an error with the known ones`(name: String) {
    let error = ExecutionError.unknownInstructionSet(name)
    #expect(throws: error) { try Execution(environment: ["BATCHNORM_ISA": name]) }
    #expect(
      error.description
        == "BATCHNORM_ISA is '\(name)', which is none of portable, avx2, avx512, neon.")
  }

  @Test func `an instruction set that the processor lacks is an error with those it has`() throws {
    let missing = try #require(InstructionSet.allCases.first { !$0.isAvailable })
    let error = ExecutionError.unavailableInstructionSet(missing)
    #expect(throws: error) { try Execution(environment: ["BATCHNORM_ISA": missing.rawValue]) }
    let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    #expect(
      error.description == """
        BATCHNORM_ISA asks for \(missing.rawValue), which this processor lacks; it can run \
        \(available).
        """)
  }

  @Test func `no threads stop the program`() async {
    await #expect(processExitsWith: .failure) { _ = Execution(threadCount: 0) }
  }
}
