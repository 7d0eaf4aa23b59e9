import Normalization

/// Residual networks for small images (He et al. 2015, arXiv:1512.03385, section 4.2), with the names of PyTorch's.
extension NetworkBuilder {
  /// "conv1", "bn1", "relu"; "layer1.0" and so on, three stages of 16, 32 and 64 channels, the second and third of half
  /// the extents; "avgpool", "fc".
  mutating func addResNet(_ blockCount: Int, sampleShape: [Int], classCount: Int) {
    add("conv1", convolution(from: sampleShape[2], to: 16))
    if let norm = norm(16, isSpatial: true) { add("bn1", norm) }
    add("relu", Activation(.relu, execution: options.execution))
    var channels = 16
    for (stage, width) in [16, 32, 64].enumerated() {
      for block in 0..<blockCount {
        let stride = stage > 0 && block == 0 ? 2 : 1
        add("layer\(stage + 1).\(block)", residual(from: channels, to: width, stride: stride))
        channels = width
      }
    }
    add("avgpool", GlobalAveragePooling())
    add("fc", dense(from: channels, to: classCount, isLast: true))
  }

  /// Two convolutions of 3x3, and past them the input: as it is, or by a convolution of 1x1 where the shape changes.
  private mutating func residual(
    from inputs: Int, to outputs: Int, stride: Int
  ) -> Residual<Float> {
    var body = NetworkBuilder(options)
    body.add("conv1", convolution(from: inputs, to: outputs, stride: stride))
    if let norm = norm(outputs, isSpatial: true) { body.add("bn1", norm) }
    body.add("relu", Activation(.relu, execution: options.execution))
    body.add("conv2", convolution(from: outputs, to: outputs))
    if let norm = norm(outputs, isSpatial: true) { body.add("bn2", norm) }
    guard stride > 1 || inputs != outputs else {
      return Residual(body: body.network, execution: options.execution)
    }
    var shortcut = NetworkBuilder(options)
    shortcut.add(
      "0", convolution(from: inputs, to: outputs, kernel: 1, stride: stride, padding: 0))
    if let norm = norm(outputs, isSpatial: true) { shortcut.add("1", norm) }
    return Residual(body: body.network, shortcut: shortcut.network, execution: options.execution)
  }
}
