import Tensors

extension ClassificationDataset {
  /// Creates a data set from rows of numbers and a label cell for each, as a table file holds them.
  ///
  /// Without `classNames`, every distinct cell is a class. Where all cells are numbers, the classes
  /// stand in the order of the numbers, otherwise in that of the text; cells "0", "1", ... "k-1"
  /// are therefore used as they are. Cells are compared as text: "1" and "1.0" are two classes.
  ///
  /// - Parameters:
  ///   - name: what the data set is called in reports.
  ///   - rows: the features of each sample, all rows of the same length; finite also when rounded
  ///     to `Float`.
  ///   - labelCells: the label of each sample, none of them empty.
  ///   - classNames: the classes in their order, for a second file that has to agree with a first:
  ///     a test file may lack a class and would number them differently.
  public init(
    name: String, rows: [[Double]], labelCells: [String], classNames: [String]? = nil
  ) throws(DatasetError) {
    let width = rows.first?.count ?? 0
    guard width > 0 else { throw .empty(shape: [rows.count, width]) }
    guard labelCells.count == rows.count else {
      throw .labelCountMismatch(expected: rows.count, found: labelCells.count)
    }
    var elements: [Float] = []
    elements.reserveCapacity(rows.count * width)
    for (row, values) in rows.enumerated() {
      guard values.count == width else {
        throw .rowLengthMismatch(row: row + 1, expected: width, found: values.count)
      }
      for (column, value) in values.enumerated() {
        guard Float(value).isFinite else {
          throw .nonFiniteFeature(row: row + 1, column: column + 1, value: "\(value)")
        }
        elements.append(Float(value))
      }
    }
    for (row, cell) in labelCells.enumerated() where cell.isEmpty {
      throw .missingLabel(row: row + 1)
    }
    let classNames = classNames ?? Self.classNames(of: labelCells)
    let numbers = Dictionary(
      zip(classNames, classNames.indices), uniquingKeysWith: { first, _ in first })
    var labels: [Int] = []
    labels.reserveCapacity(labelCells.count)
    for (row, cell) in labelCells.enumerated() {
      guard let label = numbers[cell] else {
        throw .unknownLabel(row: row + 1, label: cell, classNames: classNames)
      }
      labels.append(label)
    }
    try self.init(
      name: name, features: Tensor(elements, shape: [rows.count, width]), labels: labels,
      classNames: classNames)
  }

  /// The distinct cells, in the order of their numbers where all have one, otherwise in that of the text.
  private static func classNames(of cells: [String]) -> [String] {
    let names = Set(cells).sorted()
    let numbers = names.compactMap { Double($0) }.filter { !$0.isNaN }
    guard numbers.count == names.count else { return names }
    return zip(numbers, names).sorted { $0 < $1 }.map(\.1)
  }
}
