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
  /// The table of kernels for an execution.
  static func kernels(for execution: Execution) -> UnsafePointer<norm_kernels> {
    guard let table = _kernels(execution.instructionSet) else {
      preconditionFailure(
        "This build has no kernels for \(execution.instructionSet.rawValue).")
    }
    return table.assumingMemoryBound(to: norm_kernels.self)
  }
}
