internal import COneDNN
internal import Synchronization
public import Tensors

/// Convolutions and pooling by oneDNN. The bits of a convolution's weight gradient depend on the number of threads, all of
/// them on the processor's instructions and the library's version.
extension Float: WindowScalar {
  /// The convolution, and what is done to it at once.
  public static func _convolution(
    _ shape: WindowShape, _ input: Tensor<Float>, _ weight: Tensor<Float>,
    _ packed: PackedWeights<Float>?, _ epilogue: ConvolutionEpilogue<Float>
  ) -> Tensor<Float> {
    var key = PrimitiveKey(onednn_convolution_forward, shape)
    key.hasBias = epilogue.bias != nil
    key.hasAddend = epilogue.addend != nil
    key.isRectified = epilogue.isRectified
    let kept = packed?[key, weight]
    return written(shape.outputShape, key) { primitive, output, work in
      reading(input, kept ?? weight, epilogue.bias, epilogue.addend) {
        onednn_convolve(primitive, $0, $1, kept != nil, $2, $3, output, work)
      }
    }
  }

  /// The gradient of a convolution's input.
  public static func _convolutionInputGradient(
    _ shape: WindowShape, _ outputGradient: Tensor<Float>, _ weight: Tensor<Float>
  ) -> Tensor<Float> {
    let key = PrimitiveKey(onednn_convolution_input_gradient, shape)
    return written(shape.inputShape, key) { primitive, result, work in
      reading(outputGradient, weight) { outputGradient, weight, _, _ in
        onednn_convolve_input_gradient(primitive, outputGradient, weight, result, work)
      }
    }
  }

  /// The gradients of a convolution's weights and bias.
  public static func _convolutionWeightGradient(
    _ shape: WindowShape, _ input: Tensor<Float>, _ outputGradient: Tensor<Float>, hasBias: Bool
  ) -> (weight: Tensor<Float>, bias: Tensor<Float>?) {
    var key = PrimitiveKey(onednn_convolution_weight_gradient, shape)
    key.hasBias = hasBias
    var bias = hasBias ? Tensor<Float>(repeating: 0, shape: [shape.outputChannels]) : nil
    let weight = written(shape.weightShape, key) { primitive, weight, work in
      reading(input, outputGradient) { input, outputGradient, _, _ in
        writing(&bias) { bias in
          onednn_convolve_weight_gradient(primitive, input, outputGradient, weight, bias, work)
        }
      }
    }
    return (weight, bias)
  }

  /// The pooled input, and what its gradient needs to know.
  public static func _pooling(
    _ kind: PoolingKind, _ shape: WindowShape, _ input: Tensor<Float>
  ) -> (output: Tensor<Float>, record: PoolingRecord) {
    let key = poolingKey(kind, shape, onednn_maximum_forward, onednn_average_forward)
    var record: [UInt8] = []
    let output = written(shape.outputShape, key) { primitive, output, work in
      var status: Int32 = 0
      let byteCount = onednn_primitive_record_bytes(primitive)
      record = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
        initializedCount = byteCount
        status = reading(input) { input, _, _, _ in
          onednn_pool(primitive, input, output, buffer.baseAddress, work)
        }
      }
      return status
    }
    return (output, PoolingRecord(content: record.isEmpty ? .nothing : .bytes(record)))
  }

  /// The gradient of a pooling's input.
  public static func _poolingGradient(
    _ kind: PoolingKind, _ shape: WindowShape, _ outputGradient: Tensor<Float>,
    _ record: PoolingRecord
  ) -> Tensor<Float> {
    let key = poolingKey(kind, shape, onednn_maximum_gradient, onednn_average_gradient)
    var bytes: [UInt8] = []
    if case .bytes(let recorded) = record.content { bytes = recorded }
    return written(shape.inputShape, key) { primitive, result, work in
      reading(outputGradient) { outputGradient, _, _, _ in
        bytes.withUnsafeBytes { bytes in
          onednn_pool_gradient(primitive, outputGradient, result, bytes.baseAddress, work)
        }
      }
    }
  }
}

