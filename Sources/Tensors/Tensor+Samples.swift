extension Tensor {
  /// Some samples of a batch, copied: the part of the first axis.
  ///
  /// - Precondition: the tensor has a first axis, and the range lies in it.
  public func samples(_ range: Range<Int>) -> Tensor {
    precondition(
      rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "Samples \(range) are not among those of a tensor of shape \(shape).")
    let size = shape.dropFirst().reduce(1, *)
    return Tensor(unsafeUninitialized: [range.count] + shape.dropFirst()) { target in
      target.copy(from: storage.base + range.lowerBound * size, at: 0, count: range.count * size)
    }
  }

  /// Batches after each other as one.
  ///
  /// - Precondition: there is at least one, and samples have the same shape in all.
  public init(joining parts: [Tensor]) {
    precondition(!parts.isEmpty, "Nothing was given to join.")
    let sampleShape = parts[0].shape.dropFirst()
    precondition(
      parts.allSatisfy { $0.rank > 0 && $0.shape.dropFirst() == sampleShape },
      "Batches of shapes \(parts.map(\.shape)) cannot be joined.")
    let count = parts.reduce(0) { $0 + $1.shape[0] }
    self.init(unsafeUninitialized: [count] + sampleShape) { target in
      var start = 0
      for part in parts {
        target.copy(from: part.storage.base, at: start, count: part.count)
        start += part.count
      }
    }
  }
}

extension MutableSpan where Element: BitwiseCopyable {
  fileprivate mutating func copy(from source: UnsafePointer<Element>, at start: Int, count: Int) {
    withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, count > 0 else { return }
      (base + start).update(from: source, count: count)
    }
  }
}
