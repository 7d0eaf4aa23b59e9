import Normalization
import NormalizationKernels

/// A function of every element.
///
/// Elements are read without checks of their indices, which would keep simple functions from being vectorised.
@inline(__always)
func mapped<Scalar>(
  _ input: Tensor<Scalar>, _ execution: Execution, _ function: (Scalar) -> Scalar
) -> Tensor<Scalar> {
  Tensor(unsafeUninitialized: input.shape, execution: execution) { places, output in
    let x = input.span
    let start = places.lowerBound
    for i in 0..<places.count { output[unchecked: i] = function(x[unchecked: start &+ i]) }
  }
}

/// A function of the elements of two tensors at the same place.
///
/// - Precondition: both have the same shape.
@inline(__always)
func mapped<Scalar>(
  _ first: Tensor<Scalar>, _ second: Tensor<Scalar>, _ execution: Execution,
  _ function: (Scalar, Scalar) -> Scalar
) -> Tensor<Scalar> {
  precondition(
    first.shape == second.shape,
    "A tensor of shape \(first.shape) does not go with one of \(second.shape).")
  return Tensor(unsafeUninitialized: first.shape, execution: execution) { places, output in
    let (a, b) = (first.span, second.span)
    let start = places.lowerBound
    for i in 0..<places.count {
      output[unchecked: i] = function(a[unchecked: start &+ i], b[unchecked: start &+ i])
    }
  }
}

/// The sum of two tensors of the same shape.
@specialized(where Scalar == Float)
func sum<Scalar: TensorScalar>(
  _ left: Tensor<Scalar>, _ right: Tensor<Scalar>, _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  mapped(left, right, execution) { $0 + $1 }
}

/// max(x, 0); nan stays nan.
@specialized(where Scalar == Float)
func rectified<Scalar: TensorScalar>(
  _ tensor: Tensor<Scalar>, _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  mapped(tensor, execution) { $0 < 0 ? 0 : $0 }
}

/// The gradient where ReLU's output is positive, else 0.
@specialized(where Scalar == Float)
func letThrough<Scalar: TensorScalar>(
  _ gradient: Tensor<Scalar>, by output: Tensor<Scalar>, _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  mapped(output, gradient, execution) { y, dy in y > 0 ? dy : 0 }
}
