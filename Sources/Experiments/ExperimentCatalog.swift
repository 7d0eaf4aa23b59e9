/// All experiments, in the order of the claims.
public enum ExperimentCatalog {
  /// Every claim that is measured.
  public static let all: [any Experiment] = [
    FewerSteps()
  ]

  /// The experiment of a name, or nil.
  public static func experiment(named name: String) -> (any Experiment)? {
    all.first { $0.name == name }
  }
}
