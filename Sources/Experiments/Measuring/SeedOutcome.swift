/// What an experiment measured with one seed.
public struct SeedOutcome: Equatable, Codable, Sendable {
  /// The seed.
  public var seed: UInt64
  /// The answers to the criteria, by key.
  public var effects: [String: Double] = [:]
  /// Single numbers, by name.
  public var numbers: [String: Double] = [:]
  /// Courses over steps, sizes or rates, by name.
  public var curves: [String: Curve] = [:]

  /// A number at each of some places.
  public struct Curve: Equatable, Codable, Sendable {
    /// The places.
    public var x: [Double]
    /// The numbers; one that is not finite stands for none.
    public var y: [Double]

    /// Makes a curve.
    ///
    /// - Precondition: there are as many places as numbers.
    public init(x: [Double] = [], y: [Double] = []) {
      precondition(x.count == y.count, "\(x.count) places do not go with \(y.count) numbers.")
      (self.x, self.y) = (x, y)
    }

    /// Adds a number.
    public mutating func append(_ x: Double, _ y: Double) {
      self.x.append(x)
      self.y.append(y)
    }
  }

  /// Nothing yet.
  public init(seed: UInt64) {
    self.seed = seed
  }
}
