import TensorFiles
import Tensors
import Testing

/// Readable files whose content cannot be normalised: exit code 1, naming both facts.
@Suite struct ApplyTensorRefusalTests {
  static let known =
    "input, scale, shift, running_mean, running_variance, batches_tracked, output_gradient, weights"

  struct Case: CustomTestStringConvertible, Sendable {
    /// Beside an input of type F32 and shape [2, 2], unless it is among them.
    var tensors: [(name: String, tensor: AnyTensor)] = []
    var options: [String] = []
    var line: String
    var testDescription: String { line }
  }

  static func vector(_ values: Double..., dtype: String = "F32") -> AnyTensor {
    tensor(values, [values.count], dtype)
  }

  static let cases: [Case] = [
    // Types, shapes, names.
    Case(
      tensors: [("scale", vector(1, 1, dtype: "F64"))],
      line: "in.safetensors: scale has type F64, but input has F32; use one type"),
    Case(
      tensors: [
        ("running_mean", vector(1, 1)), ("running_variance", vector(1, 1, dtype: "F64")),
      ],
      line: "in.safetensors: running_variance has type F64, but input has F32; use one type"),
    Case(
      tensors: [("batches_tracked", tensor([1], [], "F64"))],
      line: "in.safetensors: batches_tracked has type F64, but input has F32; use one type"),
    Case(
      tensors: [("gamma", vector(1, 1))],
      line: "in.safetensors: there is a tensor called gamma, but only \(known) are known"),
    Case(
      tensors: [("weights", vector(1, 1, 1))],
      line: "in.safetensors: weights must have shape [2], but has [3]"),
    Case(
      tensors: [("weights", vector(1, -1))],
      line: "the weight at position [1] is -1.0, but weights must be 0 or positive and finite (in "
        + "Float64 from 1e-100 to 1e100); correct it, or scale all weights"),
    Case(
      tensors: [("weights", vector(1, 1))], options: ["--norm", "renorm"],
      line: "in.safetensors: there are weights, but --norm renorm has none; use --norm batch"),
    Case(
      tensors: [("shift", vector(1, 1))], options: ["--norm", "rms"],
      line: "in.safetensors: there is a shift, but RMS normalization has a scale only; remove it"),
    Case(
      tensors: [("scale", vector(1, 1))], options: ["--norm", "layer", "--axis", "0"],
      line: "in.safetensors: scale must have shape [2, 2], but has [2]"),
    Case(
      tensors: [], options: ["--norm", "group", "--groups", "3"],
      line: "in.safetensors: --groups 3 does not divide the 2 channels of input, whose shape is "
        + "[2, 2], on axis -1"),
    Case(
      tensors: [], options: ["--norm", "instance", "--axis", "0"],
      line: "in.safetensors: --norm instance needs samples on axis 0 and channels on another, but "
        + "the shape is [2, 2] and --axis 0"),
    Case(
      tensors: [], options: ["--norm", "ghost", "--virtual-batch", "2", "--axis", "-2"],
      line: "in.safetensors: --norm ghost needs samples on axis 0 and channels on another, but the "
        + "shape is [2, 2] and --axis -2"),
    Case(
      tensors: [], options: ["--norm", "instance"],
      line:
        "statistics need at least 2 values in each group of channels of a sample, but the shape "
        + "[2, 2] with channels on axis -1 in 2 groups has 1; use fewer groups, layer "
        + "normalization, or inference with running statistics"),
    Case(
      tensors: [("running_mean", vector(1, 1, dtype: "F64"))], options: ["--norm", "layer"],
      line: "in.safetensors: running_mean has type F64, but input has F32; use one type"),
    Case(
      tensors: [("scale", vector(1, 1, 1))],
      line: "in.safetensors: scale must have shape [2], but has [3]"),
    Case(
      tensors: [("shift", tensor([1, 1], [1, 2], "F32"))],
      line: "in.safetensors: shift must have shape [2], but has [1, 2]"),
    Case(
      tensors: [("running_mean", vector(1)), ("running_variance", vector(1, 1))],
      line: "in.safetensors: running_mean must have shape [2], but has [1]"),
    Case(
      tensors: [("output_gradient", vector(1, 1, 1, 1))],
      line: "in.safetensors: output_gradient must have shape [2, 2], but has [4]"),
    Case(
      tensors: [("batches_tracked", vector(1.5))], options: ["--cumulative"],
      line:
        "in.safetensors: batches_tracked must be one whole number from 0 to 2^53, but is [1.5] of "
        + "shape [1]"),
    Case(
      tensors: [("batches_tracked", vector(0x1p62))],
      line: "in.safetensors: batches_tracked must be one whole number from 0 to 2^53, but is "
        + "[4.611686e+18] of shape [1]"),
    Case(
      tensors: [("batches_tracked", vector(-1))],
      line:
        "in.safetensors: batches_tracked must be one whole number from 0 to 2^53, but is [-1.0] of "
        + "shape [1]"),
    Case(
      options: ["--axis", "2"],
      line: "in.safetensors: --axis 2 is no axis of input, whose shape is [2, 2]: use -2 to 1"),
    Case(
      options: ["--axis", "-3"],
      line: "in.safetensors: --axis -3 is no axis of input, whose shape is [2, 2]: use -2 to 1"),
    // Ranks and sizes.
    Case(
      tensors: [("input", tensor([1], [], "F32"))],
      line: "in.safetensors: input must have 1 to 8 axes, but its shape is []"),
    Case(
      tensors: [("input", tensor([1, 2], [1, 1, 1, 1, 1, 1, 1, 1, 2], "F32"))],
      line: "in.safetensors: input must have 1 to 8 axes, but its shape is "
        + "[1, 1, 1, 1, 1, 1, 1, 1, 2]"),
    Case(
      tensors: [("input", tensor([], [0, 2], "F32"))],
      line: "in.safetensors: input must have elements, but its shape is [0, 2]"),
    Case(
      tensors: [("input", tensor([], [2, 0], "F32"))],
      line: "in.safetensors: input must have elements, but its shape is [2, 0]"),
    Case(
      tensors: [("input", tensor([1, 2], [1, 2], "F32"))],
      line: "batch statistics need at least 2 values per channel, but the shape [1, 2] with "
        + "channels on axis -1 has 1; use a larger batch, layer or group normalization, or "
        + "inference mode"),
    Case(
      tensors: [("input", vector(1, 2, 3))],
      line: "batch statistics need at least 2 values per channel, but the shape [3] with channels "
        + "on axis -1 has 1; use a larger batch, layer or group normalization, or inference mode"),
    // Running statistics.
    Case(
      tensors: [("running_mean", vector(1, 1))],
      line: "in.safetensors: there is running_mean, but no running_variance; give both or neither"),
    Case(
      tensors: [("running_variance", vector(1, 1))], options: ["--mode", "inference"],
      line: "in.safetensors: there is running_variance, but no running_mean; give both or neither"),
    Case(
      options: ["--mode", "inference"],
      line: "in.safetensors: inference needs running_mean and running_variance, but there are none"),
  ]

