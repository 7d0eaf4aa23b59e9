public import Tensors

/// A tensor of either element type that files hold.
public enum AnyTensor: Equatable, Sendable {
  /// 32-bit numbers.
  case float(Tensor<Float>)
  /// 64-bit numbers.
  case double(Tensor<Double>)

  /// Wraps a tensor. Element types other than `Float` and `Double` become `Double`.
  public init<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) {
    if let tensor = tensor as? Tensor<Float> {
      self = .float(tensor)
    } else if let tensor = tensor as? Tensor<Double> {
      self = .double(tensor)
    } else {
      self = .double(tensor.converted(to: Double.self))
    }
  }

  /// The extents, outermost first. Empty for a single number.
  public var shape: [Int] {
    switch self {
    case .float(let tensor): tensor.shape
    case .double(let tensor): tensor.shape
    }
  }

  /// The number of elements.
  public var count: Int {
    switch self {
    case .float(let tensor): tensor.count
    case .double(let tensor): tensor.count
    }
  }

  /// The number of axes.
  public var rank: Int { shape.count }

  /// The name of the element type: "F32" or "F64".
  public var dtype: String {
    switch self {
    case .float: "F32"
    case .double: "F64"
    }
  }

  /// The tensor, where its elements are of this type.
  ///
  /// - Returns: `nil` where they are of another: nothing is rounded. See ``converted(to:)``.
  public func tensor<Scalar: TensorScalar>(of type: Scalar.Type) -> Tensor<Scalar>? {
    switch self {
    case .float(let tensor): tensor as? Tensor<Scalar>
    case .double(let tensor): tensor as? Tensor<Scalar>
    }
  }

  /// The same numbers, rounded to an element type where it is narrower.
  public func converted<Scalar: TensorScalar>(to type: Scalar.Type) -> Tensor<Scalar> {
    if let same = tensor(of: type) { return same }
    return switch self {
    case .float(let tensor): tensor.converted(to: type)
    case .double(let tensor): tensor.converted(to: type)
    }
  }

  /// The same elements under another shape of as many elements.
  ///
  /// - Precondition: `shape` asks for as many elements as there are.
  public func reshaped(to shape: [Int]) -> AnyTensor {
    switch self {
    case .float(let tensor): .float(tensor.reshaped(to: shape))
    case .double(let tensor): .double(tensor.reshaped(to: shape))
    }
  }
}

extension AnyTensor: CustomStringConvertible {
  /// The element type, the shape and the first elements.
  public var description: String {
    switch self {
    case .float(let tensor): tensor.description
    case .double(let tensor): tensor.description
    }
  }
}
