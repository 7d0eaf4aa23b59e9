import Normalization
import NormalizationKernels
import TensorFiles

/// Batch normalization of the tensors of a file, once everything about them is checked.
struct BatchApplication<Scalar: NormalizationScalar> {
  private let options: Apply
  private let input: Tensor<Scalar>
  private let outputGradient: Tensor<Scalar>?
  private let batchesTracked: Int
  private var layer: BatchNorm<Scalar>

  /// Checks the tensors.
  init(_ options: Apply, _ tensors: NamedTensors, _ execution: Execution) throws {
    let file = CheckedTensors<Scalar>(path: options.input, tensors: tensors)
    try file.refuseUnknownNames()
    self.options = options
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
    let channels = [shape[axis]]
    let scale = try file.optional("scale", shape: channels)
    let shift = try file.optional("shift", shape: channels)
    outputGradient = try file.optional("output_gradient", shape: shape)
    batchesTracked = try file.batchCount()
    let mean = try file.optional("running_mean", shape: channels)
    let variance = try file.optional("running_variance", shape: channels)
    if (mean == nil) != (variance == nil) {
      let (found, missing) =
        mean == nil
        ? ("running_variance", "running_mean") : ("running_mean", "running_variance")
      throw file.failure("there is \(found), but no \(missing); give both or neither")
    }
    if options.mode == .inference, mean == nil {
      throw file.failure("inference needs running_mean and running_variance, but there are none")
    }
    layer = BatchNorm(
      featureCount: shape[axis], axis: options.axis, epsilon: options.epsilon,
      momentum: options.momentum, tracking: options.runningVariance, execution: execution)
    layer.scale = scale
    layer.shift = shift
    let variances = variance?.elements ?? []
    for (channel, value) in variances.enumerated() where !(value >= 0 && value.isFinite) {
      throw NormalizationError.invalidRunningVariance(channel: channel, found: Double(value))
    }
    layer.runningStatistics = RunningStatistics(
      mean: mean?.widened ?? Array(repeating: 0, count: shape[axis]),
      variance: variance?.widened ?? Array(repeating: 1, count: shape[axis]),
      batchesTracked: batchesTracked, tracking: options.runningVariance)
  }

  /// Normalises.
  func outcome() throws -> ApplyOutcome {
    options.mode == .training ? try training() : try inference()
  }

  private func training() throws -> ApplyOutcome {
    var layer = layer
    let pass = try layer.train(input)
    let statistics = pass.record.statistics
    var tensors = NamedTensors(["output": AnyTensor(pass.output)])
    tensors["mean"] = channelTensor(statistics.mean)
    tensors["variance"] = channelTensor(statistics.variance)
    if let running = layer.runningStatistics {
      tensors["running_mean"] = channelTensor(running.mean)
      tensors["running_variance"] = channelTensor(running.variance)
    }
    if options.cumulative {
      tensors["batches_tracked"] = AnyTensor(
        Tensor([Scalar(batchesTracked + 1)], shape: []))
    }
    if let outputGradient {
      add(layer.gradients(of: pass, outputGradient: outputGradient), to: &tensors)
    }
    return outcome(tensors, statistics)
  }

  private func inference() throws -> ApplyOutcome {
    var tensors = NamedTensors(["output": AnyTensor(try layer.inference(input))])
    if let outputGradient {
      add(
        try layer.inferenceGradients(input: input, outputGradient: outputGradient), to: &tensors)
    }
    let running = layer.runningStatistics
    return outcome(
      tensors,
      ChannelStatistics(
        count: 0, mean: running?.mean ?? [], variance: running?.variance ?? [],
        epsilon: layer.epsilon))
  }

  private func add(_ gradients: BatchNorm<Scalar>.Gradients, to tensors: inout NamedTensors) {
    tensors["input_gradient"] = AnyTensor(gradients.input)
    tensors["scale_gradient"] = gradients.scale.map { AnyTensor($0) }
    tensors["shift_gradient"] = gradients.shift.map { AnyTensor($0) }
  }

  private func channelTensor(_ values: [Double]) -> AnyTensor {
    AnyTensor(Tensor<Scalar>(narrowing: values))
  }

  private func outcome(_ tensors: NamedTensors, _ statistics: ChannelStatistics) -> ApplyOutcome {
    ApplyOutcome(
      mode: options.mode, input: AnyTensor(input), axis: options.axis, statistics: statistics,
      epsilon: options.epsilon, tensors: tensors)
  }
}

/// The tensors of an input file, with errors that name both what was expected and what was found.
private struct CheckedTensors<Scalar: NormalizationScalar> {
  let path: String
  let tensors: NamedTensors

  static var names: [String] {
    [
      "input", "scale", "shift", "running_mean", "running_variance", "batches_tracked",
      "output_gradient",
    ]
  }

  func failure(_ text: String) -> CommandError { .failure("\(path): \(text)") }

  func refuseUnknownNames() throws {
    for name in tensors.names where !Self.names.contains(name) {
      if name == "weights" {
        throw failure("there are weights, but this version does not weight positions yet")
      }
      throw failure(
        "there is a tensor called \(name), but only \(Self.names.joined(separator: ", ")) are known"
      )
    }
  }

  func required(_ name: String) throws -> Tensor<Scalar> {
    try typed(name, try tensors.tensor(named: name))
  }

  func optional(_ name: String, shape: [Int]) throws -> Tensor<Scalar>? {
    guard tensors.contains(name) else { return nil }
    let tensor = try required(name)
    guard tensor.shape == shape else {
      throw failure("\(name) must have shape \(shape), but has \(tensor.shape)")
    }
    return tensor
  }

  /// The batches tracked before; 0 where the file does not say.
  func batchCount() throws -> Int {
    guard tensors.contains("batches_tracked") else { return 0 }
    let tensor = try required("batches_tracked")
    guard tensor.count == 1, tensor.rank <= 1, let count = Int(exactly: tensor[0]), count >= 0
    else {
      throw failure(
        "batches_tracked must be one whole number from 0 up, but is \(tensor.elements) of shape "
          + "\(tensor.shape)")
    }
    return count
  }

  private func typed(_ name: String, _ tensor: AnyTensor) throws -> Tensor<Scalar> {
    guard let typed = tensor.tensor(of: Scalar.self) else {
      let expected = tensors["input"]?.dtype ?? ""
      throw failure("\(name) has type \(tensor.dtype), but input has \(expected); use one type")
    }
    return typed
  }
}
