import Tensors

// The standard library's `shuffle(using:)` may draw differently in another Swift version, and with it
// every split and every run would change. The rules are therefore written out here.
extension SeededGenerator {
  /// A number of 0..<bound, each equally likely (Lemire 2019, arXiv:1805.10941, section 4).
  ///
  /// The upper half of `random * bound`; products whose lower half falls under `2^64 mod bound`
  /// would favour some results and are drawn again.
  mutating func number(below bound: Int) -> Int {
    precondition(bound > 0, "A number below \(bound) was asked for; the bound has to be positive.")
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// The numbers 0..<count in random order, each order equally likely (Fisher and Yates, as Durstenfeld
  /// 1964: from the last place down, each swaps with a place at or before it).
  mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    var last = count - 1
    while last > 0 {
      order.swapAt(last, number(below: last + 1))
      last -= 1
    }
    return order
  }
}

/// The generator streams of this target, so that a program may use one seed for weights and data.
enum RandomStream {
  /// Stream of the split in two parts: "split" in ASCII.
  static let split: UInt64 = 0x73_706C_6974
  /// Stream of epoch 0's order, later epochs follow: "batches" in ASCII and a zero byte.
  static let firstEpoch: UInt64 = 0x6261_7463_6865_7300

  /// Stream of an image's augmentation: "augment" in ASCII and a zero byte, then 2^24 streams for each step, which
  /// is more than the images of a batch.
  static func augmentation(step: Int, image: Int) -> UInt64 {
    0x6175_676D_656E_7400 &+ UInt64(step) << 24 &+ UInt64(image)
  }
}
