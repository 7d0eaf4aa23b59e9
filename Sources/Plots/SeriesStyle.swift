extension LineChart {
  /// A colour of Okabe and Ito's palette, told apart with every kind of colour vision.
  ///
  /// Light and dark backgrounds take different members of it, so that lines keep a contrast of at
  /// least 3 to 1. The style sheet holds the values.
  ///
  /// Source: Okabe and Ito 2008, "Color Universal Design".
  public enum Color: String, CaseIterable, Equatable, Sendable {
    /// Blue; sky blue on dark.
    case blue
    /// Vermillion; orange on dark.
    case orange
    /// Bluish green.
    case green
    /// Reddish purple.
    case purple
    /// Black; yellow on dark.
    case black
  }

  /// How a line is broken.
  public enum Dash: CaseIterable, Equatable, Sendable {
    /// Unbroken.
    case solid
    /// Long strokes.
    case dashed
    /// Dots.
    case dotted
    /// A stroke and a dot in turn.
    case dashDotted

    /// The value of `stroke-dasharray`, for lines 2 wide.
    var pattern: String? {
      switch self {
      case .solid: nil
      case .dashed: "8 4"
      case .dotted: "2 3"
      case .dashDotted: "9 3 2 3"
      }
    }
  }

  /// The shape at the end of a line and on its sample in the legend.
  public enum Marker: CaseIterable, Equatable, Sendable {
    /// A disc.
    case circle
    /// A square.
    case square
    /// A triangle that points up.
    case triangle
    /// A square on its corner.
    case diamond
    /// A triangle that points down.
    case invertedTriangle
    /// An upright cross.
    case cross

    /// The outline around (`x`, `y`) as path data. The areas are about equal.
    func path(x: Double, y: Double) -> String {
      let corners: [(Double, Double)]
      switch self {
      case .circle:
        return "M\(NumberText.coordinate(x - 4.5)) \(NumberText.coordinate(y))"
          + "a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z"
      case .square: corners = [(-4, -4), (4, -4), (4, 4), (-4, 4)]
      case .triangle: corners = [(0, -5.5), (5.5, 4), (-5.5, 4)]
      case .diamond: corners = [(0, -6), (6, 0), (0, 6), (-6, 0)]
      case .invertedTriangle: corners = [(0, 5.5), (-5.5, -4), (5.5, -4)]
      case .cross:
        corners = [
          (-2, -6), (2, -6), (2, -2), (6, -2), (6, 2), (2, 2),
          (2, 6), (-2, 6), (-2, 2), (-6, 2), (-6, -2), (-2, -2),
        ]
      }
      return PathData.line(corners.map { Pixel(x: x + $0.0, y: y + $0.1) }) + "z"
    }
  }

  /// The looks of the series at `index`: what it asks for, otherwise what its turn gives.
  ///
  /// Five colours and four dashes have no common divisor, so their pairs repeat after twenty.
  func style(at index: Int) -> (color: Color, dash: Dash, marker: Marker) {
    func turn<Look>(_ looks: [Look]) -> Look { looks[index % looks.count] }
    let series = series[index]
    return (
      series.color ?? turn(Color.allCases), series.dash ?? turn(Dash.allCases),
      series.marker ?? turn(Marker.allCases)
    )
  }
}
