/// Reads IDX files of bytes, the format of MNIST: two zero bytes, the type 8 (unsigned byte), the number of
/// axes, the extents as big-endian 32-bit numbers, and the elements, row-major.
///
/// Source: Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits, "file formats".
enum IDXFile {
  /// Reads a file of `rank` axes, compressed with gzip or not.
  ///
  /// No more is inflated than the header promises; a file that goes on is refused, as is one that ends early.
  static func read(
    _ path: String, rank: Int
  ) throws(DatasetFileError) -> (shape: [Int], bytes: [UInt8]) {
    var file = try DataFile(path)
    let magic = try file.read(4)
    let expected: [UInt8] = [0, 0, 8, UInt8(rank)]
    guard magic == expected else {
      throw .badMagic(path: path, expected: expected, found: magic)
    }
    let header = try file.read(4 * rank)
    let shape = (0..<rank).map { axis in
      header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    for extent in shape {
      // Three extents below 2^32 may multiply to more than an Int holds.
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, extent > 0 else { throw .badShape(path: path, found: shape) }
      count = product
    }
    let bytes = try file.read(count)
    try file.expectEnd()
    return (shape, bytes)
  }
}
