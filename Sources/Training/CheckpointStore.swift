import TensorFiles

/// The place of a run's checkpoints: the last one under its path, the one before it under the path and ".previous".
///
/// A program that is killed at any moment leaves a complete checkpoint. Writing takes these steps, and between any two
/// of them the files are as the table says; 1 and 2 are the old checkpoints, 3 the new one, * may be incomplete.
///
/// | after | path | .previous | .new | .link |
/// |---|---|---|---|---|
/// | nothing | 2 | 1 | - | - |
/// | the new file is written and forced to the disk | 2 | 1 | 3* | - |
/// | the last one gets a second name | 2 | 1 | 3 | 2 |
/// | which becomes that of the one before | 2 | 2 | 3 | - |
/// | the new file takes the path | 3 | 2 | - | - |
///
/// Each step but the first is a single call of the system, which happens or does not. Where the file system has no
/// second names, the last checkpoint itself becomes the one before, and until the new file takes the path ``load()``
/// finds that one. Leftovers of a killed program are removed by the next writing. A last checkpoint that is damaged
/// does not take the place of the one before.
public struct CheckpointStore: Sendable {
  /// Where the last checkpoint is.
  public let path: String
  /// Whether the file at the path is whole; nil where that is not known.
  private var isLastWhole: Bool?

  /// Names a place; nothing is read or written.
  ///
  /// A symbolic link stays, and checkpoints are beside the file that it names.
  public init(path: String) {
    self.path = symbolicLinkTarget(of: path)
  }

  /// Where the checkpoint before the last is.
  public var previousPath: String { Self.previousPath(of: path) }

  static func previousPath(of path: String) -> String { "\(path).previous" }

  /// Where the next checkpoint is written.
  var newPath: String { "\(path).new" }
  /// A second name of the last checkpoint.
  var linkPath: String { "\(path).link" }

  /// Held by the program that writes.
  var lockPath: String { "\(path).lock" }

  /// All names that files of the store have at some time.
  public var paths: [String] { [path, previousPath, newPath, linkPath, lockPath] }

  /// Keeps other programs from writing here until the lock is released.
  ///
  /// - Throws: ``CheckpointError/inUse(path:)``, ``CheckpointError/file(_:)``.
  func lock() throws(CheckpointError) -> FileLock {
    do throws(TensorFileError) {
      if let lock = try FileLock(lockPath) { return lock }
    } catch {
      throw .file(error)
    }
    throw .inUse(path: path)
  }

  /// Whether there is a file at the path or at the one of the checkpoint before.
  public var isOccupied: Bool { fileExists(path) || fileExists(previousPath) }

  /// The steps of writing, for tests that end after any of them.
  enum Step: Int, CaseIterable {
    case clear, write, link, replacePrevious, replaceLast
  }

  /// Writes a checkpoint and keeps the one before it.
  ///
  /// - Throws: ``CheckpointError/file(_:)``; the last complete checkpoint is then where it was.
  public mutating func write(_ checkpoint: Checkpoint) throws(CheckpointError) {
    try write(checkpoint, until: .replaceLast)
  }

  mutating func write(_ checkpoint: Checkpoint, until last: Step) throws(CheckpointError) {
    if isLastWhole == nil { isLastWhole = (try? Checkpoint(contentsOf: path)) != nil }
    do throws(TensorFileError) {
      let bytes = try checkpoint.encoded(path: path)
      for step in Step.allCases where step.rawValue <= last.rawValue {
        try perform(step, bytes)
      }
    } catch {
      throw .file(error)
    }
  }

  private mutating func perform(_ step: Step, _ bytes: [UInt8]) throws(TensorFileError) {
    switch step {
    case .clear:
      try removeFile(newPath)
      try removeFile(linkPath)
    case .write:
      do throws(TensorFileError) {
        try writeDurably(bytes, to: newPath, modeOf: path)
      } catch {
        try? removeFile(newPath)  // a full disk is not kept full
        throw error
      }
    case .link:
      guard isLastWhole == true, !linkFile(path, to: linkPath) else { return }
      try renameFile(path, to: previousPath)
    case .replacePrevious:
      guard isLastWhole == true, fileExists(linkPath) else { return }
      try renameFile(linkPath, to: previousPath)
      // Two names of one file stay both: the program was killed after this step before.
      try removeFile(linkPath)
    case .replaceLast:
      try renameFile(newPath, to: path)
      forceDirectory(of: path)
      isLastWhole = true
    }
  }

  /// The last checkpoint; where there is none, the one before it, whose successor was not written yet.
  ///
  /// - Throws: ``CheckpointError``; for a damaged one it says whether ``loadPrevious()`` gives a whole one.
  public func load() throws(CheckpointError) -> Checkpoint {
    do throws(CheckpointError) {
      return try Checkpoint(contentsOf: path)
    } catch {
      if case .notFound = error, fileExists(previousPath) { return try loadPrevious() }
      guard case .damaged(let path, let reason, _) = error else { throw error }
      let previous = try? loadPrevious()
      throw .damaged(path: path, reason: reason, previousStep: previous?.progress.step)
    }
  }

  /// The checkpoint before the last.
  ///
  /// - Throws: ``CheckpointError``.
  public func loadPrevious() throws(CheckpointError) -> Checkpoint {
    try Checkpoint(contentsOf: previousPath)
  }
}
