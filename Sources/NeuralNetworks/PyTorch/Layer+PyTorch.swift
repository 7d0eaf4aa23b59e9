import Normalization
public import TensorFiles

/// A network's parameters and running statistics under the names that PyTorch's `state_dict` has for them.
public struct PyTorchState: Sendable {
  /// For `load_state_dict`, strictly: nothing is missing and nothing is too many.
  public let tensors: NamedTensors
  /// What PyTorch's modules have to be told because the tensors do not say it, such as an epsilon that is not PyTorch's
  /// default. Empty where modules that are made with the defaults give the same outputs and train alike.
  public let notes: [String]
}

extension Layer {
  /// Parameters and running statistics as PyTorch's `state_dict`.
  ///
  /// | here | there |
  /// |---|---|
  /// | `weight`, `bias` of ``Dense`` and ``Convolution`` | the same |
  /// | `scale`, `shift` of a normalization | `weight`, `bias` |
  /// | `running_mean`, F64 | `running_mean`, in the network's type |
  /// | `running_variance`, or the square of `running_standard_deviation`, F64 | `running_var`, in the network's type |
  /// | `batches_tracked` | `num_batches_tracked`, I64 |
  /// | `weight_ih`, ... of ``GRU`` and ``Elman`` | `weight_ih_l0`, ...; unchanged where the layer is normalised |
  /// | `passes_drawn` of a ``RandomLayer`` | nothing |
  ///
  /// No module of PyTorch is a recurrent layer with normalization, so there are no names to follow.
  ///
  /// Stages keep their names. A stage that is a layer and has others behind its name, as "hidden1" beside
  /// "hidden1.norm", is PyTorch's `Sequential` of that name: "hidden1.0", "hidden1.1" and so on, in the order of the
  /// stages.
  ///
  /// Images are channels-first there, so weights behind ``Flatten`` get PyTorch's order of features, and so do
  /// normalizations and what else is between the two. Sequences, [N, T, features], are `batch_first`.
  ///
  /// Running statistics are rounded to the network's type. Apart from that ``load(pyTorchState:sampleShape:)`` is the
  /// inverse.
  ///
  /// - Parameter sampleShape: the shape of the network's samples: [features], [T, features], [length, channels] or
  ///   [height, width, channels].
  /// - Returns: the tensors, and what they do not say.
  /// - Throws: ``NetworkError/noPyTorchForm(layer:reason:)`` for a layer that depends on the order of flattened
  ///   features, ``NetworkError/beyondType(name:channel:value:type:)`` for running statistics that the type cannot hold.
  /// - Precondition: the network takes samples of this shape, and no two of its tensors have the same name.
  public func pyTorchState(sampleShape: [Int]) throws(NetworkError) -> PyTorchState {
    var walk = PyTorchWalk<Scalar>()
    try walk.visit(self, sampleShape: sampleShape)
    let own = stateDictionary
    var tensors = NamedTensors(metadata: ["format": "pt"], path: "PyTorch state")
    for entry in walk.entries {
      precondition(
        !tensors.contains(entry.name), "Two tensors would be called '\(entry.name)' in PyTorch.")
      try entry.write(own, into: &tensors)
    }
    return PyTorchState(tensors: tensors, notes: walk.notes)
  }

  /// Takes parameters and running statistics from a `state_dict` of PyTorch, frozen ones too.
  ///
  /// It has to hold exactly what ``pyTorchState(sampleShape:)`` of this network holds, in the same types and shapes.
  /// Counts of random layers stay as they are.
  ///
  /// - Parameters:
  ///   - tensors: the `state_dict`, as `safetensors.torch.save_file` writes it.
  ///   - sampleShape: the shape of the network's samples, as for ``pyTorchState(sampleShape:)``.
  /// - Throws: ``NetworkError`` for names that are missing or too many, another shape or type, or a count of batches
  ///   that is none; all by PyTorch's names. Nothing has changed then.
  /// - Precondition: the network takes samples of this shape.
  public mutating func load(
    pyTorchState tensors: NamedTensors, sampleShape: [Int]
  ) throws(NetworkError) {
    var walk = PyTorchWalk<Scalar>()
    try walk.visit(self, sampleShape: sampleShape)
    let names = Set(walk.entries.map(\.name))
    let missing = walk.entries.map(\.name).filter { !tensors.contains($0) }
    let unknown = tensors.names.filter { !names.contains($0) }
    guard missing.isEmpty, unknown.isEmpty else {
      throw .otherNames(missing: missing, unknown: unknown)
    }
    var dictionary = stateDictionary
    for entry in walk.entries { try entry.read(tensors, into: &dictionary) }
    try load(dictionary)
  }
}
