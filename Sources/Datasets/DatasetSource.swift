import Tensors

/// Where a data set comes from, as a person names it in a command.
public enum DatasetSource: Hashable, Sendable {
  /// The ``Digits``, carried in the program: images [8, 8, 1].
  case digits
  /// ``FashionMNIST``: images [28, 28, 1].
  case fashionMNIST
  /// ``MNIST``: images [28, 28, 1].
  case mnist
  /// ``CIFAR10``: images [32, 32, 3].
  case cifar10
  /// A table of one label and numbers a row: ``ClassificationDataset``.
  case csv(path: String)
  /// A folder of arrays: ``NPYFolder``.
  case npyFolder(path: String)

  /// The names of data sets; files and folders are named by their paths.
  public static let names = ["digits", "fashion-mnist", "mnist", "cifar-10"]

  /// What a text names: one of ``names``, a path that ends in `.csv`, or a folder.
  ///
  /// A folder that is called like a data set needs a slash: `./mnist`.
  public init(_ text: String) throws(DatasetFileError) {
    switch text {
    case "digits": self = .digits
    case "fashion-mnist": self = .fashionMNIST
    case "mnist": self = .mnist
    case "cifar-10": self = .cifar10
    case _ where text.lowercased().hasSuffix(".csv") && !isFolder(text): self = .csv(path: text)
    case _ where isFolder(text): self = .npyFolder(path: text)
    default: throw .unknownDataset(text)
    }
  }

  /// The text that names it.
  public var text: String {
    switch self {
    case .digits: "digits"
    case .fashionMNIST: "fashion-mnist"
    case .mnist: "mnist"
    case .cifar10: "cifar-10"
    case .csv(let path), .npyFolder(let path): path
    }
  }

  /// Whether its files lie in a folder of their own, so that `load` makes use of a data directory.
  public var usesDataDirectory: Bool {
    switch self {
    case .fashionMNIST, .mnist, .cifar10: true
    case .digits, .csv, .npyFolder: false
    }
  }

  /// Reads the samples to train on and those to test with.
  ///
  /// Of a CSV file a fifth, at least one row, is set apart for testing; see
  /// ``ClassificationDataset/split(testCount:seed:)``.
  ///
  /// - Parameters:
  ///   - dataDirectory: the folder of the files of `fashionMNIST`, `mnist` and `cifar10`; nil for where
  ///     Debian's package puts Fashion-MNIST, and for `mnist` and `cifar-10` in the current folder.
  ///   - labelColumn: the column of a CSV file that holds the classes; nil for the usual names.
  public func load(
    dataDirectory: String? = nil, labelColumn: String? = nil
  ) throws(DatasetFileError) -> (training: any LabeledSamples, test: any LabeledSamples) {
    switch self {
    case .digits:
      let shape = Digits.imageShape + [1]
      return (Digits.training.shaped(shape), Digits.test.shaped(shape))
    case .fashionMNIST:
      return try FashionMNIST.load(directory: dataDirectory ?? FashionMNIST.defaultDirectory)
    case .mnist: return try MNIST.load(directory: dataDirectory ?? "mnist")
    case .cifar10: return try CIFAR10.load(directory: dataDirectory ?? "cifar-10")
    case .npyFolder(let path): return try NPYFolder.load(directory: path)
    case .csv(let path):
      let all = try ClassificationDataset(csv: path, labelColumn: labelColumn)
      do throws(DatasetError) {
        return try all.split(testCount: max(1, all.count / 5), seed: 0)
      } catch {
        throw .content(path: path, line: nil, error)
      }
    }
  }
}
