/// All experiments, in the order of the claims' numbers.
public enum ExperimentCatalog {
  /// Every claim that is measured.
  public static let all: [any Experiment] = [
    FewerSteps(),
    MoreLayers(),
    LearningRates(),
    Initialisation(),
    Regularisation(),
    CovariateShift(),
    DepthGradients(),
    ValleyAndBowl(),
    Smoothness(),
    SmallBatches(),
    BatchSizeRobustness(),
    InferenceStatistics(),
    MomentumOfStatistics(),
    Recipe(),
    PaperHeadline(),
    Placement(),
    Recurrent(),
    SingleSamples(),
    IdentityTransform(),
    FourArms(),
  ]

  /// The experiment of a name, or nil.
  public static func experiment(named name: String) -> (any Experiment)? {
    all.first { $0.name == name }
  }
}
