/// A place in the drawing: x to the right, y down.
struct Pixel: Equatable {
  var x: Double
  var y: Double
}

/// The `d` attribute of SVG paths.
enum PathData {
  /// An open line through `pixels`.
  static func line(_ pixels: [Pixel]) -> String {
    var data = ""
    for pixel in pixels {
      data += data.isEmpty ? "M" : "L"
      data += NumberText.coordinate(pixel.x) + " " + NumberText.coordinate(pixel.y)
    }
    return data
  }

  /// The area between two edges, both given from left to right.
  static func area(lower: [Pixel], upper: [Pixel]) -> String {
    lower.isEmpty ? "" : line(upper + lower.reversed()) + "z"
  }
}
