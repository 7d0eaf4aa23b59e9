public import Normalization

extension Residual {
  private struct Record: Sendable {
    let body: PartedPass<Scalar>
    let shortcut: PartedPass<Scalar>?
  }

  /// A pass over a batch in parts: body and shortcut take all parts, then these are added.
  public func forward(
    parts: [Tensor<Scalar>]
  ) throws(NormalizationError) -> PartedPass<Scalar> {
    let past = try shortcut?.forward(parts: parts)
    let pass = try body.forward(parts: parts)
    var sums: [FusedPass<Scalar>] = []
    for (output, addend) in zip(pass.outputs, past?.outputs ?? parts) {
      sums.append(try Identity().fusedForward(output, adding: addend, activation: activation))
    }
    let record = Record(body: pass, shortcut: past)
    let (taken, execution) = (sums, execution)
    return PartedPass(outputs: taken.map(\.output), record: record) { gradients in
      let passed = zip(taken, gradients).map { $0.pullback($1).layer.input }
      let inner = record.body.pullback(passed)
      let beside = record.shortcut?.pullback(passed)
      return PartedGradients(
        inputs: zip(inner.inputs, beside?.inputs ?? passed).map { sum($0, $1, execution) },
        parameters: inner.parameters + (beside?.parameters ?? []))
    }
  }

  /// Commits both parts of the block.
  public mutating func commit(parts pass: PartedPass<Scalar>) {
    guard let record = pass.record as? Record else {
      preconditionFailure("The pass is of another layer than this residual block.")
    }
    body.commit(parts: record.body)
    if let past = record.shortcut { shortcut?.commit(parts: past) }
  }
}
