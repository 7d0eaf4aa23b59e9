/// Tensors by name, in the order in which they were added or stand in a file, and a map of strings.
///
/// Names are compared as Swift compares strings: two spellings of one accented letter are equal.
public struct NamedTensors: Sendable {
  /// A tensor whose elements are no 32-bit or 64-bit floating point numbers: kept as bytes, so that
  /// a file can be read, changed and written without losing it.
  public struct OpaqueTensor: Equatable, Sendable {
    /// The element type as the file names it, such as "I64".
    public let dtype: String
    /// The extents, outermost first.
    public let shape: [Int]
    /// The elements, row-major and little endian.
    public let bytes: [UInt8]
  }

  /// What stands under a name.
  public enum Value: Equatable, Sendable {
    /// A tensor of floating point numbers.
    case tensor(AnyTensor)
    /// A tensor of another type.
    case opaque(OpaqueTensor)

    /// The element type as safetensors files name it, such as "F32".
    public var dtype: String {
      switch self {
      case .tensor(let tensor): tensor.dtype
      case .opaque(let tensor): tensor.dtype
      }
    }

    /// The extents, outermost first.
    public var shape: [Int] {
      switch self {
      case .tensor(let tensor): tensor.shape
      case .opaque(let tensor): tensor.shape
      }
    }
  }

  /// A name and what stands under it.
  public struct Entry: Equatable, Sendable {
    /// The name, different from every other entry's.
    public let name: String
    /// The tensor.
    public internal(set) var value: Value
  }

  /// All tensors in order.
  public private(set) var entries: [Entry] = []
  /// Strings about the tensors, the `__metadata__` of a safetensors file.
  public var metadata: [String: String]
  /// What the tensors are called in errors: the path of the file that they were read from.
  public let path: String

  private var indices: [String: Int] = [:]

  /// Creates a collection from names and tensors; of two equal names the later counts.
  public init(
    _ tensors: KeyValuePairs<String, AnyTensor> = [:], metadata: [String: String] = [:],
    path: String = "tensors in memory"
  ) {
    (self.metadata, self.path) = (metadata, path)
    for (name, tensor) in tensors { self[name] = tensor }
  }

  /// The names in order.
  public var names: [String] { entries.map(\.name) }

  /// The tensor of a name. Setting an unused name adds it at the end; setting `nil` removes it.
  ///
  /// - Returns: `nil` where there is none, or one of a type that is not supported:
  ///   ``tensor(named:)`` tells the two apart.
  public subscript(name: String) -> AnyTensor? {
    get {
      guard let index = indices[name], case .tensor(let tensor) = entries[index].value else {
        return nil
      }
      return tensor
    }
    set {
      if let newValue {
        set(.tensor(newValue), named: name)
      } else if let index = indices[name] {
        entries.remove(at: index)
        indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
      }
    }
  }

  /// Whether there is a tensor of this name, of whatever type.
  public func contains(_ name: String) -> Bool { indices[name] != nil }

  /// What stands under a name, of whatever type; nil where there is nothing.
  public func value(named name: String) -> Value? {
    indices[name].map { entries[$0].value }
  }

  /// The tensor of a name; the error says what there is instead.
  public func tensor(named name: String) throws(TensorFileError) -> AnyTensor {
    guard let index = indices[name] else {
      throw .noSuchTensor(path: path, name: name, available: names)
    }
    switch entries[index].value {
    case .tensor(let tensor): return tensor
    case .opaque(let tensor):
      throw .unsupportedType(path: path, tensor: name, found: tensor.dtype)
    }
  }

  /// Puts a value under a name, new or old.
  package mutating func set(_ value: Value, named name: String) {
    if let index = indices[name] {
      entries[index].value = value
    } else {
      indices[name] = entries.count
      entries.append(Entry(name: name, value: value))
    }
  }
}
