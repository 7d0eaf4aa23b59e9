internal import CNormalizationKernels

/// The factors of the kernels for every channel, in Float64 and rounded to the element type; see factors.h.
final class Factors {
  /// In the order of `norm_factors`.
  enum Name: Int, CaseIterable {
    case center, inverse, outputFactor, outputOffset, factor, slope, offset
  }

  let parts: ChannelParts
  let channels: Int
  private let elementSize: Int
  private let isBackward: Bool
  private let memory: UnsafeMutablePointer<Double>
  private let narrow: UnsafeMutableRawPointer
  private let wide: UnsafeMutablePointer<UInt8>

  /// Room for the factors of a forward or of a backward pass, none of them set, no channel wide.
  init(_ parts: ChannelParts, channels: Int, elementSize: Int, isBackward: Bool) {
    self.parts = parts
    self.channels = channels
    self.elementSize = elementSize
    self.isBackward = isBackward
    let count = Name.allCases.count * channels
    memory = .allocate(capacity: max(1, count))
    narrow = .allocate(byteCount: max(64, count * elementSize), alignment: 64)
    wide = .allocate(capacity: max(1, channels))
    wide.initialize(repeating: 0, count: max(1, channels))
  }

  deinit {
    memory.deallocate()
    narrow.deallocate()
    wide.deallocate()
  }

  private subscript(name: Name) -> UnsafeMutablePointer<Double> {
    memory + name.rawValue * channels
  }

  private func rounded(_ name: Name, _ channel: Int) -> UnsafeMutableRawPointer {
    narrow + (name.rawValue * channels + channel) * elementSize
  }

  private func round(_ names: [Name], _ range: Range<Int>, _ kernels: norm_kernels) {
    for name in names {
      kernels.narrow(
        self[name] + range.lowerBound, range.count, rounded(name, range.lowerBound))
    }
  }

  /// Sets what follows from statistics, scale and shift.
  func setOutput(_ range: Range<Int>, _ kernels: norm_kernels) {
    let first = range.lowerBound
    kernels.normalize_factors(
      range.count, elementSize == 4, parts.high + first, parts.low + first, parts.inverse + first,
      parts.scale.map { $0 + first }, parts.shift.map { $0 + first }, self[.center] + first,
      self[.outputFactor] + first, self[.outputOffset] + first, wide + first)
    round([.center, .outputFactor, .outputOffset], range, kernels)
    guard isBackward else { return }
    (self[.inverse] + first).update(from: parts.inverse + first, count: range.count)
    round([.inverse], range, kernels)
  }

  /// Sets what follows from the sums over `count` values, and corrects the sums of products.
  func setGradient(
    _ range: Range<Int>, count: Int, sum: UnsafePointer<Double>,
    product: UnsafeMutablePointer<Double>, _ kernels: norm_kernels
  ) {
    let first = range.lowerBound
    kernels.gradient_factors(
      range.count, Double(count), parts.high + first, parts.low + first, self[.center] + first,
      parts.inverse + first, parts.scale.map { $0 + first }, wide + first, sum + first,
      product + first, self[.factor] + first, self[.slope] + first, self[.offset] + first)
    round([.factor, .slope, .offset], range, kernels)
  }

  /// Says that the element type cannot carry a channel; before `setGradient`.
  func markWide(_ channel: Int) { wide[channel] = 1 }

  /// After `setGradient`, for channels that share their statistics with others: from the means of scale * dy and
  /// scale * dy * n over all of these, one for each channel.
  func setGroups(meanSum: [Double], meanProduct: [Double], _ kernels: norm_kernels) {
    kernels.group_factors(
      channels, parts.high, parts.low, self[.center], parts.inverse, wide, meanSum, meanProduct,
      self[.slope], self[.offset])
    round([.slope, .offset], 0..<channels, kernels)
  }

  /// The factors in the element type, from a channel on.
  func kernelFactors(from channel: Int) -> norm_factors {
    func backward(_ name: Name) -> UnsafeRawPointer? {
      isBackward ? UnsafeRawPointer(rounded(name, channel)) : nil
    }
    return norm_factors(
      center: rounded(.center, channel), inverse: backward(.inverse),
      output_factor: rounded(.outputFactor, channel),
      output_offset: rounded(.outputOffset, channel), factor: backward(.factor),
      slope: backward(.slope), offset: backward(.offset))
  }

  /// The factors of a channel in Float64, if the element type cannot carry them.
  func wideFactors(_ channel: Int) -> norm_wide_factors? {
    guard wide[channel] != 0 else { return nil }
    var factors = norm_wide_factors(
      high: parts.high[channel], low: parts.low[channel], inverse: parts.inverse[channel],
      output_factor: self[.outputFactor][channel], shift: parts.shift?[channel] ?? 0, factor: 0,
      slope: 0, offset: 0)
    if isBackward {
      factors.factor = self[.factor][channel]
      factors.slope = self[.slope][channel]
      factors.offset = self[.offset][channel]
    }
    return factors
  }

  /// The channels of a range that the element type cannot carry.
  func wideChannels(_ range: Range<Int>) -> [Int] {
    var channels: [Int] = []
    var channel = norm_next_wide(wide, range.lowerBound, range.upperBound)
    while channel < range.upperBound {
      channels.append(channel)
      channel = norm_next_wide(wide, channel + 1, range.upperBound)
    }
    return channels
  }
}
