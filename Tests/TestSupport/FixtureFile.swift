public import Foundation
import TensorFiles
public import Tensors

/// A file of test cases that a script made: a case's tensors are `NNN/name`, and under the key NNN of the metadata stands
/// its setting, JSON in snake case.
public struct FixtureFile<Setting: Decodable & Sendable>: Sendable {
  /// The cases by number.
  public let cases: [Case]

  /// A case: its setting and its tensors.
  public struct Case: Sendable, CustomStringConvertible {
    /// Three digits.
    public let number: String
    /// What the tensors belong to.
    public let setting: Setting
    /// The setting's name, where it has one.
    public let description: String
    private let tensors: NamedTensors

    init(_ number: String, _ text: String, _ tensors: NamedTensors) throws {
      let data = Data(text.utf8)
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      setting = try decoder.decode(Setting.self, from: data)
      description = "case \(number), \(try decoder.decode(Name.self, from: data).name ?? "")"
      self.number = number
      self.tensors = tensors
    }

    /// A tensor in an element type. Float32 numbers are exact in Double.
    public func tensor<Scalar: TensorScalar>(
      _ name: String, _ type: Scalar.Type
    ) throws -> Tensor<Scalar> {
      try tensors.tensor(named: "\(number)/\(name)").converted(to: type)
    }

    /// The same, or nil where there is none of this name.
    public func optional<Scalar: TensorScalar>(
      _ name: String, _ type: Scalar.Type
    ) throws -> Tensor<Scalar>? {
      contains(name) ? try tensor(name, type) : nil
    }

    /// A tensor in Double.
    public func expected(_ name: String) throws -> Tensor<Double> { try tensor(name, Double.self) }

    /// Whether the case has a tensor of this name.
    public func contains(_ name: String) -> Bool { tensors.contains("\(number)/\(name)") }
  }

  /// Reads `Fixtures/name.safetensors` of a test target.
  public init(_ name: String, in bundle: Bundle) throws {
    guard let path = bundle.path(forResource: "Fixtures/\(name)", ofType: "safetensors") else {
      throw MissingFixture(name: name)
    }
    let tensors = try SafetensorsFile.read(path)
    cases = try tensors.metadata.filter { Int($0.key) != nil }.sorted { $0.key < $1.key }.map {
      try Case($0.key, $0.value, tensors)
    }
  }
}

private struct Name: Decodable {
  var name: String?
}

/// There is no such file among a test target's resources.
public struct MissingFixture: Error {
  /// The name that was asked for.
  public let name: String
}
