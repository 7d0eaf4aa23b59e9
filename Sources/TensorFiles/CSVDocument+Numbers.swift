extension CSVDocument {
  /// The number a cell holds, by the rules of ``CSVTable``, or nil.
  public static func number(in cell: String) -> Double? {
    let bytes = Array(cell.utf8)
    return decimalNumber(bytes, in: bytes.startIndex..<bytes.endIndex)
  }
}
