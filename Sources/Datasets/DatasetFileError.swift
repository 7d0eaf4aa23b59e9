public import TensorFiles

/// Why files are no data set: a file itself, what it holds, or that it is absent.
///
/// Rows and records are counted from 1. Byte counts are those of the content, inflated where it is compressed.
public enum DatasetFileError: Error, Equatable, Sendable {
  /// The file cannot be read, or not as a table or an array.
  case file(TensorFileError)
  /// The content is no data set; the line is that of the file where one row is to blame.
  case content(path: String, line: Int?, DatasetError)
  /// No column has this name.
  case noSuchColumn(path: String, name: String, columns: [String])
  /// A file of a data set is not there; `advice` says how to come by it.
  case missingFile(path: String, dataset: String, advice: String)
  /// zlib refused compressed data; `reason` is its message.
  case compressedDataDamaged(path: String, reason: String)
  /// Compressed data ends before its last member does; the count is that of the file.
  case compressedDataEndsEarly(path: String, byteCount: Int)
  /// The content ends before what its header promises.
  case contentEndsEarly(path: String, expected: Int, found: Int)
  /// The content goes on after what its header promises.
  case contentGoesOn(path: String, expected: Int)
  /// The file does not begin as one of its format does.
  case badMagic(path: String, expected: [UInt8], found: [UInt8])
  /// The header holds a shape that no file can have.
  case badShape(path: String, found: [Int])
  /// Two files that belong together hold another number of samples.
  case countsDisagree(path: String, count: Int, otherPath: String, otherCount: Int)
  /// Samples of two files that belong together have different shapes.
  case shapesDisagree(path: String, shape: [Int], otherPath: String, otherShape: [Int])
  /// The label of a record is none of the classes.
  case labelOutsideClasses(path: String, record: Int, label: Int, classCount: Int)
  /// An array of labels is not one number a sample.
  case badLabelShape(path: String, found: [Int])
  /// A label is not a whole number from 0 to below the largest count of classes.
  case badLabel(path: String, record: Int, found: Double, largestClassCount: Int)
  /// An array of features is not [samples] and a shape of samples, without zeros.
  case badFeatureShape(path: String, found: [Int])
  /// A file of records does not have the size that so many of them have.
  case recordsDisagree(path: String, expected: Int, found: Int, recordByteCount: Int)
  /// Somebody wrote to a file that samples are read from.
  case fileChanged(path: String)
  /// A text names neither a data set nor a file or folder that holds one.
  case unknownDataset(String)
}

extension DatasetFileError: CustomStringConvertible {
  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .content(let path, let line, let error):
      line.map { "\(path.onOneLine), line \($0): \(error)" } ?? "\(path.onOneLine): \(error)"
    case .noSuchColumn(let path, let name, let columns) where columns.isEmpty:
      "\(path.onOneLine) has no header, so no column is called '\(name.onOneLine)'; "
        + "add a first line with names."
    case .noSuchColumn(let path, let name, let columns):
      "\(path.onOneLine) has no column '\(name.onOneLine)'; its columns are "
        + "\(columns.map(\.onOneLine).joined(separator: ", "))."
    case .missingFile(let path, let dataset, let advice):
      "\(path.onOneLine): there is no such file, but \(dataset) needs it. \(advice)"
    case .countsDisagree(let path, let count, let otherPath, let otherCount):
      "\(path.onOneLine) has \(count) samples, but \(otherPath.onOneLine) has \(otherCount). "
        + "Use files that belong together."
    case .shapesDisagree(let path, let shape, let otherPath, let otherShape):
      "\(path.onOneLine) has samples of shape \(shape), but \(otherPath.onOneLine) of \(otherShape). "
        + "Use files that belong together."
    case .fileChanged(let path):
      "\(path.onOneLine): the file was changed while samples were read from it. Begin again."
    case .unknownDataset(let text):
      "'\(text.onOneLine)' is no data set; use \(DatasetSource.names.joined(separator: ", ")), "
        + "a .csv file, or a folder of .npy files."
    default: binaryDescription
    }
  }

  private var binaryDescription: String {
    switch self {
    case .compressedDataDamaged(let path, let reason):
      "\(path.onOneLine): the gzip data is damaged: \(reason.onOneLine). Fetch the file again."
    case .compressedDataEndsEarly(let path, let byteCount):
      "\(path.onOneLine): the gzip data ends early, after \(byteCount) bytes. Fetch the file again."
    case .contentEndsEarly(let path, let expected, let found):
      "\(path.onOneLine): expected \(expected) bytes of content, as its header says, found \(found). "
        + "Fetch the file again."
    case .contentGoesOn(let path, let expected):
      "\(path.onOneLine): expected \(expected) bytes of content, as its header says, found more. "
        + "The file is damaged or of another format."
    case .badMagic(let path, let expected, let found):
      "\(path.onOneLine): expected the first bytes \(Self.hexadecimal(expected)), found "
        + "\(Self.hexadecimal(found)). The file is damaged or of another format."
    case .badShape(let path, let found):
      "\(path.onOneLine): expected extents of 1 and more that fit in memory, found \(found). "
        + "The file is damaged or of another format."
    case .labelOutsideClasses(let path, let record, let label, let classCount):
      "\(path.onOneLine): record \(record) has label \(label); expected one of the classes "
        + "0...\(classCount - 1). The file is damaged or of another data set."
    case .badLabelShape(let path, let found):
      "\(path.onOneLine): expected labels of shape [samples], found \(found). Write one number a sample."
    case .badLabel(let path, let record, let found, let largestClassCount):
      "\(path.onOneLine): label \(record) is \(found); expected a whole number from 0 to below "
        + "\(largestClassCount). Number the classes from 0."
    case .badFeatureShape(let path, let found):
      "\(path.onOneLine): expected features of shape [samples, ...] without zeros, found \(found). "
        + "Write one row a sample."
    case .recordsDisagree(let path, let expected, let found, let recordByteCount):
      "\(path.onOneLine): expected \(expected) records of \(recordByteCount) bytes, "
        + "\(expected * recordByteCount) bytes, found \(found). Fetch the file again."
    default: "The files cannot be used."
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
