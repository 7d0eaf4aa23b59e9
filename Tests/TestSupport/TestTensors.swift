public import Tensors

/// A tensor whose channel `c` holds the values `body(c, i)`.
public func channelTensor<Scalar: TensorScalar>(
  _ kind: AxisKind, channels: Int, values: Int,
  _ body: (_ channel: Int, _ value: Int) -> Double
) -> Tensor<Scalar> {
  let shape = kind.shape(channels: channels, values: values)
  let view = ChannelView(shape: shape, axis: kind.axis)
  return Tensor(unsafeUninitialized: shape) { elements in
    for channel in 0..<channels {
      for value in 0..<values {
        elements[view.index(channel, value)] = Scalar(body(channel, value))
      }
    }
  }
}

/// A tensor whose channels are normally distributed.
public func normalTensor<Scalar: TensorScalar>(
  _ kind: AxisKind, channels: Int, values: Int, seed: UInt64,
  mean: (Int) -> Double = { Double($0) - 1.5 },
  deviation: (Int) -> Double = { 1 + 0.5 * Double($0) }
) -> Tensor<Scalar> {
  var generator = SeededGenerator(seed: seed)
  return channelTensor(kind, channels: channels, values: values) { channel, _ in
    mean(channel) + deviation(channel) * generator.normal()
  }
}

/// Numbers of one per channel, of either sign.
public func parameters<Scalar: TensorScalar>(
  count: Int, seed: UInt64
) -> Tensor<Scalar> {
  var generator = SeededGenerator(seed: seed, stream: 9)
  return Tensor(normal: [count], mean: 0.3, deviation: 1, using: &generator)
}
