public import Normalization
import Foundation

/// What an experiment runs with.
public struct ExperimentContext: Sendable {
  /// How much is run.
  public let form: ExperimentForm
  /// One thread: seeds run side by side, and their bits do not depend on how many do.
  public let execution: Execution
  /// Where data sets have their files.
  public let dataDirectory: String?
  private let isInterrupted: @Sendable () -> Bool
  private let fashionMNIST = Shared<ExperimentData>()
  private let standardized = Shared<ExperimentData>()

  /// Describes a run.
  ///
  /// - Parameters:
  ///   - form: how much is run.
  ///   - instructionSet: the instructions of the kernels.
  ///   - dataDirectory: where Fashion-MNIST has its files; nil: where Debian's package puts them.
  ///   - isInterrupted: asked now and then.
  public init(
    form: ExperimentForm = .quick,
    instructionSet: InstructionSet = Execution.automatic.instructionSet,
    dataDirectory: String? = nil, isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) {
    self.form = form
    execution = Execution(threadCount: 1, instructionSet: instructionSet)
    self.dataDirectory = dataDirectory
    self.isInterrupted = isInterrupted
  }

  /// Ends the experiment where the person has asked for it.
  ///
  /// - Throws: `CancellationError`.
  public func check() throws {
    if isInterrupted() { throw CancellationError() }
  }
  /// The samples: the digits in quick form, Fashion-MNIST in full.
  ///
  /// - Throws: `DatasetFileError` where the files are not there or not whole.
  func data() throws -> ExperimentData {
    switch form {
    case .quick: .digits
    case .full: try fashionMNIST.value { try .fashionMNIST(dataDirectory) }
    }
  }

  /// The same, standardised as ``ExperimentData/standardized()`` says.
  func standardizedData() throws -> ExperimentData {
    try standardized.value { try data().standardized() }
  }
}
