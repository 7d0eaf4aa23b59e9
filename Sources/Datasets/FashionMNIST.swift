/// Fashion-MNIST: 60,000 images of articles of clothing to train on and 10,000 to test with, 28 by 28 pixels,
/// ten classes.
///
/// Source: H. Xiao, K. Rasul and R. Vollgraf 2017, arXiv:1708.07747; MIT licence, Zalando SE. The data is not
/// part of this package: Debian's `dataset-fashion-mnist` installs it.
public enum FashionMNIST {
  /// Where Debian's package puts the files.
  public static let defaultDirectory = "/usr/share/datasets/fashion-mnist"

  /// What to write where the data are used.
  public static let attribution =
    "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine "
    + "Learning Algorithms, 2017, arXiv:1708.07747, MIT licence, Zalando SE"

  /// The classes in the order of their labels.
  public static let classNames = [
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
  ]

  /// Mean and standard deviation over all 47,040,000 pixels of the training images, from their exact sums:
  /// the bytes add up to 3,431,114,169 and their squares to 631,470,052,347.
  public static let scaling = PixelScaling(
    mean: [0.2860405969887955], deviation: [0.3530242445149226])

  /// Reads the four files from a folder, compressed with gzip or not.
  ///
  /// Everything in them is checked: first bytes, counts, sizes, checksums, labels.
  public static func load(
    directory: String = defaultDirectory
  ) throws(DatasetFileError) -> (training: ImageDataset, test: ImageDataset) {
    try MNISTFiles(
      name: "fashion-mnist", classNames: classNames, scaling: scaling,
      advice:
        "Install dataset-fashion-mnist (Scripts/setup does) or name the folder with --data-dir."
    ).load(directory)
  }
}
