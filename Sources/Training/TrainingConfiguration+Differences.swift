extension TrainingConfiguration {
  /// Why a run with this configuration cannot go on with `other`: one text for each number that differs.
  ///
  /// The intervals of checkpoints and log lines may differ, and the length where no rate depends on it.
  package func differences(from other: TrainingConfiguration) -> [String] {
    var mine = self
    (mine.checkpointInterval, mine.logInterval) = (other.checkpointInterval, other.logInterval)
    if !learningRate.dependsOnLength { mine.length = other.length }
    return Training.differences(mine, other)
  }
}

/// One text for each part of two values of a type that differs: "batchSize is 60 in the checkpoint, but 30 now".
func differences<Value>(_ saved: Value, _ current: Value) -> [String] {
  let (old, new) = (flattened(saved), flattened(current))
  return Set(old.keys).union(new.keys).sorted().compactMap { name in
    guard old[name] != new[name] else { return nil }
    return
      "\(name) is \(old[name] ?? "not given") in the checkpoint, but \(new[name] ?? "not given") now"
  }
}

/// The numbers and texts in a value by the path to them, "length.count".
private func flattened(_ value: Any) -> [String: String] {
  var result: [String: String] = [:]
  func visit(_ value: Any, _ path: String) {
    let mirror = Mirror(reflecting: value)
    func name(_ part: String) -> String { path.isEmpty ? part : "\(path).\(part)" }
    if let entries = value as? [String: String] {
      for (key, entry) in entries { result[name(key)] = "'\(entry)'" }
    } else if mirror.displayStyle == .optional {
      if let (_, content) = mirror.children.first { visit(content, path) }
    } else if mirror.displayStyle == .struct, !mirror.children.isEmpty {
      for (label, child) in mirror.children { visit(child, name(label ?? "")) }
    } else {
      result[path] = "\(value)"
    }
  }
  visit(value, "")
  return result
}
