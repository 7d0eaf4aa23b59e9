import Normalization

/// The normalization of a product [rows, width] in the steps of a recurrent layer.
struct StepNormalization<Scalar: NetworkScalar>: Sendable {
  /// Columns that are normalised together.
  struct Part: Sendable {
    /// The layer's name behind that of the normalization.
    let name: String
    let width: Int
    var layer: any NormalizationLayer<Scalar>
  }

  /// A training pass of a step, or of all steps.
  struct Pass: Sendable {
    let output: Tensor<Scalar>
    let parts: [LayerPass<Scalar>]
    /// What the shared scale was applied to.
    let normalized: Tensor<Scalar>
  }

  /// Gradients of the parameters, summed over the steps.
  struct Gradients {
    fileprivate(set) var parts: [[Tensor<Scalar>?]] = []
    fileprivate(set) var scale: [Double] = []
  }

  let name: String
  /// The parts of each step; those of the last are for all that follow.
  var steps: [[Part]]
  /// A factor of each column that the steps share; nil where the layers have scales of their own.
  var scale: Tensor<Scalar>?

  /// Whether each step has to be normalised by itself.
  var isPerStep: Bool { scale != nil }

  private func parts(ofStep step: Int) -> [Part] { steps[min(step, steps.count - 1)] }

  private var isScaleFrozen: Bool {
    steps.joined().allSatisfy { $0.layer.freezing == .statisticsAndParameters }
  }

  /// The output of inference, or nil where the observer ended it.
  func inference(
    _ input: Tensor<Scalar>, step: Int, named outer: String,
    observer: NormalizationObserver<Scalar>
  ) throws(NormalizationError) -> Tensor<Scalar>? {
    let name = layerName(outer, name)
    var outputs: [Tensor<Scalar>] = []
    var start = 0
    for part in parts(ofStep: step) {
      let columns = input.columns(start..<start + part.width)
      start += part.width
      guard step < steps.count || !isPerStep else {
        outputs.append(try part.layer.inference(columns))
        continue
      }
      let output = try part.layer.inference(
        columns, named: layerName(name, part.name), observer: observer)
      guard let output else { return nil }
      outputs.append(output)
    }
    let output = joinedColumns(outputs)
    return scale.map { output.withColumns(times: $0) } ?? output
  }

  func forward(_ input: Tensor<Scalar>, step: Int) throws(NormalizationError) -> Pass {
    var passes: [LayerPass<Scalar>] = []
    var start = 0
    for part in parts(ofStep: step) {
      passes.append(try part.layer.forward(input.columns(start..<start + part.width)))
      start += part.width
    }
    let normalized = joinedColumns(passes.map(\.output))
    let output = scale.map { normalized.withColumns(times: $0) } ?? normalized
    return Pass(output: output, parts: passes, normalized: normalized)
  }

  /// The gradient of a pass's input; those of the parameters are added to `sums`.
  func pullback(
    _ pass: Pass, _ gradient: Tensor<Scalar>, _ sums: inout Gradients
  ) -> Tensor<Scalar> {
    var gradient = gradient
    if let scale {
      gradient.addColumnSums(times: pass.normalized, to: &sums.scale)
      gradient = gradient.withColumns(times: scale)
    }
    var start = 0
    var inputs: [Tensor<Scalar>] = []
    for (index, part) in pass.parts.enumerated() {
      let width = part.output.shape[1]
      let gradients = part.pullback(gradient.columns(start..<start + width))
      start += width
      inputs.append(gradients.input)
      if index < sums.parts.count {
        for (number, new) in gradients.parameters.enumerated() {
          guard let new else { continue }
          sums.parts[index][number]?.add(new)
        }
      } else {
        sums.parts.append(gradients.parameters)
      }
    }
    return joinedColumns(inputs)
  }

  /// The gradients in the order of the parameters.
  func parameters(_ sums: Gradients) -> [Tensor<Scalar>?] {
    let own = Array(sums.parts.joined())
    guard scale != nil else { return own }
    return own + [isScaleFrozen ? nil : Tensor(sums.scale.map { Scalar($0) })]
  }

  /// Takes the passes' statistics, one for each step, into the running ones. Steps beyond the last do not count.
  mutating func commit(_ passes: [Pass]) {
    for (step, pass) in passes.enumerated() where step < steps.count {
      for index in steps[step].indices { steps[step][index].layer.commit(pass.parts[index]) }
    }
  }

  mutating func visitParameters(_ visit: (ParameterInfo, inout Tensor<Scalar>) -> Void) {
    for step in steps.indices {
      for index in steps[step].indices {
        let outer = layerName(name, steps[step][index].name)
        steps[step][index].layer.visitParameters { info, value in
          var info = info
          info.name = layerName(outer, info.name)
          visit(info, &value)
        }
      }
    }
    guard var value = scale else { return }
    let info = ParameterInfo(
      name: layerName(name, "scale"), role: .normalization, isFrozen: isScaleFrozen)
    visit(info, &value)
    scale = value
  }

  mutating func visitLayers(_ visit: (String, inout any Layer<Scalar>) -> Void) {
    for step in steps.indices {
      for index in steps[step].indices {
        let outer = layerName(name, steps[step][index].name)
        steps[step][index].layer.visitLayers { inner, layer in
          visit(layerName(outer, inner), &layer)
        }
      }
    }
  }
}
