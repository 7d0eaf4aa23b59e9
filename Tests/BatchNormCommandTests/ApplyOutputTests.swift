import TensorFiles
import Tensors
import Testing

/// Names, shapes and types of what is written.
@Suite struct ApplyOutputTests {
  static let shape = [3, 2, 4]

  struct Case: CustomTestStringConvertible, Sendable {
    var optional: [String] = []
    var options: [String] = []
    var written: [String]
    var testDescription: String { "\(optional) \(options)" }
  }

  static let training = ["mean", "output", "running_mean", "running_variance", "variance"]
  static let gradients = ["input_gradient", "scale_gradient", "shift_gradient"]
  static let running = ["running_mean", "running_variance"]
  static let inference = ["--mode", "inference"]

  static let cases = [
    Case(written: training),
    Case(optional: ["scale"], written: training),
    Case(optional: ["shift"], written: training),
    Case(optional: ["scale", "shift"] + running, written: training),
    Case(optional: ["batches_tracked"], written: training),
    Case(optional: ["output_gradient"], written: training + gradients),
    Case(optional: ["scale", "shift", "output_gradient"], written: training + gradients),
    Case(options: ["--cumulative"], written: training + ["batches_tracked"]),
    Case(
      optional: running + ["batches_tracked"], options: ["--cumulative"],
      written: training + ["batches_tracked"]),
    Case(optional: running, options: inference, written: ["output"]),
    Case(
      optional: running + ["scale", "shift", "batches_tracked"], options: inference,
      written: ["output"]),
    Case(
      optional: running + ["output_gradient"], options: inference,
      written: ["output"] + gradients),
    Case(
      optional: running + ["shift", "output_gradient"], options: inference,
      written: ["output"] + gradients),
  ]

  static func tensors(_ names: [String], dtype: String) -> NamedTensors {
    let shapes = [
      "input": shape, "output_gradient": shape, "scale": [2], "shift": [2], "running_mean": [2],
      "running_variance": [2], "batches_tracked": [],
    ]
    var tensors = NamedTensors()
    for name in ["input"] + names {
      let extents = shapes[name] ?? []
      let values = numbers(extents.reduce(1, *), seed: 3).map { abs($0).rounded(.up) }
      tensors[name] = tensor(values, extents, dtype)
    }
    return tensors
  }

  @Test(arguments: cases, ["F32", "F64"])
  func `a safetensors output holds just the tensors of the interface`(
    case: Case, dtype: String
  ) async throws {
    let place = try Workplace()
    let input = Self.tensors(`case`.optional, dtype: dtype)
    try SafetensorsFile.write(input, to: place.path(of: "in.safetensors"))
    let text = try await place.succeed(
      ["apply", "in.safetensors", "--axis", "1", "--output", "out.safetensors"] + `case`.options)
    #expect(text == "")
    let output = try place.tensors(of: "out.safetensors")
    #expect(output.names.sorted() == `case`.written.sorted())
    for name in output.names {
      let tensor = try output.tensor(named: name)
      #expect(tensor.dtype == dtype, "\(name)")
      let expected =
        switch name {
        case "output", "input_gradient": Self.shape
        case "batches_tracked": [] as [Int]
        default: [2]
        }
      #expect(tensor.shape == expected, "\(name)")
    }
    #expect(try place.names() == ["in.safetensors", "out.safetensors"])
  }

  @Test(arguments: ["F32", "F64"])
  func `every format holds the same output`(dtype: String) async throws {
    let place = try Workplace()
    try place.write(["input": tensor(exampleValues, [8, 4], dtype)], to: "in.safetensors")
    for name in ["out.safetensors", "out.npy", "out.csv"] {
      #expect(try await place.succeed(["apply", "in.safetensors", "--output", name]) == "")
    }
    let output = try place.tensors(of: "out.safetensors")["output"]
    #expect(try NPYFile.read(place.path(of: "out.npy")) == output)
    // Written with as many digits as tell the numbers of the type apart.
    let table = AnyTensor(try CSVTable(contentsOf: place.path(of: "out.csv")).rows)
    #expect(tensor(table.converted(to: Double.self).elements, [8, 4], dtype) == output)
  }

  @Test func `an output replaces the file of that name, the input included`() async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "table.csv")
    try await place.succeed(["apply", "table.csv", "--output", "table.csv"])
    let text = try place.text(of: "table.csv")
    #expect(text.hasPrefix("-0.3346"))
    #expect(try place.names() == ["table.csv"])
  }

  @Test func `rank 1 is written to CSV as a column`() async throws {
    let place = try Workplace()
    try place.write(
      [
        "input": tensor([1, 2, 3], [3], "F64"), "running_mean": tensor([1, 1, 1], [3], "F64"),
        "running_variance": tensor([1, 1, 1], [3], "F64"),
      ], to: "in.safetensors")
    try await place.succeed([
      "apply", "in.safetensors", "--mode", "inference", "--epsilon", "0", "--output", "out.csv",
    ])
    #expect(try place.text(of: "out.csv") == "0.0\n1.0\n2.0\n")
  }
}
