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

  private let scale: [Wide]
  private let shift: [Wide]
  private let isCentered: Bool
  private let members: [[Int]]
  private var inverse: [Wide] = []

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
    output = normalized
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
        output[index] = self.scale[parameter] * normalized[index] + self.shift[parameter]
      }
    }
  }

  /// How far outputs are from the bound of the contract.
  public func deviation<Scalar: TensorScalar>(of found: Tensor<Scalar>) -> Deviation {
    let unit: Wide = Scalar.self == Float.self ? 0x1p-21 : 0x1p-46
    var worst = Deviation()
    for (index, value) in wide(found).enumerated() {
      let parameter = view.parameters[index]
      let size = max(1, abs(scale[parameter] * normalized[index]) + abs(shift[parameter]))
      worst.compare(value, output[index], tolerance: unit * size, "element \(index)")
    }
    return worst
  }

  /// How far gradients of sum(outputGradient * y) are from the bound of the contract: `unit` (1e-6; Float64:
  /// 64 * 2^-52) of the size of what is summed.
  ///
  ///     g = scale*dy        dx = r * (g - average(g) - n * average(g*n))        dscale = sum(dy*n)        dshift = sum(dy)
  public func deviation<Scalar: TensorScalar>(
    ofGradients outputGradient: Tensor<Scalar>, input: Tensor<Scalar>, scale: Tensor<Scalar>?,
    shift: Tensor<Scalar>?, unit given: Wide? = nil
  ) -> Deviation {
    let unit = given ?? (Scalar.self == Float.self ? 1e-6 : 0x1p-46)
    let dy = wide(outputGradient)
    let found = wide(input)
    var worst = Deviation()
    for (number, set) in members.enumerated() {
      let count = Wide(set.count)
      func g(_ index: Int) -> Wide { self.scale[view.parameters[index]] * dy[index] }
      let average = isCentered ? sum(set, g) / count : 0
      let slope = sum(set) { g($0) * normalized[$0] } / count
      let r = inverse[number]
      let errors = set.map { found[$0] - r * (g($0) - average - normalized[$0] * slope) }
      worst.compare(
        norm(errors), 0, tolerance: unit * norm(set.map { r * g($0) }),
        "input gradient of set \(number)")
    }
    for (parameter, elements) in view.members(view.parameters, view.parameterCount).enumerated() {
      if let scale {
        worst.compare(
          Wide(scale[parameter]), sum(elements) { dy[$0] * normalized[$0] },
          tolerance: unit * sum(elements) { abs(dy[$0]) * (1 + abs(normalized[$0])) },
          "scale gradient \(parameter)")
      }
      if let shift {
        worst.compare(
          Wide(shift[parameter]), sum(elements) { dy[$0] },
          tolerance: unit * sum(elements) { abs(dy[$0]) }, "shift gradient \(parameter)")
      }
    }
    return worst
  }
}

private func sum(_ indices: [Int], _ term: (Int) -> Wide) -> Wide {
  var sum = CompensatedSum()
  for index in indices { sum.add(term(index)) }
  return sum.value
}
