import Normalization
import NormalizationKernels
import TensorFiles

/// A normalization of the tensors of a file, once everything about them is checked.
struct Application<Scalar: NormalizationScalar> {
  let options: Apply
  let input: Tensor<Scalar>
  /// Counted from the front.
  let axis: Int
  let scale: Tensor<Scalar>?
  let shift: Tensor<Scalar>?
  let outputGradient: Tensor<Scalar>?
  let weights: Tensor<Scalar>?
  let execution: Execution
  /// What the file holds, or what training starts from; nil where nothing is tracked.
  let running: RunningStatistics?

  /// What a normalization gives.
  struct Result {
    var output: Tensor<Scalar>
    /// The statistics of the sets, and the extents they are written with; nil where they are the running ones.
    var statistics: (mean: [Double], variance: [Double], shape: [Int])?
    /// The running statistics, after the update where there is one.
    var running: RunningStatistics?
    var gradients: NormalizationGradients<Scalar>?
  }

  /// Checks the tensors.
  init(_ options: Apply, _ tensors: NamedTensors, _ execution: Execution) throws {
    let file = CheckedTensors<Scalar>(path: options.input, tensors: tensors)
    try file.refuseUnknownNames()
    for name in tensors.names { _ = try file.required(name) }  // also those that are not needed
    self.options = options
    self.execution = execution
    input = try file.required("input")
    let shape = input.shape
    guard (1...8).contains(shape.count) else {
      throw file.failure("input must have 1 to 8 axes, but its shape is \(shape)")
    }
    guard input.count > 0 else {
      throw file.failure("input must have elements, but its shape is \(shape)")
    }
    guard let axis = resolvedAxis(options.axis, rank: shape.count) else {
      throw file.failure(
        "--axis \(options.axis) is no axis of input, whose shape is \(shape): use "
          + "\(-shape.count) to \(shape.count - 1)")
    }
    self.axis = axis
    try Self.checkSamples(file, options, shape, axis)
    let parameterShape = options.norm.hasElementParameters ? Array(shape[axis...]) : [shape[axis]]
    if options.norm == .rms, tensors.contains("shift") {
      throw file.failure("there is a shift, but RMS normalization has a scale only; remove it")
    }
    scale = try file.optional("scale", shape: parameterShape)
    shift = try file.optional("shift", shape: parameterShape)
    outputGradient = try file.optional("output_gradient", shape: shape)
    if options.norm != .batch, tensors.contains("weights") {
      throw file.failure(
        "there are weights, but --norm \(options.norm.rawValue) has none; use --norm batch")
    }
    var positions = shape
    positions.remove(at: axis)
    weights = try file.optional("weights", shape: positions)
    running =
      options.norm.tracks ? try Self.running(file, options, channels: shape[axis]) : nil
    if !options.norm.tracks,
      tensors.contains("running_mean") || tensors.contains("running_variance")
    {
      printNote("running_mean and running_variance are not used by --norm \(options.norm.rawValue)")
    }
  }

  /// Virtual batches, instances and groups lie within samples.
  private static func checkSamples(
    _ file: CheckedTensors<Scalar>, _ options: Apply, _ shape: [Int], _ axis: Int
  ) throws {
    let norm = options.norm
    guard norm == .instance || norm == .group || norm == .ghost else { return }
    guard shape.count >= 2, axis != 0 else {
      throw file.failure(
        "--norm \(norm.rawValue) needs samples on axis 0 and channels on another, but the shape is "
          + "\(shape) and --axis \(options.axis)")
    }
    guard let groups = options.groups, shape[axis] % groups != 0 else { return }
    throw file.failure(
      "--groups \(groups) does not divide the \(shape[axis]) channels of input, whose shape is "
        + "\(shape), on axis \(options.axis)")
  }

  private static func running(
    _ file: CheckedTensors<Scalar>, _ options: Apply, channels: Int
  ) throws -> RunningStatistics? {
    let mean = try file.optional("running_mean", shape: [channels])
    let variance = try file.optional("running_variance", shape: [channels])
    if (mean == nil) != (variance == nil) {
      let (found, missing) =
        mean == nil
        ? ("running_variance", "running_mean") : ("running_mean", "running_variance")
      throw file.failure("there is \(found), but no \(missing); give both or neither")
    }
    if options.mode == .inference, mean == nil {
      throw file.failure("inference needs running_mean and running_variance, but there are none")
    }
    for (channel, value) in (mean?.elements ?? []).enumerated() where !value.isFinite {
      throw NormalizationError.invalidRunningMean(channel: channel, found: Double(value))
    }
    for (channel, value) in (variance?.elements ?? []).enumerated()
    where !(value >= 0 && value.isFinite) {
      throw NormalizationError.invalidRunningVariance(channel: channel, found: Double(value))
    }
    let batchesTracked = try file.batchCount()
    if mean == nil, options.norm == .instance { return nil }
    return RunningStatistics(
      mean: mean?.widened ?? Array(repeating: 0, count: channels),
      variance: variance?.widened ?? Array(repeating: 1, count: channels),
      batchesTracked: batchesTracked, tracking: options.tracking)
  }

  /// Normalises.
  func outcome() throws -> ApplyOutcome {
    let result = try result(scale: scale, shift: shift)
    try Interruption.check()
    let hasTables = options.output == nil && !options.json && ApplyOutcome.hasTables(input.shape)
    let plain = hasTables ? try self.result(scale: nil, shift: nil).output : nil
    return ApplyOutcome(
      norm: options.norm, mode: options.mode, input: AnyTensor(input), axis: options.axis,
      normalised: plain.map { AnyTensor($0) }, tensors: tensors(of: result),
      statistics: result.statistics,
      running: result.running)
  }

  /// What is written to a file, by name.
  private func tensors(of result: Result) -> NamedTensors {
    var tensors = NamedTensors(["output": AnyTensor(result.output)])
    func set(_ name: String, _ values: [Double], _ shape: [Int]) {
      tensors[name] = AnyTensor(Tensor<Scalar>(narrowing: values).reshaped(to: shape))
    }
    if let statistics = result.statistics {
      if options.norm != .rms { set("mean", statistics.mean, statistics.shape) }
      set("variance", statistics.variance, statistics.shape)
      if let running = result.running {
        set("running_mean", running.mean, [running.mean.count])
        set("running_variance", running.variance, [running.mean.count])
        if options.cumulative { set("batches_tracked", [Double(running.batchesTracked)], []) }
      }
    }
    if let gradients = result.gradients {
      tensors["input_gradient"] = AnyTensor(gradients.input)
      tensors["scale_gradient"] = gradients.scale.map { AnyTensor($0) }
      tensors["shift_gradient"] = gradients.shift.map { AnyTensor($0) }
    }
    return tensors
  }
}