  @Test(arguments: cases)
  func `tensors that do not fit are refused`(case: Case) async throws {
    let place = try Workplace()
    var tensors = NamedTensors(["input": tensor([1, 2, 3, 4], [2, 2], "F32")])
    for (name, tensor) in `case`.tensors { tensors[name] = tensor }
    try SafetensorsFile.write(tensors, to: place.path(of: "in.safetensors"))
    try await place.expectRefusal(
      ["apply", "in.safetensors", "--output", "out.safetensors"] + `case`.options,
      line: `case`.line)
  }

  @Test(arguments: [-1.0, -.infinity, .infinity, .nan], ["training", "inference"])
  func `a running variance that is none is refused`(value: Double, mode: String) async throws {
    let place = try Workplace()
    try place.write(
      [
        "input": tensor([1, 2, 3, 4], [2, 2], "F64"), "running_mean": tensor([0, 0], [2], "F64"),
        "running_variance": tensor([1, value], [2], "F64"),
      ], to: "in.safetensors")
    try await place.expectRefusal(
      ["apply", "in.safetensors", "--mode", mode],
      line: "the running variance of channel 1 is \(value), but must be finite and not negative; "
        + "reset or estimate the running statistics again")
  }

  @Test func `nothing is divided by zero in inference`() async throws {
    let place = try Workplace()
    try place.write(
      [
        "input": tensor([1, 2, 3, 4], [2, 2], "F32"), "running_mean": tensor([0, 0], [2], "F32"),
        "running_variance": tensor([1, 0], [2], "F32"),
      ], to: "in.safetensors")
    let arguments = ["apply", "in.safetensors", "--mode", "inference", "--output", "out.npy"]
    try await place.expectRefusal(
      arguments + ["--epsilon", "0"],
      line: "running variance and epsilon are both 0 in channel 1, so there is nothing to divide "
        + "by; use an epsilon above 0")
    try await place.succeed(arguments)
  }

  @Test(arguments: ["nan", "inf", "-inf", "1e400"])
  func `training refuses what is not finite and names the channel`(text: String) async throws {
    let place = try Workplace()
    try place.write("1,2,3\n4,5,\(text)\n7,\(text),9\n", to: "in.csv")
    try await place.expectRefusal(
      ["apply", "in.csv", "--output", "out.csv"],
      line: "the input has an infinite or not-a-number element in channel 1, but statistics need "
        + "finite numbers; nothing was changed")
  }

  @Test func `an input of another type or name is refused as what it is`() async throws {
    let place = try Workplace()
    let entry = "{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}"
    try place.write(
      ApplyFileRefusalTests.safetensors("{\"input\":\(entry)}", data: 8), to: "in.safetensors")
    try await place.expectRefusal(
      ["apply", "in.safetensors"],
      line: "in.safetensors: the tensor \"input\" is of type \"I64\"; expected 32-bit or 64-bit "
        + "floating point numbers (F32, F64). Convert it first.")
    try place.write(
      ApplyFileRefusalTests.safetensors("{\"x\":\(entry)}", data: 8), to: "in.safetensors")
    try await place.expectRefusal(
      ["apply", "in.safetensors"],
      line: "in.safetensors: there is no tensor \"input\"; found \"x\". Rename the tensor or ask "
        + "for one of these.")
  }
}
