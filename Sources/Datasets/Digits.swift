import Tensors

/// Handwritten digits: 1,797 images of 8 by 8 pixels, carried in the program.
///
/// The test set of *Optical Recognition of Handwritten Digits* (E. Alpaydin and C. Kaynak, 1998, UCI
/// Machine Learning Repository, <https://doi.org/10.24432/C50P49>), licensed CC BY 4.0; the same
/// images in the same order as scikit-learn's `load_digits`.
///
/// A feature is a pixel, row by row: the number of dark ones among 4 by 4 points of the scanned
/// image, 0...16, divided by 16. The quotient is exact.
public enum Digits {
  /// What to write where the data are used.
  public static let attribution =
    "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, 1998, "
    + "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0"

  /// The rows and columns of an image.
  public static let imageShape = [8, 8]

  /// All 1,797 images: features [1797, 64], classes "0" to "9".
  public static let all = decoded(digitsData)

  /// The 1,437 images to train on: all but every fifth.
  ///
  /// The division needs no random numbers, so that any program in any language can repeat it. All 13
  /// writers of the set are in both parts, so the test accuracy says how well other images of the *same*
  /// hands are read.
  public static let training = all.subset(all.labels.indices.filter { $0 % 5 != 0 }, name: all.name)

  /// The 360 images to test with: every fifth of ``all``, from the first.
  public static let test = all.subset(all.labels.indices.filter { $0 % 5 == 0 }, name: all.name)

  /// Reads the lines of `DigitsData.swift`: a label digit, then pixels as letters from "A".
  private static func decoded(_ data: StaticString) -> ClassificationDataset {
    let pixelCount = imageShape.reduce(1, *)
    let lines = data.withUTF8Buffer { $0.split(separator: UInt8(ascii: "\n")).map(Array.init) }
    let labels = lines.map { Int($0[0] - UInt8(ascii: "0")) }
    let features = Tensor<Float>(unsafeUninitialized: [lines.count, pixelCount]) { pixels in
      for (row, line) in lines.enumerated() {
        for i in 0..<pixelCount {
          pixels[row * pixelCount + i] = Float(line[1 + i] - UInt8(ascii: "A")) / 16
        }
      }
    }
    return ClassificationDataset(
      name: "digits", checked: features, labels: labels, classNames: (0..<10).map(String.init))
  }
}
