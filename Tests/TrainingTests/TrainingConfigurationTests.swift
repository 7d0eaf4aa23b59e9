import NeuralNetworks
import Testing

@testable import Training

@Suite struct TrainingConfigurationTests {
  @Test func `JSON keeps every number`() throws {
    var configuration = RunSamples.configuration()
    configuration.seed = .max
    configuration.clipping = .value(0.1)
    configuration.patience = 3
    configuration.loss = .crossEntropy(smoothing: 0.1)
    configuration.learningRate.initial = 0.1 + 0x1p-56
    configuration.details["a \"quoted\" name"] = "line\nbreak"
    let text = jsonText(configuration)
    #expect(jsonValue(TrainingConfiguration.self, text) == configuration)
    #expect(text == jsonText(configuration))
    #expect(jsonValue(TrainingConfiguration.self, "{}") == nil)
    #expect(jsonValue(Double.self, jsonText(Double.infinity)) == .infinity)
  }

  @Test func `plans make what they say`() {
    var plan = OptimizerPlan()
    #expect(plan.make(learningRate: 0.5) is SGD<Float>)
    plan.kind = .adam
    #expect((plan.make(learningRate: 0.5) as? Adam<Float>)?.learningRate == 0.5)
    plan.kind = .adamw
    plan.weightDecay = 0.25
    plan.decaysEverything = true
    let adamW = plan.make(learningRate: 0.5) as? AdamW<Float>
    #expect(adamW?.weightDecay == 0.25 && adamW?.decayedRoles == .everything)
  }

  @Test func `rates over a run`() {
    func rates(_ kind: RatePlan.Kind, _ steps: [Int]) -> [Double] {
      var plan = RatePlan()
      (plan.kind, plan.initial, plan.factor, plan.interval) = (kind, 8, 0.5, 2)
      plan.warmUpSteps = 1
      let schedule = plan.schedule(steps: 5)
      return steps.map { schedule($0) }
    }
    #expect(rates(.constant, [0, 1, 4]) == [4, 8, 8])
    #expect(rates(.step, [0, 1, 2, 3, 4, 5]) == [4, 8, 8, 4, 4, 2])
    #expect(rates(.exponential, [0, 1, 2, 3]) == [4, 8, 4, 2])
    #expect(rates(.linear, [0, 1, 3, 5]) == [4, 8, 4, 0])
    #expect(abs(rates(.cosine, [3])[0] - 4) < 1e-12)
    #expect(rates(.cosine, [0, 1, 5]) == [4, 8, 0])
  }

  @Test func `lengths in steps and epochs`() {
    #expect(TrainingConfiguration.Length.steps(7).steps(perEpoch: 3) == 7)
    #expect(TrainingConfiguration.Length.epochs(7).steps(perEpoch: 3) == 21)
  }
}
