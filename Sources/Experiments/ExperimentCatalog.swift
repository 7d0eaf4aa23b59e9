/// All experiments, in the order of the claims.
public enum ExperimentCatalog {
  /// Every claim that is measured.
  public static let all: [any Experiment] = [
    FewerSteps(),
    MoreLayers(),
    LearningRates(),
    Initialisation(),
    PaperHeadline(),
    Placement(),
    FourArms(),
    IdentityTransform(),
    Regularisation(),
    Recipe(),
    SmallBatches(),
    BatchSizeRobustness(),
    InferenceStatistics(),
    MomentumOfStatistics(),
    DepthGradients(),
    ValleyAndBowl(),
    Smoothness(),
    CovariateShift(),
    Recurrent(),
    SingleSamples(),
  ]

  /// The experiment of a name, or nil.
  public static func experiment(named name: String) -> (any Experiment)? {
    all.first { $0.name == name }
  }
}
