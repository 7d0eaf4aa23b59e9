import Foundation
import TensorFiles
import Tensors
import Testing

@Suite struct ApplyTableTests {
  static let floats = AnyTensor(exampleTensor.converted(to: Float.self))

  static let files: [(name: String, content: [UInt8])] = [
    ("plain.csv", Array(exampleCSV.utf8)),
    ("windows.csv", Array(exampleCSV.replacing("\n", with: "\r\n").utf8)),
    ("mark.csv", [0xEF, 0xBB, 0xBF] + Array(exampleCSV.utf8)),
    ("quoted.csv", Array(exampleCSV.replacing("15.85", with: "\"15.85\"").utf8)),
    ("spaces.csv", Array(exampleCSV.replacing(",", with: " ,\t").utf8)),
    ("UPPER.CSV", Array(exampleCSV.dropLast().utf8)),
    ("double.npy", npy(AnyTensor(exampleTensor))),
    ("columns.npy", npy(AnyTensor(exampleTensor), isColumnMajor: true)),
  ]

  @Test(arguments: files)
  func `the example gives its three tables from every format`(
    file: (name: String, content: [UInt8])
  ) async throws {
    let place = try Workplace()
    try place.write(file.content, to: file.name)
    #expect(try await place.succeed(["apply", file.name]) == exampleText)
    #expect(try place.names() == [file.name])
  }

  @Test func `the example gives its three tables from safetensors`() async throws {
    let place = try Workplace()
    try place.write(["input": AnyTensor(exampleTensor)], to: "in.safetensors")
    #expect(try await place.succeed(["apply", "in.safetensors"]) == exampleText)
  }

  /// Of the statistics -0.11375, 12.74875 and 3.06025 lie between two texts: the means of the Float32 numbers lie
  /// nearer to the other ones.
  @Test func `the example gives its three tables in Float32`() async throws {
    let place = try Workplace()
    try place.write(npy(Self.floats), to: "in.npy")
    try place.write(["input": Self.floats], to: "in.safetensors")
    let text = try await place.succeed(["apply", "in.npy"])
    #expect(
      text
        == exampleText.replacing("-0.1137 ", with: "-0.1138 ")
        .replacing("12.7487 ", with: "12.7488 ")
        .replacing("3.0602 ", with: "3.0603 "))
    #expect(try await place.succeed(["apply", "in.safetensors"]) == text)
  }

  @Test func `inference shows what it normalised with`() async throws {
    let place = try Workplace()
    try place.write(
      [
        "input": AnyTensor(exampleTensor), "scale": AnyTensor(Tensor([2.0, 1, 1, 1])),
        "shift": AnyTensor(Tensor([0.0, 10, 0, 0])),
        "running_mean": AnyTensor(Tensor([0.0, 10, 20, 30])),
        "running_variance": AnyTensor(Tensor([4.0, 4, 16, 16])),
      ], to: "in.safetensors")
    let text = try await place.succeed([
      "apply", "in.safetensors", "--mode", "inference", "--epsilon", "0",
    ])
    #expect(text == exampleInferenceText)
  }

  @Test(arguments: ["age,\"height, cm\",weight,\"say \"\"x\"\"\"", "a,b,c,d"])
  func `a header names the columns and is kept in a CSV output`(header: String) async throws {
    let place = try Workplace()
    try place.write(header + "\n" + exampleCSV, to: "in.csv")
    let text = try await place.succeed(["apply", "in.csv"])
    let names =
      header == "a,b,c,d" ? ["a", "b", "c", "d"] : ["age", "height, cm", "weight", "say \"x\""]
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for name in names { #expect(lines[0].contains("  \(name)"), "\(name)") }
    for (line, name) in zip(lines.suffix(5), names) { #expect(line.hasPrefix("\(name) ")) }

    #expect(try await place.succeed(["apply", "in.csv", "--output", "out.csv"]) == "")
    #expect(try place.text(of: "out.csv").hasPrefix(header + "\n-0.3346"))
    #expect(try place.names() == ["in.csv", "out.csv"])
  }

  @Test func `without a header there is none in a CSV output`() async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    try await place.succeed(["apply", "in.csv", "--output", "out.csv"])
    #expect(try CSVTable(contentsOf: place.path(of: "out.csv")).header == nil)
    #expect(try CSVTable(contentsOf: place.path(of: "out.csv")).rows.shape == [8, 4])
  }

  /// 1 and 3 have mean 2 and variance 1, 2 and 6 have 4 and 4; so all is exact.
  @Test func `axis 0 makes the rows the features`() async throws {
    let place = try Workplace()
    try place.write("a,b\n1,3\n2,6\n", to: "in.csv")
    let text = try await place.succeed(["apply", "in.csv", "--axis", "0", "--epsilon", "0"])
    #expect(
      text == """
        Input       a       b
        1      1.0000  3.0000
        2      2.0000  6.0000

        Normalised        a       b
        1           -1.0000  1.0000
        2           -1.0000  1.0000

        Output        a       b
        1       -1.0000  1.0000
        2       -1.0000  1.0000

        Channel    mean  variance  deviation  running mean  running variance
        F0       2.0000    1.0000     1.0000        0.2000            1.1000
        F1       4.0000    4.0000     2.0000        0.4000            1.7000

        """)
  }

  @Test func `gradients are shown where an output gradient is given`() async throws {
    let place = try Workplace()
    try place.write(
      [
        "input": AnyTensor(Tensor([-1.0, 1, -1, 1], shape: [4, 1])),
        "output_gradient": AnyTensor(Tensor([1.0, 2, 3, 6], shape: [4, 1])),
      ], to: "in.safetensors")
    // n = x; shift 12, scale 4; dx = dy - 3 - n.
    let text = try await place.succeed(["apply", "in.safetensors", "--epsilon", "0"])
    #expect(
      text.hasSuffix(
        """

        Input gradient       F0
        1               -1.0000
        2               -2.0000
        3                1.0000
        4                2.0000

        Channel    mean  variance  deviation  running mean  running variance  scale gradient  shift gradient
        F0       0.0000    1.0000     1.0000        0.0000            1.0333          4.0000         12.0000

        """))
  }

  @Test(arguments: [([33, 2], 2), ([2, 17], 17), ([2, 1, 3], 3)])
  func `what is no small table is not shown, but its statistics are`(
    shape: [Int], channels: Int
  ) async throws {
    let place = try Workplace()
    let count = shape.reduce(1, *)
    try place.write(
      npy(AnyTensor(Tensor((0..<count).map { Double($0 * $0) }, shape: shape))), to: "in.npy")
    let text = try await place.succeed(["apply", "in.npy"])
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines[0]
        == "F64 \(shape): only tables of up to 32 rows and 16 columns are shown; --output writes it to a file"
    )
    #expect(lines[2].hasPrefix("Channel "))
    #expect(lines.dropFirst(3).dropLast().count == channels)
  }
}
