/// Pointers to the arrays of statistics, for the time of a call.
extension ChannelStatistics {
  mutating func withMutableParts(
    _ body: (
      _ high: UnsafeMutablePointer<Double>, _ low: UnsafeMutablePointer<Double>,
      _ variance: UnsafeMutablePointer<Double>, _ inverse: UnsafeMutablePointer<Double>
    ) -> Void
  ) {
    mean.withUnsafeMutableBufferPointer { high in
      meanRemainder.withUnsafeMutableBufferPointer { low in
        variance.withUnsafeMutableBufferPointer { variance in
          inverseDeviation.withUnsafeMutableBufferPointer { inverse in
            if let high = high.baseAddress, let low = low.baseAddress,
              let variance = variance.baseAddress, let inverse = inverse.baseAddress
            {
              body(high, low, variance, inverse)
            }
          }
        }
      }
    }
  }

  func withParts(
    _ body: (
      _ high: UnsafePointer<Double>, _ low: UnsafePointer<Double>, _ inverse: UnsafePointer<Double>
    ) -> Void
  ) {
    mean.withUnsafeBufferPointer { high in
      meanRemainder.withUnsafeBufferPointer { low in
        inverseDeviation.withUnsafeBufferPointer { inverse in
          if let high = high.baseAddress, let low = low.baseAddress,
            let inverse = inverse.baseAddress
          {
            body(high, low, inverse)
          }
        }
      }
    }
  }
}
