internal import COneDNN
internal import Synchronization

/// A computation that oneDNN has prepared.
final class Primitive: @unchecked Sendable {
  /// Executed on any thread, never changed.
  let pointer: OpaquePointer

  init(_ key: PrimitiveKey) {
    onednn_set_threads(Int32(key.shape.threadCount))
    var window = onednn_window(key.shape)
    var pointer: OpaquePointer?
    let status = onednn_primitive_create(&pointer, key.kind, &window, key.options)
    guard status == 0, let pointer else {
      preconditionFailure("oneDNN refused \(key): status \(status).")
    }
    self.pointer = pointer
  }

  deinit {
    onednn_primitive_destroy(pointer)
  }

  /// Memory for a call to work in.
  var workByteCount: Int { onednn_primitive_work_bytes(pointer) }
  /// What a maximum leaves for its gradient.
  var recordByteCount: Int { onednn_primitive_record_bytes(pointer) }
}

/// What a prepared computation depends on.
struct PrimitiveKey: Hashable {
  var kind: onednn_kind
  var shape: WindowShape
  var hasBias = false
  var hasAddend = false
  var isRectified = false
  var countsPadding = false

  init(_ kind: onednn_kind, _ shape: WindowShape) {
    (self.kind, self.shape) = (kind, shape)
    self.shape.threadCount = Int(onednn_usable_threads(Int32(shape.threadCount)))
  }

  var options: onednn_options {
    onednn_options(
      bias: hasBias, addend: hasAddend, relu: isRectified, padding_counts: countsPadding)
  }

  static func == (left: PrimitiveKey, right: PrimitiveKey) -> Bool {
    left.kind.rawValue == right.kind.rawValue && left.shape == right.shape
      && left.hasBias == right.hasBias && left.hasAddend == right.hasAddend
      && left.isRectified == right.isRectified && left.countsPadding == right.countsPadding
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(kind.rawValue)
    hasher.combine(shape)
    hasher.combine(hasBias)
    hasher.combine(hasAddend)
    hasher.combine(isRectified)
    hasher.combine(countsPadding)
  }
}

/// The computations that were prepared so far: preparing one takes oneDNN 8 to 23 ms, more than many of them run.
enum PrimitiveCache {
  /// As many as a large network has, several times over. Beyond that the oldest half goes.
  private static let limit = 1024

  private struct Content {
    var primitives: [PrimitiveKey: (primitive: Primitive, lastUse: Int)] = [:]
    var useCount = 0

    mutating func use(_ key: PrimitiveKey) -> Primitive? {
      useCount += 1
      guard let entry = primitives[key] else { return nil }
      primitives[key] = (entry.primitive, useCount)
      return entry.primitive
    }

    mutating func insert(_ primitive: Primitive, _ key: PrimitiveKey) {
      if primitives.count >= limit {
        let uses = primitives.values.map(\.lastUse).sorted()
        let median = uses[uses.count / 2]
        primitives = primitives.filter { $0.value.lastUse > median }
      }
      primitives[key] = (primitive, useCount)
    }
  }

  private static let content = Mutex(Content())

  /// The computation, prepared now or before.
  static subscript(key: PrimitiveKey) -> Primitive {
    if let known = content.withLock({ $0.use(key) }) { return known }
    // Outside of the lock: others need not wait. Two of the same do no harm.
    let primitive = Primitive(key)
    content.withLock { $0.insert(primitive, key) }
    return primitive
  }
}

extension onednn_window {
  init(_ shape: WindowShape) {
    func pair(_ values: [Int]) -> (Int, Int) { (values[0], values[1]) }
    self.init(
      batch: shape.batch, input_channels: shape.inputChannels,
      output_channels: shape.outputChannels, groups: shape.groups, input: pair(shape.input),
      output: pair(shape.output), kernel: pair(shape.kernel), stride: pair(shape.stride),
      padding: pair(shape.padding), dilation: pair(shape.dilation))
  }
}
