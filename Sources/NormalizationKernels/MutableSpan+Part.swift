extension MutableSpan where Element: BitwiseCopyable {
  /// Calls `body` with some of the elements.
  public mutating func withPart<Result, Failure: Error>(
    _ elements: Range<Int>, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeMutableBufferPointer { buffer throws(Failure) in
      var part = UnsafeMutableBufferPointer(rebasing: buffer[elements]).mutableSpan
      return try body(&part)
    }
  }
}
