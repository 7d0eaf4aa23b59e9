import Normalization

/// A step of a GRU: h_t and [r, z, n] from the rows of `u` from `firstRow` on, from v and h_{t-1}, which is 0 where it
/// is nil.
@specialized(where Scalar == Float)
func gruStep<Scalar: NetworkScalar>(
  _ u: Tensor<Scalar>, _ v: Tensor<Scalar>, _ previous: Tensor<Scalar>?, firstRow: Int
) -> (hidden: Tensor<Scalar>, gates: Tensor<Scalar>) {
  let (samples, count) = (v.shape[0], v.shape[1] / 3)
  let old = previous ?? Tensor(repeating: 0, shape: [samples, count])
  var gates = Tensor<Scalar>(repeating: 0, shape: [samples, 3 * count])
  let hidden = Tensor<Scalar>(unsafeUninitialized: [samples, count]) { hidden in
    var gates = gates.mutableSpan
    let (u, v, old) = (u.span, v.span, old.span)
    for sample in 0..<samples {
      let (from, at) = ((firstRow + sample) * 3 * count, sample * 3 * count)
      for i in 0..<count {
        let r = sigmoid(u[from + i] + v[at + i])
        let z = sigmoid(u[from + count + i] + v[at + count + i])
        let n = Scalar._hyperbolicTangent(u[from + 2 * count + i] + r * v[at + 2 * count + i])
        gates[at + i] = r
        gates[at + count + i] = z
        gates[at + 2 * count + i] = n
        hidden[sample * count + i] = (1 - z) * n + z * old[sample * count + i]
      }
    }
  }
  return (hidden, gates)
}

/// The gradients of u, of v, and of h_{t-1} around the products.
@specialized(where Scalar == Float)
func gruGradients<Scalar: NetworkScalar>(
  _ gates: Tensor<Scalar>, _ v: Tensor<Scalar>, _ previous: Tensor<Scalar>?,
  _ gradient: Tensor<Scalar>
) -> (u: Tensor<Scalar>, v: Tensor<Scalar>, direct: Tensor<Scalar>) {
  let (samples, count) = (gradient.shape[0], gradient.shape[1])
  let old = previous ?? Tensor(repeating: 0, shape: [samples, count])
  var (du, dv) = (gates, gates)
  let direct = Tensor<Scalar>(unsafeUninitialized: [samples, count]) { direct in
    var du = du.mutableSpan
    var dv = dv.mutableSpan
    let (gates, v, old, dh) = (gates.span, v.span, old.span, gradient.span)
    for sample in 0..<samples {
      let at = sample * 3 * count
      for i in 0..<count {
        let (r, z) = (gates[at + i], gates[at + count + i])
        let (n, dh) = (gates[at + 2 * count + i], dh[sample * count + i])
        let candidate = dh * (1 - z) * (1 - n * n)
        let update = dh * (old[sample * count + i] - n) * (z * (1 - z))
        let reset = candidate * v[at + 2 * count + i] * (r * (1 - r))
        du[at + i] = reset
        dv[at + i] = reset
        du[at + count + i] = update
        dv[at + count + i] = update
        du[at + 2 * count + i] = candidate
        dv[at + 2 * count + i] = candidate * r
        direct[sample * count + i] = dh * z
      }
    }
  }
  return (du, dv, direct)
}

@inline(__always)
private func sigmoid<Scalar: NetworkScalar>(_ x: Scalar) -> Scalar {
  1 / (1 + Scalar._exponential(-x))
}
