/// MNIST: 60,000 images of handwritten digits to train on and 10,000 to test with, 28 by 28 pixels.
///
/// Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner 1998, Proceedings of the IEEE 86(11). The data is not
/// part of this package.
public enum MNIST {
  /// The classes in the order of their labels.
  public static let classNames = (0..<10).map(String.init)

  /// Mean and standard deviation of the training images' pixels, as they are commonly given.
  public static let scaling = PixelScaling(mean: [0.1307], deviation: [0.3081])

  /// Reads the four files from a folder, compressed with gzip or not.
  ///
  /// Everything in them is checked: first bytes, counts, sizes, checksums, labels.
  public static func load(
    directory: String
  ) throws(DatasetFileError) -> (training: ImageDataset, test: ImageDataset) {
    try MNISTFiles(
      name: "mnist", classNames: classNames, scaling: scaling,
      advice: "Name the folder that holds it with --data-dir."
    ).load(directory)
  }
}
