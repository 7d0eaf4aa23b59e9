#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How kernels run: on how many threads, with which instructions. The results do not depend on it.
public struct Execution: Equatable, Sendable {
  /// The most threads a call may use, the calling one included.
  public let threadCount: Int
  /// The instructions to use. Has to be available on this processor.
  public let instructionSet: InstructionSet

  /// All processors and the fastest instructions of this machine.
  public static let automatic = Execution(
    threadCount: processorCount, instructionSet: .best)

  /// Creates an execution.
  ///
  /// - Precondition: `threadCount` is positive and the instruction set is available here.
  public init(
    threadCount: Int = Execution.automatic.threadCount,
    instructionSet: InstructionSet = Execution.automatic.instructionSet
  ) {
    precondition(
      threadCount > 0, "At least one thread is needed, but \(threadCount) were asked for.")
    precondition(
      instructionSet.isAvailable,
      "This processor cannot run \(instructionSet.rawValue), only \(InstructionSet.available).")
    self.threadCount = threadCount
    self.instructionSet = instructionSet
  }

  /// The execution that the variables `BATCHNORM_THREADS` and `BATCHNORM_ISA` of `environment` ask for,
  /// automatic where they are absent or empty.
  public init(environment: [String: String]) throws(ExecutionError) {
    var (threads, instructions) = (Self.automatic.threadCount, Self.automatic.instructionSet)
    if let text = environment["BATCHNORM_THREADS"], !text.isEmpty {
      guard let count = Int(text), (1...1024).contains(count) else {
        throw .threadCount(found: text)
      }
      threads = count
    }
    if let name = environment["BATCHNORM_ISA"], !name.isEmpty {
      guard let set = InstructionSet(rawValue: name) else { throw .unknownInstructionSet(name) }
      guard set.isAvailable else { throw .unavailableInstructionSet(set) }
      instructions = set
    }
    self.init(threadCount: threads, instructionSet: instructions)
  }

  private static var processorCount: Int {
    max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }
}

/// Why an environment asks for an execution that cannot be had.
public enum ExecutionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// `BATCHNORM_THREADS` is not a number from 1 to 1024.
  case threadCount(found: String)
  /// `BATCHNORM_ISA` names no instruction set.
  case unknownInstructionSet(String)
  /// `BATCHNORM_ISA` names an instruction set that this processor lacks.
  case unavailableInstructionSet(InstructionSet)

  /// What is wrong and what to do.
  public var description: String {
    func list(_ sets: [InstructionSet]) -> String { sets.map(\.rawValue).joined(separator: ", ") }
    return switch self {
    case .threadCount(let found):
      "BATCHNORM_THREADS must be a whole number from 1 to 1024, but is '\(found)'."
    case .unknownInstructionSet(let name):
      "BATCHNORM_ISA is '\(name)', which is none of \(list(InstructionSet.allCases))."
    case .unavailableInstructionSet(let set):
      """
      BATCHNORM_ISA asks for \(set.rawValue), which this processor lacks; it can run \
      \(list(InstructionSet.available)).
      """
    }
  }
}
