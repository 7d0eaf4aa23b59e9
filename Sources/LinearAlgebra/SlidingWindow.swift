/// What a convolution or a pooling looks at for one element of its output, and how that moves over the input.
///
///     input position = output position * stride - padding + kernel position * dilation
///     output extent  = (input extent + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1, rounded down
///
/// One number for each spatial axis: one of [N, length, C], two of [N, height, width, C]. Positions outside of the input
/// count as 0, or as nothing where a maximum is taken.
public struct SlidingWindow: Hashable, Sendable {
  /// How many elements it looks at.
  public let kernel: [Int]
  /// How far it moves from one element of the output to the next.
  public let stride: [Int]
  /// How far it begins before the input, and how far it may reach beyond.
  public let padding: [Int]
  /// The distance of two elements that it looks at; 1 leaves none out.
  public let dilation: [Int]

  /// The number of spatial axes, 1 or 2.
  public var rank: Int { kernel.count }

  /// Describes a window.
  ///
  /// - Parameters:
  ///   - kernel: how many elements it looks at; one or two positive numbers.
  ///   - stride: how far it moves; 1 everywhere by default.
  ///   - padding: how far it begins before the input; 0 everywhere by default.
  ///   - dilation: the distance of two elements that it looks at; 1 everywhere by default.
  public init(
    kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil
  ) {
    let ones = Array(repeating: 1, count: kernel.count)
    self.kernel = kernel
    self.stride = stride ?? ones
    self.padding = padding ?? ones.map { _ in 0 }
    self.dilation = dilation ?? ones
    precondition(
      kernel.count == 1 || kernel.count == 2,
      "A window has one or two spatial axes, but the kernel is \(kernel).")
    precondition(
      [self.stride, self.padding, self.dilation].allSatisfy { $0.count == kernel.count },
      """
      Stride \(self.stride), padding \(self.padding) and dilation \(self.dilation) need as many \
      numbers as the kernel \(kernel).
      """)
    precondition(
      (kernel + self.stride + self.dilation).allSatisfy { $0 > 0 }
        && self.padding.allSatisfy { $0 >= 0 },
      """
      Kernel \(kernel), stride \(self.stride) and dilation \(self.dilation) have to be positive, \
      padding \(self.padding) not negative.
      """)
  }

  /// The spatial extents of the output for those of an input.
  ///
  /// - Precondition: there are as many as the window has axes, and the window fits into the padded input.
  public func outputExtents(of input: [Int]) -> [Int] {
    precondition(
      input.count == rank,
      "The window \(kernel) has \(rank) axes, but the input has the extents \(input).")
    return input.indices.map { axis in
      let reach = dilation[axis] * (kernel[axis] - 1) + 1
      let room = input[axis] + 2 * padding[axis] - reach
      precondition(
        room >= 0,
        """
        The window reaches over \(reach) elements of axis \(axis), but the input has \
        \(input[axis]) with a padding of \(padding[axis]).
        """)
      return room / stride[axis] + 1
    }
  }
}
