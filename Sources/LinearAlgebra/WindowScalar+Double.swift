public import Tensors

/// Convolutions and pooling in plain loops: the reference. Every sum is taken in the order of the loops.
extension Double: WindowScalar {
  /// The convolution, and what is done to it at once.
  public static func _convolution(
    _ shape: WindowShape, _ input: Tensor<Double>, _ weight: Tensor<Double>,
    _ packed: PackedWeights<Double>?, _ epilogue: ConvolutionEpilogue<Double>
  ) -> Tensor<Double> {
    var output = Tensor<Double>(repeating: 0, shape: shape.outputShape)
    do {
      let (x, w) = (input.span, weight.span)
      var y = output.mutableSpan
      shape.forEachProduct { place in y[place.output] += x[place.input] * w[place.weight] }
    }
    for index in 0..<output.count {
      var value = output[index]
      if let bias = epilogue.bias { value += bias[index % shape.outputChannels] }
      if let addend = epilogue.addend { value += addend[index] }
      output[index] = epilogue.isRectified && value < 0 ? 0 : value
    }
    return output
  }

  /// The gradient of a convolution's input.
  public static func _convolutionInputGradient(
    _ shape: WindowShape, _ outputGradient: Tensor<Double>, _ weight: Tensor<Double>
  ) -> Tensor<Double> {
    var result = Tensor<Double>(repeating: 0, shape: shape.inputShape)
    let (dy, w) = (outputGradient.span, weight.span)
    var dx = result.mutableSpan
    shape.forEachProduct { place in dx[place.input] += dy[place.output] * w[place.weight] }
    return result
  }

  /// The gradients of a convolution's weights and bias.
  public static func _convolutionWeightGradient(
    _ shape: WindowShape, _ input: Tensor<Double>, _ outputGradient: Tensor<Double>, hasBias: Bool
  ) -> (weight: Tensor<Double>, bias: Tensor<Double>?) {
    var weight = Tensor<Double>(repeating: 0, shape: shape.weightShape)
    let (x, dy) = (input.span, outputGradient.span)
    var dw = weight.mutableSpan
    shape.forEachProduct { place in dw[place.weight] += x[place.input] * dy[place.output] }
    guard hasBias else { return (weight, nil) }
    var bias = Tensor<Double>(repeating: 0, shape: [shape.outputChannels])
    var db = bias.mutableSpan
    for index in dy.indices { db[index % shape.outputChannels] += dy[index] }
    return (weight, bias)
  }

  /// The pooled input, and what its gradient needs to know.
  public static func _pooling(
    _ kind: PoolingKind, _ shape: WindowShape, _ input: Tensor<Double>
  ) -> (output: Tensor<Double>, record: PoolingRecord) {
    var largest: [Int] = []
    let x = input.span
    let output = Tensor<Double>(unsafeUninitialized: shape.outputShape) { y in
      for index in y.indices {
        let places = shape.inputPlaces(ofOutput: index)
        switch kind {
        case .maximum:
          var best = places[0]
          for place in places where x[place] > x[best] { best = place }
          y[index] = x[best]
          largest.append(best)
        case .average(let countsPadding):
          let count = countsPadding ? shape.kernel[0] * shape.kernel[1] : places.count
          y[index] = places.reduce(0) { $0 + x[$1] } / Double(count)
        }
      }
    }
    return (output, PoolingRecord(content: kind == .maximum ? .indices(largest) : .nothing))
  }

  /// The gradient of a pooling's input.
  public static func _poolingGradient(
    _ kind: PoolingKind, _ shape: WindowShape, _ outputGradient: Tensor<Double>,
    _ record: PoolingRecord
  ) -> Tensor<Double> {
    var result = Tensor<Double>(repeating: 0, shape: shape.inputShape)
    let dy = outputGradient.span
    var dx = result.mutableSpan
    for index in dy.indices {
      switch (kind, record.content) {
      case (.average(let countsPadding), _):
        let places = shape.inputPlaces(ofOutput: index)
        let count = countsPadding ? shape.kernel[0] * shape.kernel[1] : places.count
        for place in places { dx[place] += dy[index] / Double(count) }
      case (.maximum, .indices(let largest)):
        dx[largest[index]] += dy[index]
      case (.maximum, _):
        preconditionFailure("The record is not of a maximum over Double.")
      }
    }
    return result
  }
}

extension WindowShape {
  /// Where the factors of a product of a convolution lie, and the sum that it belongs to.
  fileprivate struct Product {
    let input: Int
    let weight: Int
    let output: Int
  }

  @inline(__always)
  fileprivate func forEachProduct(_ body: (Product) -> Void) {
    let (inputs, outputs) = (inputChannels / groups, outputChannels / groups)
    let area = kernel[0] * kernel[1]
    forEachPosition { sample, row, column in
      let target = ((sample * output[0] + row) * output[1] + column) * outputChannels
      for kernelRow in 0..<kernel[0] {
        guard let y = position(0, output: row, kernel: kernelRow) else { continue }
        for kernelColumn in 0..<kernel[1] {
          guard let x = position(1, output: column, kernel: kernelColumn) else { continue }
          let source = ((sample * input[0] + y) * input[1] + x) * inputChannels
          let place = kernelRow * kernel[1] + kernelColumn
          for channel in 0..<outputChannels {
            let first = source + channel / outputs * inputs
            for i in 0..<inputs {
              body(
                Product(
                  input: first + i, weight: (channel * inputs + i) * area + place,
                  output: target + channel))
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func forEachPosition(_ body: (_ sample: Int, _ row: Int, _ column: Int) -> Void) {
    for sample in 0..<batch {
      for row in 0..<output[0] {
        for column in 0..<output[1] { body(sample, row, column) }
      }
    }
  }

  /// The places in the input under the window of an element of a pooling's output.
  fileprivate func inputPlaces(ofOutput index: Int) -> [Int] {
    let (position, channel) = index.quotientAndRemainder(dividingBy: outputChannels)
    let (line, column) = position.quotientAndRemainder(dividingBy: output[1])
    let (sample, row) = line.quotientAndRemainder(dividingBy: output[0])
    var places: [Int] = []
    for kernelRow in 0..<kernel[0] {
      guard let y = self.position(0, output: row, kernel: kernelRow) else { continue }
      for kernelColumn in 0..<kernel[1] {
        guard let x = self.position(1, output: column, kernel: kernelColumn) else { continue }
        places.append(((sample * input[0] + y) * input[1] + x) * inputChannels + channel)
      }
    }
    return places
  }
}
