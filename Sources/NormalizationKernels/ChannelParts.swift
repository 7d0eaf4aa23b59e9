/// Pointers to the numbers of every channel, for the time of a call.
struct ChannelParts {
  var high: UnsafeMutablePointer<Double>
  var low: UnsafeMutablePointer<Double>
  var variance: UnsafeMutablePointer<Double>
  var inverse: UnsafeMutablePointer<Double>
  var scale: UnsafePointer<Double>?
  var shift: UnsafePointer<Double>?
}

extension ChannelStatistics {
  /// Calls `body` with pointers to the statistics, which it fills, and to a scale and a shift.
  mutating func withMutableParts(
    scale: [Double]?, shift: [Double]?, _ body: (ChannelParts) -> Void
  ) {
    mean.withUnsafeMutableBufferPointer { high in
      meanRemainder.withUnsafeMutableBufferPointer { low in
        variance.withUnsafeMutableBufferPointer { variance in
          inverseDeviation.withUnsafeMutableBufferPointer { inverse in
            call(
              body, high.baseAddress, low.baseAddress, variance.baseAddress, inverse.baseAddress,
              scale, shift)
          }
        }
      }
    }
  }

  /// Calls `body` with pointers to the statistics, which it only reads, and to a scale and a shift.
  func withParts(scale: [Double]?, shift: [Double]?, _ body: (ChannelParts) -> Void) {
    func readable(_ buffer: UnsafeBufferPointer<Double>) -> UnsafeMutablePointer<Double>? {
      UnsafeMutablePointer(mutating: buffer.baseAddress)
    }
    mean.withUnsafeBufferPointer { high in
      meanRemainder.withUnsafeBufferPointer { low in
        variance.withUnsafeBufferPointer { variance in
          inverseDeviation.withUnsafeBufferPointer { inverse in
            call(
              body, readable(high), readable(low), readable(variance), readable(inverse), scale,
              shift)
          }
        }
      }
    }
  }
}

private func call(
  _ body: (ChannelParts) -> Void, _ high: UnsafeMutablePointer<Double>?,
  _ low: UnsafeMutablePointer<Double>?, _ variance: UnsafeMutablePointer<Double>?,
  _ inverse: UnsafeMutablePointer<Double>?, _ scale: [Double]?, _ shift: [Double]?
) {
  guard let high, let low, let variance, let inverse else { return }  // no channels
  withPointer(to: scale) { scale in
    withPointer(to: shift) { shift in
      body(
        ChannelParts(
          high: high, low: low, variance: variance, inverse: inverse, scale: scale, shift: shift))
    }
  }
}

private func withPointer(to values: [Double]?, _ body: (UnsafePointer<Double>?) -> Void) {
  if let values {
    values.withUnsafeBufferPointer { body($0.baseAddress) }
  } else {
    body(nil)
  }
}
