internal import CNormalizationKernels

/// Some factors per channel for the kernels, in Float64 and rounded to the element type; see factors.c.
final class Factors {
  let memory: UnsafeMutablePointer<Double>
  let wide: UnsafeMutablePointer<UInt8>
  let narrow: UnsafeMutableRawPointer
  let channels: Int
  let elementSize: Int

  /// Room for `count` factors per channel, none of them wide.
  init(count: Int, channels: Int, elementSize: Int) {
    self.channels = channels
    self.elementSize = elementSize
    memory = .allocate(capacity: max(1, count * channels))
    wide = .allocate(capacity: max(1, channels))
    wide.initialize(repeating: 0, count: max(1, channels))
    narrow = .allocate(byteCount: max(64, count * channels * elementSize), alignment: 64)
  }

  deinit {
    memory.deallocate()
    wide.deallocate()
    narrow.deallocate()
  }

  /// Factor number `index` of every channel, in Float64.
  subscript(index: Int) -> UnsafeMutablePointer<Double> { memory + index * channels }

  /// The same in the element type, from channel `channel` on.
  func rounded(_ index: Int, from channel: Int) -> UnsafeMutableRawPointer {
    narrow + (index * channels + channel) * elementSize
  }

  /// Factors of a normalization that multiplies by those of a gradient.
  func setScaling(_ gradient: Factors, _ channels: Range<Int>) {
    let (first, width) = (channels.lowerBound, channels.count)
    (self[0] + first).update(repeating: 0, count: width)
    (self[1] + first).update(from: gradient[2] + first, count: width)
    (self[2] + first).update(repeating: 0, count: width)
    (wide + first).update(from: gradient.wide + first, count: width)
  }

  func round(_ indices: Range<Int>, _ range: Range<Int>, _ kernels: norm_kernels) {
    for index in indices {
      kernels.narrow(
        self[index] + range.lowerBound, range.count, rounded(index, from: range.lowerBound))
    }
  }
}
