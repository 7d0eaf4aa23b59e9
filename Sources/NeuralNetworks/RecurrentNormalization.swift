import Normalization

/// What a recurrent layer normalises, and over what.
///
/// A product that is normalised with a shift has no bias: the shift takes its place. Normalizations are layers of
/// their own in ``Layer/visitNormalizations(_:)``, state dictionaries and summaries, under the names given here, with a
/// BatchNorm's or LayerNorm's defaults.
public enum RecurrentNormalization: Equatable, Sendable {
  /// Nothing.
  case none
  /// Layer normalization in each step (Ba, Kiros and Hinton 2016, arXiv:1607.06450).
  ///
  /// - ``Elman``: the sum of both products, "norm" (section 3.1, equation 4). No biases.
  /// - ``GRU``: the products of both gates together, "input_norm.gates" and "hidden_norm.gates", and those of the
  ///   candidate, "input_norm.candidate" and "hidden_norm.candidate" (supplement, "GRU"). No biases.
  case layer
  /// Batch normalization of the input's product over batch and time, "input_norm" (Laurent, Pereyra, Brakel, Zhang and
  /// Bengio 2015, arXiv:1510.01378, equation 9). No input bias.
  case batchInput
  /// Batch normalization of both products in each step, with statistics of the step's own, "input_norm.0",
  /// "hidden_norm.0", "input_norm.1", ... (Cooijmans, Ballas, Laurent, Gülçehre and Courville 2016, arXiv:1603.09025,
  /// section 3).
  ///
  /// All steps share a scale, "input_norm.scale" and "hidden_norm.scale", which starts at 0.1: at 1 the derivative of
  /// tanh would make gradients vanish (section 4). There is no shift; the biases stay. The shared scale is frozen once
  /// the parameters of all steps are.
  ///
  /// Steps beyond the maximum use the running statistics of the last one in inference. In training they use their
  /// batch's, which are not kept, and ``NormalizationObserver`` does not see them.
  case batchPerStep(maximumStepCount: Int)
}

extension RecurrentProducts {
  /// Puts in what `normalization` asks for.
  mutating func normalize(_ normalization: RecurrentNormalization, _ cell: RecurrentCell) {
    let (width, hidden) = (hiddenWeight.shape[0], hiddenCount)
    func layerNorm(_ name: String, _ width: Int) -> StepNormalization<Scalar>.Part {
      .init(name: name, width: width, layer: LayerNorm<Scalar>(normalizedShape: [width]))
    }
    switch normalization {
    case .none: break
    case .layer:
      (inputBias, hiddenBias) = (nil, nil)
      switch cell {
      case .elman: sumNorm = .init(name: "norm", steps: [[layerNorm("", width)]])
      case .gru:
        let parts = [layerNorm("gates", 2 * hidden), layerNorm("candidate", hidden)]
        inputNorm = .init(name: "input_norm", steps: [parts])
        hiddenNorm = .init(name: "hidden_norm", steps: [parts])
      }
    case .batchInput:
      inputBias = nil
      let part = StepNormalization<Scalar>.Part(
        name: "", width: width, layer: BatchNorm<Scalar>(featureCount: width, execution: execution))
      inputNorm = .init(name: "input_norm", steps: [[part]])
    case .batchPerStep(let count):
      precondition(count > 0, "Statistics for at least one step are needed, not \(count).")
      let steps = (0..<count).map { step in
        [
          StepNormalization<Scalar>.Part(
            name: "\(step)", width: width,
            layer: BatchNorm<Scalar>(
              featureCount: width, hasScale: false, hasShift: false, execution: execution))
        ]
      }
      let scale = Tensor<Scalar>(repeating: 0.1, shape: [width])
      inputNorm = .init(name: "input_norm", steps: steps, scale: scale)
      hiddenNorm = .init(name: "hidden_norm", steps: steps, scale: scale)
    }
  }
}
