import Normalization
import TensorFiles
import Tensors
import Testing

/// The environment chooses instructions and threads; the results do not depend on them.
@Suite struct ExecutionTests {
  static let commands = [
    ["apply", "in.csv"], ["compare", "--steps", "1"], ["train", "--steps", "1"],
    ["bench", "--runs", "1", "--shape", "4,8"],
  ]

  @Test(arguments: commands, ["0", "-1", "x", "1025", "1.5", " 2"])
  func `threads are a number from 1 to 1024`(command: [String], value: String) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    try await place.expectRefusal(
      command, environment: ["BATCHNORM_THREADS": value],
      line: "BATCHNORM_THREADS must be a whole number from 1 to 1024, but is '\(value)'.")
  }

  @Test(arguments: commands)
  func `unknown instructions are refused`(command: [String]) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    try await place.expectRefusal(
      command, environment: ["BATCHNORM_ISA": "sse9"],
      line: "BATCHNORM_ISA is 'sse9', which is none of portable, avx2, avx512, neon.")
  }

  static let missing = InstructionSet.allCases.filter { !$0.isAvailable }

  @Test(arguments: missing)
  func `instructions that this processor lacks are refused`(set: InstructionSet) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    try await place.expectRefusal(
      ["apply", "in.csv"], environment: ["BATCHNORM_ISA": set.rawValue],
      line: "BATCHNORM_ISA asks for \(set.rawValue), which this processor lacks; it can run "
        + "\(available).")
  }

  @Test func `empty variables count as absent`() async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    let environment = ["BATCHNORM_ISA": "", "BATCHNORM_THREADS": ""]
    #expect(try await place.succeed(["apply", "in.csv"], environment: environment) == exampleText)
  }

  /// Large enough for several blocks and threads, and odd in every extent.
  @Test(arguments: ["F32", "F64"], [-1, 1])
  func `results are the same bits for all instructions and threads`(
    dtype: String, axis: Int
  ) async throws {
    let place = try Workplace()
    let shape = [37, 19, 331]
    let count = shape.reduce(1, *)
    let extent = shape[axis < 0 ? axis + 3 : axis]
    try place.write(
      [
        "input": tensor(numbers(count, seed: 41), shape, dtype),
        "output_gradient": tensor(numbers(count, seed: 42), shape, dtype),
        "scale": tensor(numbers(extent, seed: 43), [extent], dtype),
      ], to: "in.safetensors")
    var first: [UInt8]?
    for set in InstructionSet.available {
      for threads in 1...3 {
        try await place.succeed(
          ["apply", "in.safetensors", "--axis", "\(axis)", "--output", "out.safetensors"],
          environment: ["BATCHNORM_ISA": set.rawValue, "BATCHNORM_THREADS": "\(threads)"])
        let bytes = try place.bytes(of: "out.safetensors")
        // Compared as a condition: half a million bytes would be printed otherwise.
        let isSame = bytes == first ?? bytes
        #expect(isSame, "\(set.rawValue), \(threads) threads")
        first = bytes
      }
    }
  }
}
