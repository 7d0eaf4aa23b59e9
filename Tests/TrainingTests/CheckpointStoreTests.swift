import Foundation
import TensorFiles
import Testing

@testable import Training

@Suite struct CheckpointStoreTests {
  /// A checkpoint that says which it is by its step.
  private static let sample = Result {
    try RunSamples.run(RunSamples.configuration(steps: 2)).checkpoint
  }

  private func checkpoint(_ step: Int) throws -> Checkpoint {
    var checkpoint = try Self.sample.get()
    checkpoint.progress.step = step
    return checkpoint
  }

  private func store(_ directory: TemporaryDirectory, holding steps: Int...) throws
    -> CheckpointStore
  {
    var store = CheckpointStore(path: directory.file("run"))
    for step in steps { try store.write(checkpoint(step)) }
    return store
  }

  @Test func `the last checkpoint and the one before are kept, and nothing else`() throws {
    let directory = try TemporaryDirectory()
    var store = try store(directory)
    #expect(!store.isOccupied)
    for step in 1...4 {
      try store.write(checkpoint(step))
      #expect(try store.load().progress.step == step)
      #expect(try directory.names() == (step == 1 ? ["run"] : ["run", "run.previous"]))
      if step > 1 { #expect(try store.loadPrevious().progress.step == step - 1) }
    }
    #expect(store.isOccupied)
  }

  @Test func `one program at a time trains with a checkpoint`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("run")
    var first: FileLock? = try CheckpointStore(path: path).lock()
    try withExtendedLifetime(first) {
      #expect(throws: CheckpointError.inUse(path: path)) { try CheckpointStore(path: path).lock() }
      var run = try RunSamples.run(RunSamples.configuration(steps: 2), at: path)
      #expect(throws: TrainingError.checkpoint(.inUse(path: path))) { try run.run() }
      #expect(run.progress.step == 0)
      #expect(try directory.names() == ["run.lock"])
    }
    first = nil
    #expect(try directory.names().isEmpty)
    // What a killed program left is no obstacle, and goes.
    try write([], to: "\(path).lock")
    var run = try RunSamples.run(RunSamples.configuration(steps: 2), at: path)
    #expect(try run.run() == .finished)
    #expect(try directory.names() == ["run", "run.jsonl"])
  }

  @Test func `a checkpoint keeps the permissions of the one before`() throws {
    let directory = try TemporaryDirectory()
    var store = try store(directory, holding: 1)
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: store.path)
    try store.write(checkpoint(2))
    try store.write(checkpoint(3))
    for path in [store.path, store.previousPath] {
      #expect(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
    }
  }

  @Test(arguments: CheckpointStore.Step.allCases)
  func `a program that ends after any step of writing leaves complete checkpoints`(
    step: CheckpointStore.Step
  ) throws {
    let directory = try TemporaryDirectory()
    // Ends three times at the same place, in programs of their own.
    for attempt in 1...3 {
      var first = try store(directory)
      if attempt == 1 { first = try store(directory, holding: 1, 2) }
      let before = try first.load().progress.step
      try first.write(checkpoint(before + 1), until: step)
      let isNew = step == .replaceLast
      let reader = CheckpointStore(path: directory.file("run"))
      #expect(try reader.load().progress.step == (isNew ? before + 1 : before))
      let previous = try reader.loadPrevious().progress.step
      #expect(previous == before || previous == before - 1)
    }
    var next = CheckpointStore(path: directory.file("run"))
    let last = try next.load().progress.step
    try next.write(checkpoint(10))
    #expect(try next.load().progress.step == 10)
    #expect(try next.loadPrevious().progress.step == last)
    #expect(try directory.names() == ["run", "run.previous"])
  }

  @Test func `leftovers of a killed program, whole or not, are removed by the next writing`() throws
  {
    let directory = try TemporaryDirectory()
    var store = try store(directory, holding: 1)
    try write([1, 2, 3], to: directory.file("run.new"))
    try write([4], to: directory.file("run.link"))
    #expect(try store.load().progress.step == 1)
    try store.write(checkpoint(2))
    #expect(try directory.names() == ["run", "run.previous"])
    #expect(try store.loadPrevious().progress.step == 1)
  }

  @Test func `without second names the one before is found until the new file is in place`() throws
  {
    let directory = try TemporaryDirectory()
    let store = try store(directory, holding: 1, 2)
    try FileManager.default.removeItem(atPath: store.previousPath)
    try FileManager.default.moveItem(atPath: store.path, toPath: store.previousPath)
    #expect(try store.load().progress.step == 2)
    var next = CheckpointStore(path: store.path)
    try next.write(checkpoint(3))
    #expect(try next.load().progress.step == 3)
    #expect(try next.loadPrevious().progress.step == 2)
  }

  private func error(_ body: () throws -> Void) -> CheckpointError? {
    do {
      try body()
      return nil
    } catch {
      return error as? CheckpointError
    }
  }

  @Test func `a damaged checkpoint is refused, and the one before offered`() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, holding: 8, 9)
    var bytes = try content(of: store.path)
    bytes[bytes.count / 2] ^= 4
    try write(bytes, to: store.path)
    let refusal = try #require(error { _ = try store.load() })
    guard case .damaged(store.path, let reason, 8) = refusal else {
      Issue.record("\(refusal)")
      return
    }
    #expect(reason.contains("checksum"))
    #expect("\(refusal)".contains("step 8") && "\(refusal)".contains("run.previous"))
    #expect(try store.loadPrevious().progress.step == 8)

    // It does not take the place of the whole one.
    var next = CheckpointStore(path: store.path)
    try next.write(checkpoint(10))
    #expect(try next.load().progress.step == 10)
    #expect(try next.loadPrevious().progress.step == 8)
    #expect(try directory.names() == ["run", "run.previous"])
  }

  @Test func `with both damaged, none is offered`() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, holding: 8, 9)
    try write([1, 2, 3], to: store.path)
    try write([], to: store.previousPath)
    let refusal = try #require(error { _ = try store.load() })
    guard case .damaged(_, let reason, nil) = refusal else {
      Issue.record("\(refusal)")
      return
    }
    #expect(reason.contains("ends early"))
    #expect("\(refusal)".contains("no whole one before it"))
  }

  @Test func `nothing there, and a directory that is not there, are said`() throws {
    let directory = try TemporaryDirectory()
    let store = CheckpointStore(path: directory.file("run"))
    #expect(error { _ = try store.load() } == .notFound(path: store.path))
    var other = CheckpointStore(path: directory.file("none/run"))
    let refusal = error { try other.write(checkpoint(1)) }
    guard case .file(.unwritable(_, let reason)) = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(reason.contains("does not exist"))
  }

  @Test func `a symbolic link stays`() throws {
    let directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: directory.file("elsewhere"), withIntermediateDirectories: true)
    try write([], to: directory.file("elsewhere/run"))
    try FileManager.default.createSymbolicLink(
      atPath: directory.file("link"), withDestinationPath: directory.file("elsewhere/run"))
    for step in 1...2 {
      var store = CheckpointStore(path: directory.file("link"))
      try store.write(checkpoint(step))
    }
    #expect(try directory.names() == ["elsewhere", "link"])
    #expect(try CheckpointStore(path: directory.file("link")).load().progress.step == 2)
    let direct = CheckpointStore(path: directory.file("elsewhere/run"))
    #expect(try direct.loadPrevious().progress.step == 1)
  }
}
