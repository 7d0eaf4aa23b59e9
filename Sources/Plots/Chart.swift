/// A picture of numbers: drawn as SVG, told in words, and given as a table and as a file.
///
/// Every chart draws any numbers: what is not finite leaves a gap, and a chart without numbers shows
/// its empty frame. Text never covers other text. Colours follow the reader's preference for light
/// or dark, and are told apart with every kind of colour vision.
///
/// The charts of this module conform to it; drawings are made by none other.
public protocol Chart: Equatable, Sendable {
  /// What the chart shows; its heading, and its name for screen readers.
  var title: String { get }

  /// The chart in words, for readers who do not see it.
  var description: String { get }

  /// The numbers as a table for readers, rounded, and thinned where there are very many.
  func dataTable() -> ReportTable

  /// All numbers, with every digit: rows of fields, the first of them the fields' names.
  ///
  /// A number that is missing is an empty field; one that is not finite reads `nan`, `inf` or
  /// `-inf`.
  func records() -> [[String]]

  /// The picture.
  ///
  /// - Parameters:
  ///   - width: The width of the picture; `nil` takes the chart's own. A width for a narrow screen
  ///     may make the picture lower, too.
  ///   - id: The start of the ids in the picture: ASCII letters, digits, - and _.
  func drawing(width: Double?, id: String) -> ChartDrawing
}

/// The picture of a chart, before it stands in an element of its own.
public struct ChartDrawing: Equatable, Sendable {
  /// The width of the picture.
  public let width: Double
  /// The height of the picture.
  public let height: Double
  /// The elements of the picture, from (0, 0) at its top left.
  let elements: String
}

extension Chart {
  /// All numbers as comma-separated values, with a head line and every digit.
  public func csv() -> String { records().map(CSV.line).joined() }

  /// Whether `other` is the same kind of chart and equal.
  func isEqual(to other: any Chart) -> Bool { (other as? Self) == self }
}
