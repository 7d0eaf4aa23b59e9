import Foundation
import Tensors
import Testing

/// Outputs that cannot be written: exit code 1, and nothing is left behind.
@Suite struct ApplyWritingTests {
  func place() throws -> Workplace {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    return place
  }

  @Test(arguments: [[], ["--json"]])
  func `an output that names no writable file is refused`(options: [String]) async throws {
    let place = try place()
    try FileManager.default.createDirectory(
      atPath: place.path(of: "folder.csv"), withIntermediateDirectories: true)
    for (output, line) in [
      ("no/out.csv", "no/out.csv cannot be written: there is no directory no"),
      ("in.csv/out.npy", "in.csv/out.npy cannot be written: there is no directory in.csv"),
      ("folder.csv", "folder.csv cannot be written: it is a directory; name a file"),
      ("out.csv/", "'out.csv/' cannot be written: it names no file; add a file name"),
    ] {
      try await place.expectRefusal(["apply", "in.csv", "--output", output] + options, line: line)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path(of: "folder.csv")) == [])
  }

  /// By way of a link, since the suffix has to name a format.
  @Test(
    .enabled(if: hasFullDevice), arguments: ["full.csv", "full.npy", "full.safetensors"],
    [[], ["--json"]])
  func `a full device is an error`(output: String, options: [String]) async throws {
    let place = try place()
    try FileManager.default.createSymbolicLink(
      atPath: place.path(of: output), withDestinationPath: "/dev/full")
    try await place.expectRefusal(
      ["apply", "in.csv", "--output", output] + options,
      line: "\(output): cannot be written: No space left on device. Choose another place or mend "
        + "this one.")
  }

  @Test(.enabled(if: getuid() != 0, "the superuser may write everywhere"))
  func `missing permission is an error and the old file stays`() async throws {
    let place = try place()
    try place.write("old", to: "out.csv")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o400], ofItemAtPath: place.path(of: "out.csv"))
    try await place.expectRefusal(
      ["apply", "in.csv", "--output", "out.csv"],
      line: "out.csv cannot be written: permission denied")
    #expect(try place.text(of: "out.csv") == "old")
  }

  @Test func `an error in the data leaves an old output as it was`() async throws {
    let place = try Workplace()
    try place.write("1,2\n", to: "in.csv")
    try place.write("old", to: "out.csv")
    let outcome = try await place.run("apply", "in.csv", "--output", "out.csv")
    #expect(outcome.exitCode == 1)
    #expect(try place.text(of: "out.csv") == "old")
    #expect(try place.names() == ["in.csv", "out.csv"])
  }

  @Test func `a table holds no more than two axes`() async throws {
    let place = try Workplace()
    try place.write(npy(tensor([1, 2, 3, 4], [2, 1, 2], "F32")), to: "in.npy")
    try await place.expectRefusal(
      ["apply", "in.npy", "--output", "out.csv"],
      line: "out.csv: a CSV file holds one or two axes and at least one number; found the shape "
        + "[2, 1, 2]. Write .npy or .safetensors.")
  }
}
