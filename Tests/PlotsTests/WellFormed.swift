import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Every element of `xml` with its attributes, in order; an issue is recorded if it is not
/// well-formed.
func elements(of xml: String, sourceLocation: SourceLocation = #_sourceLocation)
  -> [(name: String, attributes: [String: String])]
{
  let reader = ElementReader()
  let parser = XMLParser(data: Data(xml.utf8))
  parser.delegate = reader
  #expect(
    parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))",
    sourceLocation: sourceLocation)
  return reader.elements
}

/// Records an issue for each attribute of a drawing that holds a number that is not finite, and if
/// the drawing is not well-formed or has no elements.
func expectFiniteAttributes(
  _ svg: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  let all = elements(of: svg, sourceLocation: sourceLocation)
  #expect(!all.isEmpty, sourceLocation: sourceLocation)
  for (name, attributes) in all {
    for (key, value) in attributes where !["id", "class", "aria-labelledby"].contains(key) {
      let isFinite = !value.contains("nan") && !value.contains("inf")
      #expect(isFinite, "\(name) has \(key) \(value)", sourceLocation: sourceLocation)
    }
  }
}

private final class ElementReader: NSObject, XMLParserDelegate {
  var elements: [(name: String, attributes: [String: String])] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append((name, attributes))
  }
}
