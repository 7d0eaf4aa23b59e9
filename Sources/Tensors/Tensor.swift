/// An array of numbers with a shape, in row-major order, with value semantics.
///
/// Copies share their memory until one of them is written to. The memory is aligned to 64 bytes.
@frozen
public struct Tensor<Scalar: TensorScalar>: Sendable {
  /// The extents, outermost first. Empty for a single number.
  public let shape: [Int]
  @usableFromInline var storage: TensorStorage<Scalar>

  /// The number of elements: the product of the extents.
  @inlinable public var count: Int { storage.count }
  /// The number of axes.
  @inlinable public var rank: Int { shape.count }

  /// Creates a tensor that holds `value` everywhere.
  @inlinable
  public init(repeating value: Scalar, shape: [Int]) {
    self.init(unsafeUninitialized: shape) { elements in
      for i in elements.indices { elements[i] = value }
    }
  }

  /// Creates a tensor from its elements in row-major order.
  ///
  /// - Precondition: `elements` are as many as `shape` asks for.
  @inlinable
  public init(_ elements: [Scalar], shape: [Int]) {
    let expected = Self.count(of: shape)
    precondition(
      elements.count == expected,
      "The shape \(shape) asks for \(expected) elements, but there are \(elements.count).")
    self.init(unsafeUninitialized: shape) { target in
      for i in target.indices { target[i] = elements[i] }
    }
  }

  /// Creates a tensor of rank 1 from its elements.
  @inlinable
  public init(_ elements: [Scalar]) {
    self.init(elements, shape: [elements.count])
  }

  /// Creates a tensor whose elements `body` writes.
  ///
  /// The elements are not initialised before; `body` has to write every one of them, and nothing may
  /// read one before it is written.
  @inlinable
  public init(
    unsafeUninitialized shape: [Int], initializingWith body: (inout MutableSpan<Scalar>) -> Void
  ) {
    self.shape = shape
    storage = TensorStorage(uninitializedCount: Self.count(of: shape))
    let (base, count) = (storage.base, storage.count)
    var span = MutableSpan(_unsafeStart: base, count: count)
    body(&span)
  }

  /// The number of elements that `shape` asks for.
  ///
  /// - Precondition: no extent is negative and the product fits in `Int`.
  @inlinable
  public static func count(of shape: [Int]) -> Int {
    var product = 1
    for extent in shape {
      precondition(extent >= 0, "The shape \(shape) has a negative extent.")
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      precondition(!overflow, "The shape \(shape) asks for more elements than memory can hold.")
      product = next
    }
    return product
  }

  /// The elements in row-major order, to read.
  @inlinable
  public var span: Span<Scalar> {
    @_lifetime(borrow self)
    get {
      let (base, count) = (storage.base, storage.count)
      let span = Span(_unsafeStart: base, count: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements in row-major order, to change. Memory shared with another copy is duplicated first.
  @inlinable
  public var mutableSpan: MutableSpan<Scalar> {
    @_lifetime(&self)
    mutating get {
      if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
      let (base, count) = (storage.base, storage.count)
      let span = MutableSpan(_unsafeStart: base, count: count)
      return _overrideLifetime(span, mutating: &self)
    }
  }

  /// The elements as an array, in row-major order.
  @inlinable
  public var elements: [Scalar] {
    Array(unsafeUninitializedCapacity: count) { buffer, initializedCount in
      buffer.baseAddress?.update(from: storage.base, count: count)
      initializedCount = count
    }
  }

  /// The element at a position in row-major order.
  @inlinable
  public subscript(index: Int) -> Scalar {
    get { span[index] }
    set {
      var elements = mutableSpan
      elements[index] = newValue
    }
  }

  /// The same elements under another shape of as many elements. Shares the memory.
  @inlinable
  public func reshaped(to shape: [Int]) -> Tensor {
    precondition(
      Self.count(of: shape) == count,
      "A tensor of shape \(self.shape) cannot be reshaped to \(shape): the counts differ.")
    return Tensor(shape: shape, storage: storage)
  }

  /// The same numbers, rounded to another element type.
  @inlinable
  public func converted<Other: TensorScalar>(to type: Other.Type) -> Tensor<Other> {
    Tensor<Other>(unsafeUninitialized: shape) { target in
      let source = span
      for i in target.indices { target[i] = Other(source[i]) }
    }
  }

  @inlinable
  init(shape: [Int], storage: TensorStorage<Scalar>) {
    self.shape = shape
    self.storage = storage
  }
}

extension Tensor: Equatable {
  /// Whether shapes and elements are equal, as IEEE 754 compares numbers (`nan` equals nothing).
  @inlinable
  public static func == (left: Tensor, right: Tensor) -> Bool {
    guard left.shape == right.shape else { return false }
    let (a, b) = (left.span, right.span)
    for i in a.indices where a[i] != b[i] { return false }
    return true
  }
}

extension Tensor: CustomStringConvertible {
  /// The shape and the first elements.
  public var description: String {
    let shown = elements.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor<\(Scalar.self)>\(shape)[\(shown)\(count > 8 ? ", ..." : "")]"
  }
}
