import Datasets
import Foundation
import NeuralNetworks
import Normalization
import TensorFiles
import Testing

@testable import Training

@Suite struct CheckpointTests {
  private func checkpoint(steps: Int = 3) throws -> Checkpoint {
    var run = try RunSamples.run(RunSamples.configuration(steps: steps))
    _ = try run.run()
    return run.checkpoint
  }

  @Test func `a checkpoint comes back to the bit`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("run")
    let checkpoint = try checkpoint()
    try write(checkpoint.encoded(path: path), to: path)
    let found = try Checkpoint(contentsOf: path)
    #expect(found.configuration == checkpoint.configuration)
    #expect(found.progress == checkpoint.progress)
    #expect(found.data == checkpoint.data)
    for (found, expected) in [
      (found.network, checkpoint.network), (found.optimizer, checkpoint.optimizer),
    ] {
      #expect(Set(found.names) == Set(expected.names))
      for name in expected.names {
        #expect(found.value(named: name) == expected.value(named: name))
      }
      #expect(found.metadata == expected.metadata)
    }
    #expect(found.optimizer.names.contains("momentum.hidden.weight"))
    #expect(found.network.names.contains("norm.running_mean"))
    #expect(found.progress.step == 3 && found.progress.place.position == 3)
  }

  @Test func `the file is a safetensors file that says what it is`() throws {
    let bytes = try checkpoint().encoded(path: "run")
    let file = try SafetensorsFile.decode(bytes, path: "run")
    #expect(file.metadata["format"] == "swift-normalization checkpoint")
    #expect(file.metadata["version"] == "1")
    #expect(file.metadata["configuration"]?.contains("\"batchSize\":50") == true)
    #expect(
      file.contains("network.hidden.weight") && file.contains("optimizer.momentum.norm.scale"))
  }

  @Test func `damage anywhere is found`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("run")
    let bytes = try checkpoint().encoded(path: path)
    var generator = SystemRandomNumberGenerator()
    // The whole length of the header in steps, and places all over the data.
    let places =
      Array(stride(from: 0, to: 2000, by: 13)) + Array(stride(from: 2000, to: bytes.count, by: 211))
    for place in places + [bytes.count - 1] {
      var damaged = bytes
      let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
      damaged[place] ^= mask
      try write(damaged, to: path)
      #expect(throws: CheckpointError.self, "byte \(place), mask \(mask)") {
        try Checkpoint(contentsOf: path)
      }
    }
    for count in [0, 1, 7, 8, 100, bytes.count / 2, bytes.count - 1] {
      try write(Array(bytes[..<count]), to: path)
      #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
    }
    try write(bytes + [0], to: path)
    #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
    try write(bytes, to: path)
    #expect(try Checkpoint(contentsOf: path).progress.step == 3)
  }

  @Test func `a changed number is damage, another file is none of a checkpoint`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("run")
    func error() -> CheckpointError? {
      do throws(CheckpointError) {
        _ = try Checkpoint(contentsOf: path)
        return nil
      } catch {
        return error
      }
    }
    var file = try SafetensorsFile.decode(try checkpoint().encoded(path: path), path: path)
    let step = try #require(file.metadata["progress"])
    file.metadata["progress"] = step.replacingOccurrences(of: "\"step\":3", with: "\"step\":4")
    try SafetensorsFile.write(file, to: path)
    guard case .damaged(_, let reason, nil) = error() else {
      Issue.record("\(String(describing: error()))")
      return
    }
    #expect(reason.contains("checksum"))
    // Damage to what says that it is a checkpoint is damage too, so that the one before is offered.
    for key in ["version", "format"] {
      var damaged = try SafetensorsFile.decode(try checkpoint().encoded(path: path), path: path)
      damaged.metadata[key] = "2"
      try SafetensorsFile.write(damaged, to: path)
      guard case .damaged = error() else {
        Issue.record("\(key): \(String(describing: error()))")
        return
      }
    }
    try SafetensorsFile.write(NamedTensors(["a": .float(Tensor([1]))]), to: path)
    #expect(error() == .notACheckpoint(path: path))
    #expect(
      throws: CheckpointError.notFound(path: directory.file("none")),
      performing: { try Checkpoint(contentsOf: directory.file("none")) })
  }
}

@Suite struct ChecksumTests {
  @Test func `a change of any single bit is found, and an exchange of words`() {
    let bytes = (0..<61).map { UInt8($0) }
    let expected = checksum(of: bytes)
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << bit
        #expect(checksum(of: changed) != expected)
      }
    }
    #expect(checksum(of: Array(bytes[8..<16] + bytes[0..<8] + bytes[16...])) != expected)
    #expect(checksum(of: bytes + [0]) != expected)
    #expect(checksum(of: Array(bytes.dropLast())) != expected)
    // Two signs, the highest bits of two words.
    var signs = bytes
    signs[7] ^= 0x80
    signs[15] ^= 0x80
    #expect(checksum(of: signs) != expected)
  }

  @Test func `a known value`() {
    // Computed in Python from the formula, of the bytes 1, 2, 3.
    #expect(hexadecimal(checksum(of: [1, 2, 3])) == "96c53cab9b091008")
  }
}
