public import Plots

/// A claim about batch normalization, and how it is put to the test.
///
/// Everything but ``run(seed:in:)`` and ``sections(_:_:)`` is said before anything is measured. What came out is
/// computed by ``Finding``; nobody writes it.
public protocol Experiment: Sendable {
  /// What the command line calls it, such as "learning-rates".
  var name: String { get }
  /// The rows of the list of claims that it belongs to, such as "C2".
  var claimNumbers: [String] { get }
  /// The claim in one sentence.
  var claim: String { get }
  /// Who claims it: papers, and the sources by letter.
  var sources: [String] { get }
  /// The experiment whose claim says the opposite, by name.
  var contradicts: String? { get }
  /// The question whose answer decides.
  var criterion: Criterion { get }
  /// Other questions, answered in the same way and shown beside.
  var furtherCriteria: [Criterion] { get }
  /// How it is measured: network, data, arms, sweep.
  func procedure(_ form: ExperimentForm) -> [Setting]
  /// Runs all arms with one seed.
  ///
  /// A function of the seed and the form: the same numbers again on the same machine.
  ///
  /// - Throws: `CancellationError` when the context says so, and whatever data and layers refuse.
  func run(seed: UInt64, in context: ExperimentContext) throws -> SeedOutcome
  /// Pictures and tables of what came out.
  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block]
}

extension Experiment {
  /// None.
  public var contradicts: String? { nil }
  /// None.
  public var furtherCriteria: [Criterion] { [] }
  /// The first and the others.
  public var criteria: [Criterion] { [criterion] + furtherCriteria }
}

/// A question with a number per seed for an answer.
public struct Criterion: Equatable, Codable, Sendable {
  /// Under which ``SeedOutcome/effects`` has the number.
  public var key: String
  /// What the number says, such as "steps of the plain network over those of the normalised one".
  public var effect: String
  /// How the number is written.
  public var scale: Scale
  /// What confirms and what refutes.
  public var rule: DecisionRule

  /// How an effect is written.
  public enum Scale: Equatable, Codable, Sendable {
    /// As it is, with a unit that may be empty.
    case number(unit: String)
    /// A difference of shares, in percentage points.
    case points
    /// A logarithm to the base 2, written as a factor: 3 is "8 times".
    case factor
  }

  /// Puts a question.
  public init(_ key: String, _ effect: String, _ scale: Scale, _ rule: DecisionRule = .positive) {
    (self.key, self.effect, self.scale, self.rule) = (key, effect, scale, rule)
  }
}

/// A line of a table of settings.
public struct Setting: Equatable, Codable, Sendable {
  /// What is set.
  public var name: String
  /// To what.
  public var value: String

  /// Sets something.
  public init(_ name: String, _ value: String) {
    (self.name, self.value) = (name, value)
  }
}
