public import Tensors

/// How the elements of a tensor are normalised together, and which of them share a scale and a shift.
public struct SetView: Sendable {
  /// The set of each element.
  public let sets: [Int]
  /// The parameter of each element.
  public let parameters: [Int]
  /// The number of sets.
  public let setCount: Int
  /// The number of parameters.
  public let parameterCount: Int

  /// Layer and RMS normalization: the last axes from `axis` on, a parameter for each of their elements.
  public init(layer shape: [Int], from axis: Int) {
    let length = shape[axis...].reduce(1, *)
    let count = shape.reduce(1, *)
    sets = (0..<count).map { $0 / length }
    parameters = (0..<count).map { $0 % length }
    (setCount, parameterCount) = (count / length, length)
  }

  /// Group normalization: neighbouring channels of each sample, a parameter for each channel.
  public init(groups: Int, shape: [Int], axis: Int) {
    let view = ChannelView(shape: shape, axis: axis)
    let perSample = shape.dropFirst().reduce(1, *)
    let count = shape.reduce(1, *)
    parameters = (0..<count).map { view.channel(of: $0) }
    sets = parameters.enumerated().map { index, channel in
      index / perSample * groups + channel / (view.channels / groups)
    }
    (setCount, parameterCount) = (shape[0] * groups, view.channels)
  }

  func members(_ owners: [Int], _ count: Int) -> [[Int]] {
    var members = Array(repeating: [Int](), count: count)
    for (index, owner) in owners.enumerated() { members[owner].append(index) }
    return members
  }
}

/// Normalization of sets in plain loops and wide numbers, written from the formulas alone.
///
///     mean = sum(x)/m  (RMS: 0)      variance = sum((x - mean)^2)/m      n = (x - mean)/sqrt(variance + epsilon)
///     y    = scale*n + shift
public struct SetReference: Sendable {
  /// The sets and parameters.
  public let view: SetView
  /// The mean of each set.
  public private(set) var mean: [Wide] = []
  /// The biased variance of each set; the mean square for RMS normalization.
  public private(set) var variance: [Wide] = []
  /// n of each element.
  public private(set) var normalized: [Wide]
  /// y of each element.
  public private(set) var output: [Wide]
  /// |scale*n| + |shift|, what the bound of the output is a fraction of.
  public private(set) var outputSize: [Wide]
  /// 1/sqrt(variance + epsilon) of each set, or 0 where that is 1/0.
  public private(set) var inverse: [Wide] = []
  /// The elements of each set.
  public let members: [[Int]]

  private let scale: [Wide]
  private let shift: [Wide]
  private let isCentered: Bool

  /// Normalises `input`.
  public init<Scalar: TensorScalar>(
    _ input: Tensor<Scalar>, _ view: SetView, isCentered: Bool = true, epsilon: Double = 1e-5,
    scale: Tensor<Scalar>? = nil, shift: Tensor<Scalar>? = nil
  ) {
    self.view = view
    self.isCentered = isCentered
    self.scale = scale.map { wide($0) } ?? Array(repeating: 1, count: view.parameterCount)
    self.shift = shift.map { wide($0) } ?? Array(repeating: 0, count: view.parameterCount)
    members = view.members(view.sets, view.setCount)
    let x = wide(input)
    normalized = Array(repeating: 0, count: x.count)
    (output, outputSize) = (normalized, normalized)
    for set in members {
      let first = isCentered ? x[set[0]] : 0
      let count = Wide(set.count)
      let rest = isCentered ? sum(set) { x[$0] - first } / count : 0
      func deviation(_ index: Int) -> Wide { (x[index] - first) - rest }
      let variance = sum(set) { deviation($0) * deviation($0) } / count
      let total = variance + Wide(epsilon)
      let inverse = total == 0 ? 0 : 1 / total.squareRoot()
      mean.append(first + rest)
      self.variance.append(variance)
      self.inverse.append(inverse)
      for index in set {
        normalized[index] = deviation(index) * inverse
        let parameter = view.parameters[index]
        let scaled = self.scale[parameter] * normalized[index]
        output[index] = scaled + self.shift[parameter]
        outputSize[index] = abs(scaled) + abs(self.shift[parameter])
      }
    }
  }

  /// How far outputs are from the bound of the contract.
  public func deviation<Scalar: TensorScalar>(of found: Tensor<Scalar>) -> Deviation {
    let unit: Wide = Scalar.self == Float.self ? 0x1p-21 : 0x1p-46
    var worst = Deviation()
    for (index, value) in wide(found).enumerated() {
      worst.compare(
        value, output[index], tolerance: unit * max(1, outputSize[index]), "element \(index)")
    }
    return worst
  }

  /// The gradients of sum(outputGradient * y), and the sizes of what they sum: by set and by parameter.
  ///
  ///     g = scale*dy        dx = r * (g - average(g) - n * average(g*n))        dscale = sum(dy*n)        dshift = sum(dy)
  public func gradients<Scalar: TensorScalar>(
    _ outputGradient: Tensor<Scalar>
  ) -> BatchNormReference.Gradients {
    let dy = wide(outputGradient)
    var result = BatchNormReference.Gradients(input: Array(repeating: 0, count: dy.count))
    for (number, set) in members.enumerated() {
      let count = Wide(set.count)
      func g(_ index: Int) -> Wide { scale[view.parameters[index]] * dy[index] }
      let average = isCentered ? sum(set, g) / count : 0
      let slope = sum(set) { g($0) * normalized[$0] } / count
      let r = inverse[number]
      for index in set {
        result.input[index] = r * (g(index) - average - normalized[index] * slope)
      }
      result.inputSize.append(norm(set.map { r * g($0) }))
    }
    for elements in view.members(view.parameters, view.parameterCount) {
      result.scale.append(sum(elements) { dy[$0] * normalized[$0] })
      result.shift.append(sum(elements) { dy[$0] })
      result.scaleSize.append(sum(elements) { abs(dy[$0]) * (1 + abs(normalized[$0])) })
      result.shiftSize.append(sum(elements) { abs(dy[$0]) })
    }
    return result
  }

  /// How far gradients of sum(outputGradient * y) are from the bound of the contract: `unit` (1e-6; Float64:
  /// 64 * 2^-52) of the size of what is summed.
  public func deviation<Scalar: TensorScalar>(
    ofGradients outputGradient: Tensor<Scalar>, input: Tensor<Scalar>, scale: Tensor<Scalar>?,
    shift: Tensor<Scalar>?, unit: Wide? = nil
  ) -> Deviation {
    gradients(outputGradient).deviation(
      members, input: input, scale: scale, shift: shift, tolerance: unit)
  }
}

private func sum(_ indices: [Int], _ term: (Int) -> Wide) -> Wide {
  var sum = CompensatedSum()
  for index in indices { sum.add(term(index)) }
  return sum.value
}
