import TensorFiles

/// The four files in which MNIST and data sets in its format come.
struct MNISTFiles {
  /// What the data set is called in reports and errors.
  let name: String
  let classNames: [String]
  let scaling: PixelScaling
  /// How a person comes by the files.
  let advice: String

  /// Reads all four from a folder.
  func load(
    _ directory: String
  ) throws(DatasetFileError) -> (training: ImageDataset, test: ImageDataset) {
    // All names first: a missing file should not show only after the others were read.
    let training = try (
      images: path("train-images-idx3-ubyte", in: directory),
      labels: path("train-labels-idx1-ubyte", in: directory)
    )
    let test = try (
      images: path("t10k-images-idx3-ubyte", in: directory),
      labels: path("t10k-labels-idx1-ubyte", in: directory)
    )
    let result = try (training: dataset(training), test: dataset(test))
    guard result.training.imageShape == result.test.imageShape else {
      throw .shapesDisagree(
        path: test.images, shape: result.test.imageShape,
        otherPath: training.images, otherShape: result.training.imageShape)
    }
    return result
  }

  /// The file of a name, or that of the name with `.gz`.
  private func path(_ file: String, in directory: String) throws(DatasetFileError) -> String {
    let plain = "\(directory)/\(file)"
    if exists(plain) { return plain }
    guard exists(plain + ".gz") else {
      throw .missingFile(path: "\(plain)[.gz]", dataset: name, advice: advice)
    }
    return plain + ".gz"
  }

  private func dataset(
    _ paths: (images: String, labels: String)
  ) throws(DatasetFileError) -> ImageDataset {
    let images = try IDXFile.read(paths.images, rank: 3)
    let labels = try IDXFile.read(paths.labels, rank: 1)
    guard labels.bytes.count == images.shape[0] else {
      throw .countsDisagree(
        path: paths.images, count: images.shape[0],
        otherPath: paths.labels, otherCount: labels.bytes.count)
    }
    for (index, label) in labels.bytes.enumerated() where label >= classNames.count {
      throw .labelOutsideClasses(
        path: paths.labels, record: index + 1, label: Int(label), classCount: classNames.count)
    }
    do throws(DatasetError) {
      return try ImageDataset(
        name: name, bytes: images.bytes, imageShape: [images.shape[1], images.shape[2], 1],
        labels: labels.bytes.map(Int.init), classNames: classNames, scaling: scaling)
    } catch {
      throw .content(path: paths.images, line: nil, error)
    }
  }
}
