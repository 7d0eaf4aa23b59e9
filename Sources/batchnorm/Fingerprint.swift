import Datasets
import Normalization
import Training

/// What tells data sets of one name and size apart: all labels, the names of the classes, and the features of up to
/// 256 samples of each part at even distances, so that files larger than memory are not read for it.
func fingerprint(_ parts: [any LabeledSamples]) throws(DatasetFileError) -> String {
  var digest = Digest()
  for samples in parts {
    for name in samples.classNames { digest.absorb(name) }
    for label in samples.labels { digest.absorb(UInt64(label)) }
    let count = min(256, samples.count)
    let features = try samples.gather((0..<count).map { $0 * samples.count / count }).features
    let elements = features.span
    for index in elements.indices { digest.absorb(UInt64(elements[index].bitPattern)) }
  }
  return digest.text
}
