import TensorFiles

/// CIFAR-10 in its binary version: 50,000 colour images to train on and 10,000 to test with, 32 by 32 pixels,
/// ten classes.
///
/// Source: A. Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images. The data is not part of
/// this package.
public enum CIFAR10 {
  /// The classes in the order of their labels.
  public static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Mean and standard deviation of the training images' red, green and blue, as they are commonly given.
  public static let scaling = PixelScaling(
    mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])

  static let side = 32
  private static let pixelCount = side * side
  static let recordByteCount = 1 + 3 * pixelCount
  private static let trainingFiles = (1...5).map { "data_batch_\($0).bin" }
  private static let testFile = "test_batch.bin"

  /// Reads the six files from a folder, or from the folder `cifar-10-batches-bin` in it.
  ///
  /// Sizes and labels are checked: each file holds 10,000 records of a label and three planes of 1,024 pixels.
  public static func load(
    directory: String
  ) throws(DatasetFileError) -> (training: ImageDataset, test: ImageDataset) {
    try load(directory: directory, recordsPerFile: 10_000)
  }

  /// The format has no header, so only the count tells a file that was cut off between records.
  static func load(
    directory: String, recordsPerFile: Int
  ) throws(DatasetFileError) -> (training: ImageDataset, test: ImageDataset) {
    let inner = "\(directory)/cifar-10-batches-bin"
    let folder = exists("\(inner)/\(testFile)") ? inner : directory
    for file in trainingFiles + [testFile] where !exists("\(folder)/\(file)") {
      throw .missingFile(
        path: "\(folder)/\(file)", dataset: "cifar-10",
        advice: "Name the folder that holds the binary version with --data-dir.")
    }
    return try (
      training: dataset(trainingFiles, in: folder, recordsPerFile: recordsPerFile),
      test: dataset([testFile], in: folder, recordsPerFile: recordsPerFile)
    )
  }

  private static func dataset(
    _ files: [String], in folder: String, recordsPerFile: Int
  ) throws(DatasetFileError) -> ImageDataset {
    var (bytes, labels): ([UInt8], [Int]) = ([], [])
    bytes.reserveCapacity(files.count * recordsPerFile * 3 * pixelCount)
    for file in files {
      try append("\(folder)/\(file)", recordsPerFile, to: &bytes, &labels)
    }
    do throws(DatasetError) {
      return try ImageDataset(
        name: "cifar-10", bytes: bytes, imageShape: [side, side, 3], labels: labels,
        classNames: classNames, scaling: scaling)
    } catch {
      throw .content(path: folder, line: nil, error)
    }
  }

  /// Reads the records of a file; pixels come as a plane of each colour and leave with their colours side by side.
  private static func append(
    _ path: String, _ count: Int, to bytes: inout [UInt8], _ labels: inout [Int]
  ) throws(DatasetFileError) {
    let content = try inDatasetFile { () throws(TensorFileError) in
      try readFile(path, expansion: 2)
    }
    guard content.count == count * recordByteCount else {
      throw .recordsDisagree(
        path: path, expected: count, found: content.count, recordByteCount: recordByteCount)
    }
    for record in 0..<count {
      let start = record * recordByteCount
      let label = Int(content[start])
      guard classNames.indices.contains(label) else {
        throw .labelOutsideClasses(
          path: path, record: record + 1, label: label, classCount: classNames.count)
      }
      labels.append(label)
      for pixel in start + 1..<start + 1 + pixelCount {
        bytes.append(content[pixel])
        bytes.append(content[pixel + pixelCount])
        bytes.append(content[pixel + 2 * pixelCount])
      }
    }
  }
}
