/// What a file of any supported format holds, and functions that choose the format by the suffix.
///
/// A `.safetensors` file holds named tensors. A `.npy` or `.csv` file holds one without a name,
/// which the reader of the file chooses. Numbers of a CSV file are of type F64.
public struct TensorFile: Sendable {
  /// The tensors by name.
  public var tensors: NamedTensors
  /// The names of the columns, where the file is a CSV file that holds them.
  public var columnNames: [String]?

  /// Creates the content of a file.
  public init(tensors: NamedTensors, columnNames: [String]? = nil) {
    (self.tensors, self.columnNames) = (tensors, columnNames)
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - name: the name of the tensor of a format without names.
  public init(contentsOf path: String, naming name: String = "input") throws(TensorFileError) {
    guard let format = TensorFileFormat(path: path) else { throw .unknownSuffix(path: path) }
    switch format {
    case .npy:
      self.init(tensors: NamedTensors([name: try NPYFile.read(path)], path: path))
    case .safetensors:
      self.init(tensors: try SafetensorsFile.read(path))
    case .csv:
      let table = try CSVTable(contentsOf: path)
      self.init(
        tensors: NamedTensors([name: .double(table.rows)], path: path), columnNames: table.header)
    }
  }

  /// Writes a file, or leaves the old one as it was: see ``writeAtomically(_:to:)``.
  ///
  /// - Precondition: for a CSV file, there are as many column names, if any, as columns.
  /// - Parameters:
  ///   - path: the file.
  ///   - name: the tensor that a format without names holds; the others and the metadata are left out
  ///     there. Column names are left out of the other formats.
  public func write(to path: String, naming name: String = "output") throws(TensorFileError) {
    guard let format = TensorFileFormat(path: path) else { throw .unknownSuffix(path: path) }
    switch format {
    case .npy: try NPYFile.write(tensors.tensor(named: name), to: path)
    case .safetensors: try SafetensorsFile.write(tensors, to: path)
    case .csv:
      try CSVTable.write(tensors.tensor(named: name), header: columnNames, to: path)
    }
  }
}
