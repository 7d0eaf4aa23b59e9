/// A table whose numbers are colours: one number for each pair of two settings.
///
///     let map = HeatMap(
///       title: "Accuracy with batch normalization",
///       x: .init("initial deviation", numbers: [0.001, 0.01, 0.1, 1]),
///       y: .init("learning rate", numbers: [1, 0.1, 0.01]),
///       z: .init("accuracy", format: .percent),
///       values: accuracies)
///
/// The number stands in its cell where it has room in all cells. Cells without a number that the
/// scale can show are hatched. Colours are the same on light and dark ground.
public struct HeatMap: Chart {
  /// What the chart shows; its heading, and its name for screen readers.
  public var title: String
  /// The columns, from left to right.
  public var x: Categories
  /// The rows, from top to bottom.
  public var y: Categories
  /// What the cells count, and how colours are spread over it.
  public var z: LineChart.Axis
  /// The numbers: a row for each of `y`, with one number for each of `x`. What is missing counts as
  /// no number.
  public var values: [[Double]]
  /// The colours.
  public var palette: Palette
  /// The width of the whole drawing, in units of which the text is 13 high; at least 240.
  public var width: Double

  /// Creates a heat map.
  ///
  /// - Precondition: there is a row of values for each of `y`, with one value for each of `x`.
  public init(
    title: String, x: Categories, y: Categories, z: LineChart.Axis, values: [[Double]],
    palette: Palette = .sequential, width: Double = 720
  ) {
    let counts = values.map(\.count)
    precondition(
      counts.count == y.names.count && counts.allSatisfy { $0 == x.names.count },
      "The heat map \(title) has \(y.names.count) rows of \(x.names.count) columns, but values in "
        + "rows of \(counts).")
    self.title = title
    self.x = x
    self.y = y
    self.z = z
    self.values = values
    self.palette = palette
    self.width = width
  }
}

extension HeatMap {
  /// The rows or the columns: what they are, and the name of each.
  public struct Categories: Equatable, Sendable {
    /// What they are, such as "learning rate".
    public var label: String
    /// Their names.
    public var names: [String]

    /// Creates rows or columns with names.
    public init(_ label: String, names: [String]) {
      self.label = label
      self.names = names
    }

    /// Creates rows or columns of numbers, in the order given.
    public init(_ label: String, numbers: [Double]) {
      self.init(label, names: numbers.map { NumberText.significant($0) })
    }
  }

  /// Which colours stand for which numbers.
  public enum Palette: Equatable, Sendable {
    /// From dark blue for the lowest to light yellow for the highest number.
    case sequential
    /// From blue, below the centre, through light grey to orange, above it; as far from the centre
    /// to both sides.
    case diverging(center: Double)
  }

  /// The number of a cell.
  func value(row: Int, column: Int) -> Double {
    row < values.count && column < values[row].count ? values[row][column] : .nan
  }

  /// The range of the colours.
  var scale: AxisScale { AxisScale(z, values: values.joined()) }

  /// The colour at a fraction of the scale.
  func color(at fraction: Double, on scale: AxisScale) -> ScreenColor {
    guard case .diverging(let center) = palette, z.canDraw(center) else {
      return ColorScale.sequential.color(fraction)
    }
    // The further end is the full colour; a centre out of the range has one colour all on one side.
    let middle = scale.fraction(center)
    let reach = max(middle.magnitude, (1 - middle).magnitude)
    return ColorScale.diverging.color(0.5 + 0.5 * (fraction - middle) / reach)
  }

  /// The numbers of the cells, with as many digits as have room in all of them, or `nil` if even two
  /// have none. Hundredths go without their percent sign, which the scale has.
  func texts(cellWidth: Double) -> [[String]]? {
    let count = x.names.count
    let all = y.names.indices.flatMap { row in
      (0..<count).map { value(row: row, column: $0) }
    }
    for digits in [3, 2] {
      let known = NumberText.column(all.map { z.canDraw($0) ? $0 : nil }, on: z, digits: digits)
      let texts = zip(all, known).map { value, text in
        guard !z.canDraw(value) else { return text.replacing(" %", with: "") }
        return value.isNaN ? "–" : NumberText.significant(value, digits: digits)
      }
      if texts.allSatisfy({ TextWidth.estimate($0) <= cellWidth - 6 }) {
        return y.names.indices.map { Array(texts[$0 * count..<($0 + 1) * count]) }
      }
    }
    return nil
  }
}