extension PackedWeights<Float> {
  /// The weights as a computation wants them, or nil where that is how they are.
  fileprivate subscript(key: PrimitiveKey, weight: Tensor<Float>) -> Tensor<Float>? {
    guard key.shape.batch > 0 else { return nil }
    if let known = kept.withLock({ $0[key] }) { return known }
    let primitive = PrimitiveCache[key]
    let byteCount = onednn_packed_bytes(primitive.pointer)
    guard byteCount > 0 else { return nil }
    let packed = Tensor<Float>(unsafeUninitialized: [byteCount / MemoryLayout<Float>.stride]) {
      packed in
      let status = packed.withUnsafeMutableBufferPointer { packed in
        address(weight) { onednn_pack(primitive.pointer, $0, packed.baseAddress) }
      }
      precondition(status == 0, "oneDNN refused to pack the weights of \(key): status \(status).")
    }
    kept.withLock { kept in
      // One layout for the parts of a batch and one for what is left over; few more are ever in use.
      if kept.count >= 4 { kept = [:] }
      kept[key] = packed
    }
    return packed
  }
}

private func poolingKey(
  _ kind: PoolingKind, _ shape: WindowShape, _ maximum: onednn_kind, _ average: onednn_kind
) -> PrimitiveKey {
  guard case .average(let countsPadding) = kind else { return PrimitiveKey(maximum, shape) }
  var key = PrimitiveKey(average, shape)
  key.countsPadding = countsPadding
  return key
}

/// A tensor that a prepared computation writes. Of nothing there is nothing to compute, and sums of nothing are 0.
private func written(
  _ shape: [Int], _ key: PrimitiveKey,
  _ body: (OpaquePointer, UnsafeMutablePointer<Float>, UnsafeMutableRawPointer?) -> Int32
) -> Tensor<Float> {
  guard key.shape.batch > 0 else { return Tensor(repeating: 0, shape: shape) }
  let primitive = PrimitiveCache[key]
  let stride = MemoryLayout<Float>.stride
  let workCount = (primitive.workByteCount + stride - 1) / stride
  return Tensor(unsafeUninitialized: shape) { result in
    _ = Tensor<Float>(unsafeUninitialized: [workCount]) { work in
      let status = result.withUnsafeMutableBufferPointer { result in
        work.withUnsafeMutableBufferPointer { work -> Int32 in
          guard let result = result.baseAddress else { return 0 }
          return onLibraryThreads(key.shape.threadCount) {
            body(primitive.pointer, result, work.baseAddress)
          }
        }
      }
      precondition(status == 0, "oneDNN refused \(key): status \(status).")
    }
  }
}

private typealias Elements = UnsafePointer<Float>?

/// Hands out the addresses of up to four tensors.
private func reading(
  _ first: Tensor<Float>, _ second: Tensor<Float>? = nil, _ third: Tensor<Float>? = nil,
  _ fourth: Tensor<Float>? = nil, _ body: (Elements, Elements, Elements, Elements) -> Int32
) -> Int32 {
  address(first) { first in
    address(second) { second in
      address(third) { third in
        address(fourth) { fourth in body(first, second, third, fourth) }
      }
    }
  }
}

private func address(_ tensor: Tensor<Float>?, _ body: (Elements) -> Int32) -> Int32 {
  guard let tensor else { return body(nil) }
  return tensor.span.withUnsafeBufferPointer { body($0.baseAddress) }
}

private func writing(
  _ tensor: inout Tensor<Float>?, _ body: (UnsafeMutablePointer<Float>?) -> Int32
) -> Int32 {
  guard var value = tensor else { return body(nil) }
  tensor = nil  // so that the only copy is written to
  var elements = value.mutableSpan
  let status = elements.withUnsafeMutableBufferPointer { body($0.baseAddress) }
  tensor = value
  return status
}
