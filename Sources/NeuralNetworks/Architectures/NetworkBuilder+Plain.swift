import LinearAlgebra

/// Networks whose layers stand one after the other.
extension NetworkBuilder {
  /// The MLP: "hidden1", "hidden1.norm", "hidden1.activation" and so on, then "output".
  mutating func addHiddenLayers(sampleShape: [Int], classCount: Int) {
    if sampleShape.count > 1 { add("flatten", Flatten()) }
    var width = sampleShape.reduce(1, *)
    for (index, next) in options.hiddenWidths.enumerated() {
      let name = "hidden\(index + 1)"
      addUnit(
        dense(from: width, to: next), channelCount: next, isSpatial: false,
        names: .init(layer: name, norm: "\(name).norm", activation: "\(name).activation"))
      width = next
    }
    add("output", dense(from: width, to: classCount, isLast: true))
  }

  /// LeNet: "conv1", "bn1", "act1", "pool1", the same with 2, "fc1", "bn3", "act3" and so on, then "fc3".
  mutating func addLeNet(sampleShape: [Int], classCount: Int) {
    var extents = Array(sampleShape[..<2])
    var channels = sampleShape[2]
    for (index, next) in [6, 16].enumerated() {
      // The first convolution keeps the extents, as in LeNet-5, whose images of 28x28 came in frames of 32x32.
      let padding = index == 0 ? 2 : extents.min().map { $0 >= 8 ? 0 : 2 } ?? 0
      let layer = convolution(from: channels, to: next, kernel: 5, padding: padding)
      addUnit(layer, channelCount: next, isSpatial: true, names: numbered("conv", index + 1, index))
      add("pool\(index + 1)", maximum())
      extents = layer.window.outputExtents(of: extents).map { $0 / 2 }
      channels = next
    }
    add("flatten", Flatten())
    var width = extents[0] * extents[1] * channels
    for (index, next) in [120, 84].enumerated() {
      addUnit(
        dense(from: width, to: next), channelCount: next, isSpatial: false,
        names: numbered("fc", index + 1, index + 2))
      width = next
    }
    add("fc3", dense(from: width, to: classCount, isLast: true))
  }

  private func numbered(_ layer: String, _ number: Int, _ index: Int) -> UnitNames {
    UnitNames(layer: "\(layer)\(number)", norm: "bn\(index + 1)", activation: "act\(index + 1)")
  }

  /// The network after VGG, with the names of PyTorch's: "features.0", "features.1" and so on, then "classifier".
  mutating func addVGG(sampleShape: [Int], classCount: Int) {
    var channels = sampleShape[2]
    var extents = Array(sampleShape[..<2])
    var count = 0
    func next() -> String {
      defer { count += 1 }
      return "features.\(count)"
    }
    for (pair, width) in [32, 64, 128, 256].enumerated() {
      for _ in 0..<2 {
        let first = next()
        let (second, third) = options.normalization == .none ? ("", next()) : (next(), next())
        let isBefore = options.placement == .before || second.isEmpty
        addUnit(
          convolution(from: channels, to: width), channelCount: width, isSpatial: true,
          names: UnitNames(
            layer: first, norm: isBefore ? second : third, activation: isBefore ? third : second))
        channels = width
      }
      if pair < 3 || extents.allSatisfy({ $0 > 1 }) {
        add(next(), maximum())
        extents = extents.map { $0 / 2 }
      }
    }
    add("pool", GlobalAveragePooling())
    add("classifier", dense(from: channels, to: classCount, isLast: true))
  }
}
