import TensorFiles
public import Tensors

/// Samples whose features lie in an NPY file; a batch reads its rows from there.
///
/// So a data set may be larger than memory: what stays in memory are the labels. The system keeps in its file
/// cache what fits there.
public struct NPYSamples: LabeledSamples {
  /// What the data set is called in reports: its folder.
  public let name: String
  /// The shape of a sample: the file's without the first extent.
  public let sampleShape: [Int]
  /// The class of each sample, among the indices of ``classNames``.
  public let labels: [Int]
  /// The name of each class.
  public let classNames: [String]
  private let features: OpenFile

  /// Copies of the samples share one open file.
  private final class OpenFile: Sendable {
    let rows: NPYRows
    init(_ path: String) throws(DatasetFileError) {
      rows = try inDatasetFile { () throws(TensorFileError) in try NPYRows(path) }
    }
  }

  /// Opens the features of a part of a folder.
  init(
    directory: String, part: String, labels: [Int], classNames: [String]
  ) throws(DatasetFileError) {
    let labelPath = "\(directory)/\(part)_labels.npy"
    features = try OpenFile("\(directory)/\(part)_features.npy")
    let shape = features.rows.shape
    guard shape.count >= 2, !shape.contains(0) else {
      throw .badFeatureShape(path: features.rows.path, found: shape)
    }
    guard shape[0] == labels.count else {
      throw .countsDisagree(
        path: features.rows.path, count: shape[0], otherPath: labelPath, otherCount: labels.count)
    }
    for (index, label) in labels.enumerated() where label >= classNames.count {
      throw .labelOutsideClasses(
        path: labelPath, record: index + 1, label: label, classCount: classNames.count)
    }
    (name, sampleShape) = (directory, Array(shape.dropFirst()))
    (self.labels, self.classNames) = (labels, classNames)
  }

  /// Reads some samples, in the order of `indices`; Float64 numbers are rounded.
  ///
  /// Shapes:
  /// - Result: `features` [indices] and the sample's shape, `labels` one each. An index may stand more than once.
  ///
  /// - Throws: where the file can no longer be read, was changed since it was opened, or holds a feature that
  ///   is not finite.
  /// - Precondition: the indices are among `0..<count`.
  public func gather(
    _ indices: [Int]
  ) throws(DatasetFileError) -> (features: Tensor<Float>, labels: [Int]) {
    for index in indices {
      precondition(
        labels.indices.contains(index), "Sample \(index) was asked for, but there are \(count).")
    }
    let width = featureCount
    var failure: DatasetFileError?
    let gathered = Tensor<Float>(unsafeUninitialized: [indices.count] + sampleShape) { target in
      target.withUnsafeMutableBufferPointer { elements in
        do throws(DatasetFileError) {
          for (row, index) in indices.enumerated() {
            try read(index, into: .init(rebasing: elements[row * width..<(row + 1) * width]))
          }
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    // Last, so that a change while the rows were read is seen too.
    let hasChanged = try inDatasetFile { () throws(TensorFileError) in
      try features.rows.hasChanged()
    }
    guard !hasChanged else { throw .fileChanged(path: features.rows.path) }
    return (gathered, indices.map { labels[$0] })
  }

  private func read(
    _ index: Int, into row: UnsafeMutableBufferPointer<Float>
  ) throws(DatasetFileError) {
    let isWhole = try inDatasetFile { () throws(TensorFileError) in
      try features.rows.read(index, into: row)
    }
    guard isWhole else { throw .fileChanged(path: features.rows.path) }
    guard let column = row.firstIndex(where: { !$0.isFinite }) else { return }
    throw .content(
      path: features.rows.path, line: nil,
      .nonFiniteFeature(row: index + 1, column: column + 1, value: "\(row[column])"))
  }
}
