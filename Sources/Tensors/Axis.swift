/// Returns `axis` counted from the front: negative axes count from the end, -1 is the last.
///
/// - Returns: `nil` where a tensor of this rank has no such axis.
public func resolvedAxis(_ axis: Int, rank: Int) -> Int? {
  let resolved = axis < 0 ? axis + rank : axis
  return (0..<rank).contains(resolved) ? resolved : nil
}
