import Tensors

/// Moves and flips an image in place.
struct ImageMover {
  private let (height, width, channelCount): (Int, Int, Int)
  /// A row of background.
  private let emptyRow: [Float]
  /// The image as it was.
  private var old: [Float]

  /// Images [height, width, channels]; a background for each channel, or one for all.
  init(imageShape: [Int], background: [Float]) {
    let channelCount = imageShape[2]
    (height, width, self.channelCount) = (imageShape[0], imageShape[1], channelCount)
    emptyRow = (0..<imageShape[1] * channelCount).map {
      background[background.count == 1 ? 0 : $0 % channelCount]
    }
    old = Array(repeating: 0, count: height * width * channelCount)
  }

  /// Flips the image that begins at `start`, then moves it; what was not in it becomes background.
  mutating func move(
    _ pixels: inout MutableSpan<Float>, from start: Int, down: Int, right: Int, isFlipped: Bool
  ) {
    if down == 0, right == 0, !isFlipped { return }
    let rowLength = width * channelCount
    // Where rows and columns lie within the image is decided once for each row, so the loops check nothing.
    precondition(
      start >= 0 && start + old.count <= pixels.count, "The batch ends before the image does.")
    for i in old.indices { old[i] = pixels[unchecked: start &+ i] }
    let (old, emptyRow) = (old.span, emptyRow.span)
    // The part of a row that holds the image; empty where it has moved out altogether.
    let first = min(max(right, 0), width) * channelCount
    let end = max(min(width + right, width) * channelCount, first)
    for y in 0..<height {
      let row = start + y * rowLength
      let isEmpty = !(0..<height).contains(y - down)
      for i in 0..<(isEmpty ? rowLength : first) {
        pixels[unchecked: row &+ i] = emptyRow[unchecked: i]
      }
      if isEmpty { continue }
      for i in end..<rowLength { pixels[unchecked: row &+ i] = emptyRow[unchecked: i] }
      let oldRow = (y - down) * rowLength
      if !isFlipped {
        let from = oldRow - right * channelCount
        for i in first..<end { pixels[unchecked: row &+ i] = old[unchecked: from &+ i] }
        continue
      }
      // Column x of the result is column x - right of the flipped image, width - 1 - (x - right) of the old.
      var from = oldRow + (width - 1 + right) * channelCount - first
      for pixel in stride(from: row + first, to: row + end, by: channelCount) {
        for channel in 0..<channelCount {
          pixels[unchecked: pixel &+ channel] = old[unchecked: from &+ channel]
        }
        from -= channelCount
      }
    }
  }
}
