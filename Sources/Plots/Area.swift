/// A rectangle of the drawing.
struct Area: Equatable {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double

  init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  init(middle: Pixel, width: Double, height: Double) {
    self.init(
      left: middle.x - width / 2, top: middle.y - height / 2, right: middle.x + width / 2,
      bottom: middle.y + height / 2)
  }

  var width: Double { right - left }
  var height: Double { bottom - top }
  var middle: Pixel { Pixel(x: (left + right) / 2, y: (top + bottom) / 2) }

  /// The rectangle as an element; its colours are those of the classes, or in `attributes`.
  func rect(classes: String = "", attributes: String = "") -> String {
    let name = classes.isEmpty ? "" : " class=\"\(classes)\""
    return "<rect\(name) x=\"\(NumberText.coordinate(left))\" y=\"\(NumberText.coordinate(top))\""
      + " width=\"\(NumberText.coordinate(width))\" height=\"\(NumberText.coordinate(height))\""
      + "\(attributes.isEmpty ? "" : " " + attributes)/>\n"
  }

  func contains(_ pixel: Pixel) -> Bool {
    left <= pixel.x && pixel.x <= right && top <= pixel.y && pixel.y <= bottom
  }

  func contains(_ other: Area) -> Bool {
    left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
  }

  func overlaps(_ other: Area) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }
}
