import Normalization
import TensorFiles

/// The tensors of an input file, with errors that name both what was expected and what was found.
struct CheckedTensors<Scalar: NormalizationScalar> {
  let path: String
  let tensors: NamedTensors

  private static var names: [String] {
    [
      "input", "scale", "shift", "running_mean", "running_variance", "batches_tracked",
      "output_gradient", "weights",
    ]
  }

  func failure(_ text: String) -> CommandError { .failure("\(path): \(text)") }

  func refuseUnknownNames() throws {
    for name in tensors.names where !Self.names.contains(name) {
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
    guard tensor.count == 1, tensor.rank <= 1, let count = Int(exactly: tensor[0]),
      (0...1 << 53).contains(count)
    else {
      throw failure(
        "batches_tracked must be one whole number from 0 to 2^53, but is \(tensor.elements) of shape "
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
