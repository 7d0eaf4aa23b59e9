public import TensorFiles
public import Tensors

/// Tensors that Swift and Python compute alike, so that no file has to hold them.
///
/// The rules stand in NeuralNetworksTests/Fixtures/pattern_tensors.py. All numbers are exact in Float32.
public enum PatternTensors {
  /// The first numbers of SplitMix64 that starts at the FNV-1a hash of a name.
  private static func bits(_ name: String, _ count: Int) -> [UInt64] {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (0..<count).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  /// Numbers of -1..<1 in steps of 2^-15.
  public static func signed<Scalar: TensorScalar>(
    _ name: String, _ shape: [Int], _ type: Scalar.Type
  ) -> Tensor<Scalar> {
    let count = shape.reduce(1, *)
    return Tensor(bits(name, count).map { Scalar(Double($0 >> 48) / 32768 - 1) }, shape: shape)
  }

  /// A parameter or a running statistic of a `state_dict`.
  public static func parameter<Scalar: TensorScalar>(
    _ name: String, _ shape: [Int], _ type: Scalar.Type
  ) -> Tensor<Scalar> {
    let s = signed(name, shape, type)
    let inputs = shape.dropFirst().reduce(1, *)
    var a = 2.0
    while (a / 2) * (a / 2) * Double(inputs) > 3 { a /= 2 }
    let isAroundOne = name.hasSuffix("weight") || name.hasSuffix("running_var")
    let (offset, factor) = shape.count > 1 ? (0, a) : isAroundOne ? (1, 0.5) : (0, 0.25)
    return Tensor(s.elements.map { Scalar(offset) + Scalar(factor) * $0 }, shape: shape)
  }

  /// A whole `state_dict` of names and shapes.
  public static func state<Scalar: TensorScalar>(
    _ shapes: [String: [Int]], _ type: Scalar.Type
  ) -> NamedTensors {
    var state = NamedTensors(path: "pattern")
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      if name.hasSuffix("num_batches_tracked") {
        state.setIntegers([10], shape: shape, named: name)
      } else {
        state[name] = AnyTensor(parameter(name, shape, type))
      }
    }
    return state
  }

  /// Classes of samples.
  public static func labels(_ name: String, _ count: Int, classCount: Int) -> [Int] {
    bits(name, count).map { Int($0 % UInt64(classCount)) }
  }
}
