/// The names of stages in PyTorch, where a module is either a layer or has others in it.
///
/// A stage that has others behind its name becomes the first of them: "hidden1", "hidden1.norm" and
/// "hidden1.activation" are "hidden1.0", "hidden1.1" and "hidden1.2", in the order of the stages.
func pyTorchNames(_ names: [String]) -> [String] {
  func isParent(_ name: String) -> Bool {
    names.contains { $0.hasPrefix("\(name).") }
  }
  // The outermost of a name's beginnings that is a stage with others behind it.
  func parent(_ name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return (1...parts.count).lazy.map { parts[..<$0].joined(separator: ".") }
      .first { names.contains($0) && isParent($0) }
  }
  var counts: [String: Int] = [:]
  return names.map { name in
    guard let parent = parent(name) else { return name }
    defer { counts[parent, default: 0] += 1 }
    return "\(parent).\(counts[parent, default: 0])"
  }
}
