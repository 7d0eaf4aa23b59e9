import Foundation
import TensorFiles
import Tensors
import Testing

@Suite struct ApplyJSONTests {
  struct Object: Decodable {
    struct Description: Decodable {
      var shape: [Int]
      var data: [Double?]?
    }
    var norm: String
    var mode: String
    var axis: Int
    var epsilon: Double
    var shape: [Int]
    var dtype: String
    var tensors: [String: Description]
  }

  /// Expects one object on one line with the keys of the interface and no others.
  func object(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Object {
    #expect(text.hasSuffix("}\n") && text.count { $0 == "\n" } == 1, sourceLocation: sourceLocation)
    let data = Data(text.utf8)
    let any = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any],
      sourceLocation: sourceLocation)
    #expect(
      any.keys.sorted() == ["axis", "dtype", "epsilon", "mode", "norm", "shape", "tensors"],
      sourceLocation: sourceLocation)
    let tensors = try #require(any["tensors"] as? [String: [String: Any]])
    #expect(
      tensors.values.allSatisfy { Set($0.keys).isSubset(of: ["shape", "data"]) },
      sourceLocation: sourceLocation)
    return try JSONDecoder().decode(Object.self, from: data)
  }

  /// -1 and 1 have mean 0 and variance 1, 2 and 6 have 4 and 4, unbiased twice that; so all is exact.
  @Test func `the object holds settings and tensors`() async throws {
    let place = try Workplace()
    try place.write("-1,2\n1,6\n", to: "in.csv")
    let text = try await place.succeed([
      "apply", "in.csv", "--json", "--epsilon", "0", "--keep", "0.5",
    ])
    #expect(
      text == """
        {"axis":-1,"dtype":"F64","epsilon":0,"mode":"training","norm":"batch","shape":[2,2],\
        "tensors":{"mean":{"data":[0,4],"shape":[2]},\
        "output":{"data":[-1,-1,1,1],"shape":[2,2]},\
        "running_mean":{"data":[0,2],"shape":[2]},\
        "running_variance":{"data":[1.5,4.5],"shape":[2]},\
        "variance":{"data":[1,4],"shape":[2]}}}

        """)
  }

  @Test(arguments: ["F32", "F64"], ["training", "inference"])
  func `the numbers are those of a safetensors output`(dtype: String, mode: String) async throws {
    let place = try Workplace()
    let names = ["output_gradient", "running_mean", "running_variance", "scale", "batches_tracked"]
    let tensors = ApplyOutputTests.tensors(names, dtype: dtype)
    try SafetensorsFile.write(tensors, to: place.path(of: "in.safetensors"))
    let arguments = ["apply", "in.safetensors", "--axis", "1", "--mode", mode, "--cumulative"]
    let object = try object(try await place.succeed(arguments + ["--json"]))
    #expect(object.norm == "batch" && object.mode == mode && object.axis == 1)
    #expect(object.epsilon == 1e-5 && object.shape == [3, 2, 4] && object.dtype == dtype)
    try await place.succeed(arguments + ["--output", "out.safetensors"])
    let written = try place.tensors(of: "out.safetensors")
    #expect(object.tensors.keys.sorted() == written.names.sorted())
    for (name, description) in object.tensors {
      let values = try #require(description.data).map { $0 ?? .nan }
      let count = description.shape.reduce(1, *)
      try #require(values.count == count, "\(name)")
      #expect(tensor(values, description.shape, dtype) == written[name], "\(name)")
    }
  }

  @Test(arguments: ["out.safetensors", "out.npy", "out.csv"])
  func `with an output file the object has no data`(name: String) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    let text = try await place.succeed(["apply", "in.csv", "--json", "--output", name])
    let object = try object(text)
    #expect(object.tensors.values.allSatisfy { $0.data == nil })
    #expect(object.tensors["output"]?.shape == [8, 4])
    #expect(object.tensors["running_variance"]?.shape == [4])
    #expect(try place.names() == ["in.csv", name].sorted())
  }

  /// JSON knows no nan: inference propagates it, and it becomes null.
  @Test func `what is no number is null`() async throws {
    let place = try Workplace()
    try place.write(
      [
        "input": tensor([1, .nan, .infinity, 4], [2, 2], "F32"),
        "running_mean": tensor([0, 0], [2], "F32"),
        "running_variance": tensor([1, 1], [2], "F32"),
      ], to: "in.safetensors")
    let text = try await place.succeed([
      "apply", "in.safetensors", "--mode", "inference", "--json", "--epsilon", "0",
    ])
    #expect(try object(text).tensors["output"]?.data == [1, nil, nil, 4])
  }

  /// More than a pipe or a buffer holds.
  @Test func `a large object arrives whole`() async throws {
    let place = try Workplace()
    let x = numbers(60_000, seed: 5)
    try place.write(npy(tensor(x, [300, 200], "F64")), to: "in.npy")
    let object = try object(try await place.succeed(["apply", "in.npy", "--json"]))
    let output = try #require(object.tensors["output"]?.data).map { $0 ?? .nan }
    try expect(
      tensor(output, [300, 200], "F64"), shape: [300, 200], dtype: "F64",
      Reference(x, shape: [300, 200], axis: -1).output)
  }

  @Test(.enabled(if: hasFullDevice), arguments: [[], ["--json"]])
  func `a full standard output is an error`(options: [String]) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    let outcome = try await Command(
      ["apply", "in.csv"] + options, directory: place.path, output: "/dev/full"
    ).outcome()
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.standardError
        == "error: standard output cannot be written; make room or choose another place\n")
  }
}
