import TensorFiles

/// A data set as a folder of NPY files, as `numpy.save` writes them.
///
/// - `training_features.npy`, `test_features.npy`: `f4` or `f8`, [samples] and the shape of a sample; images are
///   [samples, height, width, channels].
/// - `training_labels.npy`, `test_labels.npy`: [samples], the class of each, counted from 0; any integers, or
///   floating point numbers that are whole.
/// - `classes.txt`, which may be absent: the name of each class on a line of its own. Without it the classes are
///   the numbers up to the largest training label.
///
/// Features stay in the files and may be larger than memory: see ``NPYSamples``.
public enum NPYFolder {
  /// More classes than this are no classes but measurements.
  static let largestClassCount = 65_536

  /// Opens the files of a folder and checks headers, sizes and all labels.
  public static func load(
    directory: String
  ) throws(DatasetFileError) -> (training: NPYSamples, test: NPYSamples) {
    for part in ["training", "test"] {
      for kind in ["features", "labels"] where !exists("\(directory)/\(part)_\(kind).npy") {
        throw .missingFile(
          path: "\(directory)/\(part)_\(kind).npy", dataset: "a folder of arrays",
          advice: "Write it with numpy.save.")
      }
    }
    let trainingLabels = try labels("\(directory)/training_labels.npy")
    let classNames = try classNames(directory, largestLabel: trainingLabels.max() ?? 0)
    let training = try NPYSamples(
      directory: directory, part: "training", labels: trainingLabels, classNames: classNames)
    let test = try NPYSamples(
      directory: directory, part: "test", labels: labels("\(directory)/test_labels.npy"),
      classNames: classNames)
    guard test.sampleShape == training.sampleShape else {
      throw .shapesDisagree(
        path: "\(directory)/test_features.npy", shape: test.sampleShape,
        otherPath: "\(directory)/training_features.npy", otherShape: training.sampleShape)
    }
    return (training, test)
  }

  private static func labels(_ path: String) throws(DatasetFileError) -> [Int] {
    let (shape, numbers) = try inDatasetFile { () throws(TensorFileError) in
      try NPYFile.readNumbers(path)
    }
    guard shape.count == 1, !numbers.isEmpty else {
      throw .badLabelShape(path: path, found: shape)
    }
    var labels: [Int] = []
    labels.reserveCapacity(numbers.count)
    for (index, number) in numbers.enumerated() {
      guard let label = Int(exactly: number), (0..<largestClassCount).contains(label) else {
        throw .badLabel(
          path: path, record: index + 1, found: number, largestClassCount: largestClassCount)
      }
      labels.append(label)
    }
    return labels
  }

  private static func classNames(
    _ directory: String, largestLabel: Int
  ) throws(DatasetFileError) -> [String] {
    let path = "\(directory)/classes.txt"
    guard exists(path) else { return (0...max(1, largestLabel)).map(String.init) }
    let bytes = try inDatasetFile { () throws(TensorFileError) in
      try readFile(path, expansion: 8)
    }
    var names: [String] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard let name = String(validating: line, as: UTF8.self) else {
        throw .file(.notUTF8(path: path, line: index + 1))
      }
      let text = name.filter { $0 != "\r" }
      if !text.isEmpty { names.append(text) }
    }
    do throws(DatasetError) {
      try DatasetError.check(classNames: names)
    } catch {
      throw .content(path: path, line: nil, error)
    }
    return names
  }
}
