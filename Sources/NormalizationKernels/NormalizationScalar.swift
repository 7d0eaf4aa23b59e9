internal import CNormalizationKernels
public import Tensors

/// An element type the normalization kernels are compiled for: `Float` and `Double`.
public protocol NormalizationScalar: TensorScalar {
  /// The kernels of an instruction set, as an opaque table.
  static func _kernels(_ set: InstructionSet) -> UnsafeRawPointer?
}

extension Float: NormalizationScalar {
  /// The kernels of an instruction set, as an opaque table.
  public static func _kernels(_ set: InstructionSet) -> UnsafeRawPointer? {
    UnsafeRawPointer(norm_kernels_f32(set.identifier))
  }
}

extension Double: NormalizationScalar {
  /// The kernels of an instruction set, as an opaque table.
  public static func _kernels(_ set: InstructionSet) -> UnsafeRawPointer? {
    UnsafeRawPointer(norm_kernels_f64(set.identifier))
  }
}

extension NormalizationScalar {
  /// The table of kernels for an instruction set.
  static func kernels(for set: InstructionSet) -> UnsafePointer<norm_kernels> {
    guard let table = _kernels(set) else {
      preconditionFailure("This build has no kernels for \(set.rawValue).")
    }
    return table.assumingMemoryBound(to: norm_kernels.self)
  }
}

extension Tensor where Scalar: NormalizationScalar {
  /// The elements in Float64.
  public var widened: [Double] {
    let kernels = Scalar.kernels(for: .portable)
    return Array(unsafeUninitializedCapacity: count) { buffer, initializedCount in
      if let target = buffer.baseAddress {
        span.withUnsafeBytes { kernels.pointee.widen($0.baseAddress, count, target) }
      }
      initializedCount = count
    }
  }

  /// Creates a tensor of rank 1 from numbers in Float64, rounded.
  public init(narrowing values: [Double]) {
    let kernels = Scalar.kernels(for: .portable)
    self.init(unsafeUninitialized: [values.count]) { elements in
      elements.withUnsafeMutableBytes {
        kernels.pointee.narrow(values, values.count, $0.baseAddress)
      }
    }
  }
}
