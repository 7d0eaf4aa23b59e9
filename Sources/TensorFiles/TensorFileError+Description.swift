extension TensorFileError: CustomStringConvertible {
  /// What is wrong, where, and what to do.
  public var description: String {
    fileSystemDescription ?? binaryDescription ?? tableDescription ?? "The file cannot be used."
  }

  private var fileSystemDescription: String? {
    switch self {
    case .notFound(let path):
      "\(shown(path)): there is no such file. Check the path."
    case .isDirectory(let path):
      "\(shown(path)): this is a directory; expected a file. Add a file name."
    case .notARegularFile(let path):
      "\(shown(path)): this is not a regular file. Save the data to a file first."
    case .unreadable(let path, let reason):
      "\(shown(path)): cannot be read: \(shown(reason)). Check the file and its permissions."
    case .unwritable(let path, let reason):
      "\(shown(path)): cannot be written: \(shown(reason)). Choose another place or mend this one."
    case .tooLarge(let path, let byteCount, let limit):
      "\(shown(path)): the file has \(byteCount) bytes, but the memory of this machine allows "
        + "\(limit). Split the file."
    case .unknownSuffix(let path):
      "\(shown(path)): the suffix names no known format. Use .npy, .safetensors or .csv."
    case .emptyFile(let path):
      "\(shown(path)): the file is empty. Write it again."
    default: nil
    }
  }

  private var binaryDescription: String? {
    switch self {
    case .truncated(let path, let expected, let found):
      "\(shown(path)): the file ends early: expected \(expected) bytes, found \(found). "
        + "Copy or write it again."
    case .trailingBytes(let path, let expected, let found):
      "\(shown(path)): the file goes on after its tensors: expected \(expected) bytes, found "
        + "\(found). Write it again."
    case .badMagic(let path, let format):
      "\(shown(path)): this is no \(format.name) file: \(format.beginning). "
        + "Check that the suffix fits the content."
    case .headerTooLarge(let path, let found, let limit):
      "\(shown(path)): the header has \(found) bytes, but at most \(limit) are allowed. "
        + "The file is damaged or of another format."
    case .badHeader(let path, let reason):
      "\(shown(path)): the header is wrong: \(shown(reason)). Write the file again."
    case .unsupportedType(let path, let tensor, let found):
      "\(shown(path)): \(subject(tensor)) of type \(quoted(found)); expected 32-bit or 64-bit "
        + "floating point numbers (F32, F64). Convert it first."
    case .shapeTooLarge(let path, let tensor, let shape):
      "\(shown(path)): \(subject(tensor)) of shape \(shown(shape)), more elements than memory can "
        + "hold. The file is damaged."
    case .unsupportedVersion(let path, let found):
      "\(shown(path)): the NPY version is \(found); expected 1.0, 2.0 or 3.0. "
        + "Write the file with numpy.save."
    default: safetensorsDescription
    }
  }

  private var safetensorsDescription: String? {
    switch self {
    case .duplicateName(let path, let name):
      "\(shown(path)): the name \(quoted(name)) occurs twice. Give every tensor its own name."
    case .noSuchTensor(let path, let name, let available):
      "\(shown(path)): there is no tensor \(quoted(name)); found \(list(available)). "
        + "Rename the tensor or ask for one of these."
    case .reservedName(let path, let name):
      "\(shown(path)): the name \(quoted(name)) is reserved by the format. Rename the tensor."
    case .offsetsReversed(let path, let tensor, let begin, let end):
      "\(shown(path)): the tensor \(quoted(tensor)) begins at offset \(begin); expected one up to "
        + "its end, \(end). The file is damaged."
    case .offsetsNotContiguous(let path, let tensor, let expected, let found):
      "\(shown(path)): the tensor \(quoted(tensor)) begins at offset \(found); expected "
        + "\(expected), where the one before it ends. The file is damaged."
    case .byteCountDisagrees(let path, let tensor, let dtype, let shape, let expected, let found):
      "\(shown(path)): the tensor \(quoted(tensor)) of type \(dtype) and shape \(shown(shape)) "
        + "has \(found) bytes; expected \(expected). The file is damaged."
    default: nil
    }
  }

  private var tableDescription: String? {
    switch self {
    case .notUTF8(let path, let line):
      "\(shown(path)), line \(line): the text is not UTF-8. Save the file as UTF-8."
    case .emptyLine(let path, let line):
      "\(shown(path)), line \(line): the line is empty. Remove it."
    case .emptyCell(let path, let line, let column):
      "\(shown(path)), line \(line), column \(column): the cell is empty; expected a number. "
        + "Write nan for a missing one."
    case .raggedRow(let path, let line, let expected, let found):
      "\(shown(path)), line \(line): expected \(expected) cells as in the first row, found "
        + "\(found). Give every row as many cells."
    case .notANumber(let path, let line, let column, let text):
      "\(shown(path)), line \(line), column \(column): expected a number, found \(quoted(text)). "
        + "Write numbers like -1.5e-3, nan or inf."
    case .unterminatedQuote(let path, let line):
      "\(shown(path)), line \(line): the quotation mark opened here is never closed. Close it."
    case .strayQuote(let path, let line, let column):
      "\(shown(path)), line \(line), column \(column): a quotation mark has to begin or end a "
        + "cell. Quote the whole cell and double the marks inside it."
    case .headerWithoutRows(let path):
      "\(shown(path)): there are column names, but no row of numbers. Add one."
    case .notATable(let path, let shape):
      "\(shown(path)): a CSV file holds one or two axes and at least one number; found the shape "
        + "\(shown(shape)). Write .npy or .safetensors."
    default: nil
    }
  }

  private func subject(_ tensor: String?) -> String {
    if let tensor { "the tensor \(quoted(tensor)) is" } else { "the array is" }
  }

  private func list(_ names: [String]) -> String {
    if names.isEmpty { return "none" }
    let first = names.prefix(12).map(quoted).joined(separator: ", ")
    return names.count > 12 ? "\(first) and \(names.count - 12) more" : first
  }
}

/// A damaged file can claim a shape of thousands of axes.
private func shown(_ shape: [Int]) -> String {
  let extents = shape.prefix(12).map(String.init).joined(separator: ", ")
  return "[\(extents)\(shape.count > 12 ? ", ..." : "")]"
}

private func shown(_ text: String) -> String { text.onOneLine }

/// Text of a file in quotation marks, short whatever the file holds.
private func quoted(_ text: String) -> String {
  let limit = 60
  let end = text.unicodeScalars.prefix(limit)
  return "\"\(shown(String(end)))\(end.endIndex < text.unicodeScalars.endIndex ? "..." : "")\""
}
