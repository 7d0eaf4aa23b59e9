import Conventions
import Normalization

/// Goes through a network as an input does, and notes what PyTorch calls its tensors and in which order it has them.
struct PyTorchWalk<Scalar: NetworkScalar> {
  private(set) var entries: [PyTorchEntry<Scalar>] = []
  /// Layers by what has to be said of them, in the order of the first ones.
  private var remarks: [(sentence: String, layers: [String])] = []

  /// What a layer gets or gives: the shape of the tensor counts, its elements are 0.
  private typealias Value = (tensor: Tensor<Scalar>, order: PyTorchOrder)
  /// A layer's names in front of its tensors': here and there.
  private typealias Names = (own: String, theirs: String)

  private let convention = NormalizationConvention.pyTorch

  /// What has to be said, with the first layers of which it has.
  var notes: [String] {
    remarks.map { sentence, layers in
      let names = layers.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      let more = layers.count > 3 ? " and \(layers.count - 3) more" : ""
      return "\(names)\(more): \(sentence)"
    }
  }

  mutating func visit(_ network: any Layer<Scalar>, sampleShape: [Int]) throws(NetworkError) {
    let input = Tensor<Scalar>(repeating: 0, shape: [1] + sampleShape)
    _ = try visit(network, ("", ""), (input, PyTorchOrder(sampleShape: sampleShape)))
  }

  private mutating func visit(
    _ layer: any Layer<Scalar>, _ names: Names, _ input: Value
  ) throws(NetworkError) -> Value {
    if let network = layer as? Sequential<Scalar> {
      var value = input
      for (stage, name) in zip(network.stages, pyTorchNames(network.stages.map(\.name))) {
        let inner = (layerName(names.own, stage.name), layerName(names.theirs, name))
        value = try visit(stage.layer, inner, value)
      }
      return value
    }
    if let block = layer as? Residual<Scalar> {
      let output = try visit(block.body, names, input)
      var past = input
      if let shortcut = block.shortcut {
        let name = Residual<Scalar>.shortcutName
        past = try visit(
          shortcut, (layerName(names.own, name), layerName(names.theirs, name)), input)
      }
      guard past.order == output.order else {
        throw .noPyTorchForm(
          layer: names.own,
          reason: "what it adds up has different orders of features there")
      }
      return output
    }
    let output = try output(layer, names.own, input)
    note(layer, names, input, output)
    return output
  }

  private mutating func note(_ sentence: String, _ layer: String) {
    guard let index = remarks.firstIndex(where: { $0.sentence == sentence }) else {
      return remarks.append((sentence, [layer]))
    }
    remarks[index].layers.append(layer)
  }

  // What a single layer gives.

  private func output(
    _ layer: any Layer<Scalar>, _ name: String, _ input: Value
  ) throws(NetworkError) -> Value {
    let tensor = try shape(layer, name, input.tensor)
    let shape = input.tensor.shape
    let order: PyTorchOrder? =
      switch layer {
      case is Flatten<Scalar>: input.order.flattened(shape)
      case let layer as Reshaping<Scalar>: input.order.reshaped(shape, to: layer.sampleShape)
      case is Dense<Scalar>, is GlobalAveragePooling<Scalar>, is LastStep<Scalar>,
        is any RecurrentLayer<Scalar>:
        .same
      case is Convolution<Scalar>, is Pooling<Scalar>: .channelsFirst
      case let norm as any NormalizationLayer<Scalar>: order(norm, input.order)
      case is Activation<Scalar>, is Dropout<Scalar>, is Identity<Scalar>: input.order
      default: order(unknownTo: tensor.shape, from: shape, input.order)
      }
    guard let order else {
      throw .noPyTorchForm(
        layer: name,
        reason: "PyTorch has the features in another order, with which it would be another function"
      )
    }
    return (tensor, order)
  }

