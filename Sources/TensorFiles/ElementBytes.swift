import Tensors

/// The element types that files and tensors share.
enum ElementType: Equatable, Sendable {
  case float, double

  var byteCount: Int {
    switch self {
    case .float: MemoryLayout<Float>.size
    case .double: MemoryLayout<Double>.size
    }
  }
}

/// The order of the bytes of a number in a file.
enum ByteOrder: Equatable, Sendable {
  case little, big

  static var host: ByteOrder { UInt16(1).littleEndian == 1 ? .little : .big }
}

/// The number of bits of a shape, or `nil` where it, or the product of any of the leading extents,
/// does not fit in an `Int`.
///
/// The products of leading extents count because `Tensor` multiplies them in the same order, so
/// that [huge, huge, 0] would stop the program though it has no elements.
func bitCount(of shape: [Int], bitsPerElement: Int) -> Int? {
  var product = 1
  for extent in shape {
    guard extent >= 0 else { return nil }
    let (next, overflow) = product.multipliedReportingOverflow(by: extent)
    if overflow { return nil }
    product = next
  }
  let (bits, overflow) = product.multipliedReportingOverflow(by: bitsPerElement)
  return overflow ? nil : bits
}

extension AnyTensor {
  /// Copies a tensor out of the bytes of a file.
  ///
  /// - Precondition: from `offset` there are as many bytes as shape and type ask for.
  init(
    bytes: [UInt8], at offset: Int, type: ElementType, shape: [Int], order: ByteOrder = .little
  ) {
    switch type {
    case .float: self = .float(Tensor(bytes: bytes, at: offset, shape: shape, order: order))
    case .double: self = .double(Tensor(bytes: bytes, at: offset, shape: shape, order: order))
    }
  }

  /// The number of bytes of the elements.
  var byteCount: Int {
    switch self {
    case .float(let tensor): tensor.count * ElementType.float.byteCount
    case .double(let tensor): tensor.count * ElementType.double.byteCount
    }
  }

  /// Appends the elements, row-major and little endian.
  func appendBytes(to bytes: inout [UInt8]) {
    switch self {
    case .float(let tensor): tensor.appendBytes(to: &bytes)
    case .double(let tensor): tensor.appendBytes(to: &bytes)
    }
  }

  /// The elements of a tensor of reversed axes: what column-major elements are under their own
  /// shape.
  func transposed() -> AnyTensor {
    switch self {
    case .float(let tensor): .float(tensor.transposed())
    case .double(let tensor): .double(tensor.transposed())
    }
  }
}

extension Tensor {
  fileprivate init(bytes: [UInt8], at offset: Int, shape: [Int], order: ByteOrder) {
    self.init(unsafeUninitialized: shape) { elements in
      elements.withUnsafeMutableBytes { target in
        bytes.withUnsafeBytes { source in
          target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + target.count]))
        }
        if order != .host { swapBytes(of: target, size: MemoryLayout<Scalar>.size) }
      }
    }
  }

  fileprivate func appendBytes(to bytes: inout [UInt8]) {
    let start = bytes.count
    span.withUnsafeBytes { bytes.append(contentsOf: $0) }
    if ByteOrder.host != .little {
      bytes.withUnsafeMutableBytes {
        swapBytes(
          of: UnsafeMutableRawBufferPointer(rebasing: $0[start...]), size: MemoryLayout<Scalar>.size
        )
      }
    }
  }

  /// Reverses the order of the axes.
  fileprivate func transposed() -> Tensor {
    let resultShape = Array(shape.reversed())
    if rank < 2 || count == 0 { return reshaped(to: resultShape) }
    // Axis k of the result is axis rank - 1 - k here, so its stride is the product of the result's
    // extents before k.
    var strides = resultShape
    var product = 1
    for axis in resultShape.indices {
      strides[axis] = product
      product *= resultShape[axis]
    }
    let (rowLength, rowStride) = (resultShape[rank - 1], strides[rank - 1])
    return Tensor(unsafeUninitialized: resultShape) { target in
      let source = span
      var index = [Int](repeating: 0, count: rank - 1)
      var start = 0
      var position = 0
      while position < target.count {
        for i in 0..<rowLength { target[position + i] = source[start + i * rowStride] }
        position += rowLength
        var axis = rank - 2
        while axis >= 0 {
          index[axis] += 1
          start += strides[axis]
          if index[axis] < resultShape[axis] { break }
          start -= strides[axis] * resultShape[axis]
          index[axis] = 0
          axis -= 1
        }
      }
    }
  }
}

private func swapBytes(of bytes: UnsafeMutableRawBufferPointer, size: Int) {
  for offset in stride(from: 0, to: bytes.count, by: size) {
    if size == 4 {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      bytes.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: UInt32.self)
    } else {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      bytes.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: UInt64.self)
    }
  }
}
