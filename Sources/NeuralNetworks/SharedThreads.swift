import LinearAlgebra
import NormalizationKernels

/// The threads of networks with convolutions.
enum SharedThreads {
  /// Normalises on the threads that the convolutions run on; see `useThreads(of:)`. Done once, at the first convolution.
  static let areUsed: Void = {
    calmLibraryThreads()
    useThreads(of: runOnLibraryThreads)
  }()
}
