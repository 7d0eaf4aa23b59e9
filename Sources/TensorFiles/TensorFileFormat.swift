/// A file format of tensors.
public enum TensorFileFormat: String, CaseIterable, Sendable {
  /// One array, as `numpy.save` writes it.
  case npy
  /// Named tensors and a map of strings, as the safetensors library writes them.
  case safetensors
  /// A table of numbers as text, with or without column names.
  case csv

  /// Finds the format that the suffix of a path names, in upper or lower case.
  ///
  /// - Returns: `nil` where the path has no suffix or an unknown one.
  public init?(path: String) {
    // A name such as ".csv" is a hidden file without suffix.
    guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: "."),
      dot != name.startIndex
    else { return nil }
    let suffix = name[name.index(after: dot)...].lowercased()
    self.init(rawValue: suffix)
  }

  /// The name in sentences.
  var name: String {
    switch self {
    case .npy: "NPY"
    case .safetensors: "safetensors"
    case .csv: "CSV"
    }
  }

  /// How a file of this format begins, in words.
  var beginning: String {
    switch self {
    case .npy: "it does not begin with \\x93NUMPY"
    case .safetensors: "its header does not begin with {"
    case .csv: "it is not text"
    }
  }
}
