extension Comparison.Result {
  /// What is written as JSON: the result, what follows from it, and the command that repeats it.
  public struct Numbers: Encodable, Sendable {
    /// The best evaluation of each network.
    public var best: [Comparison.Point?]
    /// See ``Comparison/Result/stepsToPass``.
    public var stepsToPass: Int?
    /// See ``Comparison/Result/stepRatio``.
    public var stepRatio: Double?
    /// The command that repeats the comparison.
    public var command: String
    /// Everything else.
    public var result: Comparison.Result
  }

  /// Every number, with the command that repeats the comparison.
  public func numbers(command: String) -> Numbers {
    Numbers(
      best: networks.map(\.best), stepsToPass: stepsToPass, stepRatio: stepRatio, command: command,
      result: self)
  }
}
