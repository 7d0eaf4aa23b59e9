/// Values below which some share of others lies.
enum Percentile {
  /// The value below which the `share` of `values` lies, which are finite and sorted: between two of
  /// them in proportion. `nil` if there are none.
  ///
  /// The first value has the share 0, the last 1, and the others lie evenly between them.
  static func value(_ share: Double, ofSorted values: [Double]) -> Double? {
    guard let last = values.last else { return nil }
    let place = max(0, min(1, share)) * Double(values.count - 1)
    let index = Int(place.rounded(.down))
    guard index + 1 < values.count else { return last }
    let t = place - Double(index)
    return values[index] * (1 - t) + values[index + 1] * t
  }
}
