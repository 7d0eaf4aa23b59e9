/// How PyTorch has the values of an activation that is channels-last here.
enum PyTorchOrder: Equatable {
  /// The same: features [N, F], and sequences [N, T, F].
  case same
  /// Channels on axis 1: [N, C, ...].
  case channelsFirst
  /// Features [N, F] of which each of so many channels is in one piece.
  case flattened(channelCount: Int)

  /// The order of an input.
  init(sampleShape: [Int]) {
    self = sampleShape.count >= 3 ? .channelsFirst : .same
  }

  /// The order behind a layer that makes one row of each sample.
  func flattened(_ shape: [Int]) -> PyTorchOrder {
    guard self == .channelsFirst, let channels = shape.last else { return self }
    let positions = shape.dropFirst().dropLast().reduce(1, *)
    return channels == 1 || positions == 1 ? .same : .flattened(channelCount: channels)
  }

  /// The order behind a layer that gives samples another shape, or nil where that means another function there.
  func reshaped(_ shape: [Int], to sampleShape: [Int]) -> PyTorchOrder? {
    let old = Array(shape.dropFirst())
    if old == sampleShape { return self }
    if sampleShape.count == 1 { return flattened(shape) }
    switch self {
    case .same where sampleShape.count == 2: return .same
    case .same: return sampleShape.last == 1 ? .channelsFirst : nil
    case .channelsFirst: return old.last == 1 && sampleShape.last == 1 ? .channelsFirst : nil
    case .flattened(let channels): return sampleShape.last == channels ? .channelsFirst : nil
    }
  }
}
