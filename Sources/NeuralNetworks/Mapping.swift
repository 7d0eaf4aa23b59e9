import Normalization
import NormalizationKernels

/// A tensor of the same shape that `body` fills part by part, on several threads where that pays.
func mapped<Scalar: TensorScalar>(
  _ input: Tensor<Scalar>, _ execution: Execution,
  _ body: (_ places: Range<Int>, _ part: inout MutableSpan<Scalar>) -> Void
) -> Tensor<Scalar> {
  Tensor(unsafeUninitialized: input.shape, execution: execution, initializingPartsWith: body)
}

/// Fills a part with a function of the elements at its places.
///
/// To be called within the body of ``mapped(_:_:_:)``, so that the function becomes a part of the loop. Elements are read
/// without checks of their indices, which would keep simple functions from being vectorised.
@inline(__always)
func fill<Scalar: TensorScalar>(
  _ part: inout MutableSpan<Scalar>, _ places: Range<Int>, _ input: Tensor<Scalar>,
  _ function: (Scalar) -> Scalar
) {
  let x = input.span
  let start = places.lowerBound
  for i in 0..<places.count { part[unchecked: i] = function(x[unchecked: start &+ i]) }
}

/// Fills a part with a function of the elements of two tensors at its places.
///
/// - Precondition: both have the same shape.
@inline(__always)
func fill<Scalar: TensorScalar>(
  _ part: inout MutableSpan<Scalar>, _ places: Range<Int>, _ first: Tensor<Scalar>,
  _ second: Tensor<Scalar>, _ function: (Scalar, Scalar) -> Scalar
) {
  precondition(
    first.shape == second.shape,
    "A tensor of shape \(first.shape) does not go with one of \(second.shape).")
  let (a, b) = (first.span, second.span)
  let start = places.lowerBound
  for i in 0..<places.count {
    part[unchecked: i] = function(a[unchecked: start &+ i], b[unchecked: start &+ i])
  }
}

/// The sum of two tensors of the same shape.
@specialized(where Scalar == Float)
func sum<Scalar: TensorScalar>(
  _ left: Tensor<Scalar>, _ right: Tensor<Scalar>, _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  mapped(left, execution) { fill(&$1, $0, left, right) { $0 + $1 } }
}

/// max(x, 0); nan stays nan.
@specialized(where Scalar == Float)
func rectified<Scalar: TensorScalar>(
  _ tensor: Tensor<Scalar>, _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  mapped(tensor, execution) { fill(&$1, $0, tensor) { $0 < 0 ? 0 : $0 } }
}

/// The gradient where ReLU's output is positive, else 0.
@specialized(where Scalar == Float)
func letThrough<Scalar: TensorScalar>(
  _ gradient: Tensor<Scalar>, by output: Tensor<Scalar>, _ execution: Execution = .automatic
) -> Tensor<Scalar> {
  mapped(output, execution) { fill(&$1, $0, output, gradient) { y, dy in y > 0 ? dy : 0 } }
}
