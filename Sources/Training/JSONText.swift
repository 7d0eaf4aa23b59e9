#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A value as JSON with sorted keys, the same for the same value. Numbers keep their bits.
func jsonText(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("A \(type(of: value)) cannot be written as JSON.")
  }
  return String(decoding: data, as: UTF8.self)
}

/// The value of a JSON text, or nil where the text is of another type.
func jsonValue<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return try? decoder.decode(type, from: Data(text.utf8))
}