  /// Normalization over each feature or all of them knows no neighbours.
  private func order(
    _ norm: any NormalizationLayer<Scalar>, _ order: PyTorchOrder
  ) -> PyTorchOrder? {
    guard case .flattened = order, let norm = norm as? GroupNorm<Scalar> else { return order }
    return norm.groupCount == 1 ? order : nil
  }

  /// A layer of which nothing is known but shapes.
  private func order(
    unknownTo shape: [Int], from old: [Int], _ order: PyTorchOrder
  ) -> PyTorchOrder? {
    switch order {
    case .same: .same
    case .channelsFirst: shape.count == old.count ? order : nil
    case .flattened: nil
    }
  }

  /// The output for zeros, without running normalizations, which may refuse a single sample.
  private func shape(
    _ layer: any Layer<Scalar>, _ name: String, _ input: Tensor<Scalar>
  ) throws(NetworkError) -> Tensor<Scalar> {
    if layer is any NormalizationLayer<Scalar> { return input }
    if let recurrent = layer as? any RecurrentLayer<Scalar> {
      let shape = Array(input.shape.dropLast()) + [recurrent.products.hiddenCount]
      return Tensor(repeating: 0, shape: shape)
    }
    do throws(NormalizationError) {
      let output = try layer.inference(input, named: "") {
        _, _, input throws(NormalizationError) in input
      }
      guard let output else { preconditionFailure("Nothing ended the inference.") }
      return output
    } catch {
      throw .noPyTorchForm(layer: name, reason: "\(error)")
    }
  }

  // What its tensors are called.

  private mutating func note(
    _ layer: any Layer<Scalar>, _ names: Names, _ input: Value, _ output: Value
  ) {
    let isPlainRecurrent =
      layer is any RecurrentLayer<Scalar> && layer.normalizations.isEmpty
    for (info, value) in layer.parameters {
      let name = isPlainRecurrent ? "\(info.name)_l0" : pyTorchName(info)
      var entry = PyTorchEntry<Scalar>(
        ownName: layerName(names.own, info.name), name: layerName(names.theirs, name),
        content: .parameter, shape: value.shape)
      entry.reorder(info, input.tensor.shape, input.order)
      entries.append(entry)
    }
    for (inner, norm) in layer.normalizations {
      for sentence in remarks(on: norm) { note(sentence, layerName(names.theirs, inner)) }
      guard let running = norm.runningStatistics else { continue }
      note(running, (layerName(names.own, inner), layerName(names.theirs, inner)), input)
    }
  }

  private mutating func note(_ running: RunningStatistics, _ names: Names, _ input: Value) {
    let theirs = convention.statisticNames
    var channelCount: Int?
    if case .flattened(let channels) = input.order { channelCount = channels }
    func add(_ own: String, _ name: String, _ content: PyTorchEntry<Scalar>.Content) {
      let isCount = own == StateName.batches
      entries.append(
        .init(
          ownName: layerName(names.own, own), name: layerName(names.theirs, name),
          content: content, shape: isCount ? [] : [running.mean.count],
          channelCount: isCount ? nil : channelCount))
    }
    add(StateName.mean, theirs.mean, .mean)
    let isDeviation = running.tracking == .standardDeviation
    add(
      StateName.spread(running.tracking), theirs.variance, isDeviation ? .deviation : .variance)
    if let batches = theirs.batchesTracked { add(StateName.batches, batches, .count) }
  }

  /// "norm.scale" as "norm.weight".
  private func pyTorchName(_ info: ParameterInfo) -> String {
    guard info.role == .normalization else { return info.name }
    var parts = info.name.split(separator: ".").map(String.init)
    let names = convention.parameterNames(of: .batch)
    switch parts.popLast() {
    case "scale": parts.append(names.scale)
    case "shift": parts.append(names.shift ?? "shift")
    case let other: return other == nil ? "" : info.name
    }
    return parts.joined(separator: ".")
  }
}
