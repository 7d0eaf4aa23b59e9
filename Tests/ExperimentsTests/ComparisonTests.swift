import Datasets
import Experiments
import NeuralNetworks
import Normalization
import Plots
import Testing

@Suite struct ComparisonTests {
  private func comparison(
    execution: Execution = .automatic, _ change: (inout Comparison.Configuration) -> Void
  ) throws -> Comparison {
    var configuration = Comparison.Configuration()
    configuration.layers = [12, 8]
    configuration.steps = 60
    change(&configuration)
    return try Comparison(
      configuration, training: Digits.training, test: Digits.test, execution: execution)
  }

  private func finished(
    execution: Execution = .automatic, _ change: (inout Comparison.Configuration) -> Void
  ) throws -> Comparison.Result {
    var comparison = try comparison(execution: execution, change)
    while !comparison.isFinished { try comparison.advance() }
    return comparison.result
  }

  @Test func `the defaults are the paper's first experiment`() {
    let defaults = Comparison.Configuration()
    #expect(defaults.layers == [100, 100, 100])
    #expect(defaults.activation == .sigmoid)
    #expect(defaults.batchSize == 60)
    #expect(defaults.learningRate == 0.1)
    #expect(defaults.initialDeviation == 0.1)
    #expect(defaults.steps == 10_000)
    #expect(defaults.evaluationInterval == 20)
  }

  @Test func `equal sides give equal weights: same start, same batches`() throws {
    for norm in NetworkNormalization.allCases where norm != .instance {
      let result = try finished { ($0.norm, $0.against) = (norm, norm) }
      #expect(result.networks[0].digest == result.networks[1].digest)
      #expect(result.networks[0].points == result.networks[1].points)
    }
  }

  @Test func `every evaluation is kept, the first before any step`() throws {
    let result = try finished { $0.steps = 50 }
    #expect(result.networks[0].points.map(\.step) == [0, 20, 40, 50])
    #expect(result.networks[0].points[0].trainingLoss == nil)
    #expect(result.networks[0].points.dropFirst().allSatisfy { $0.trainingLoss != nil })
    #expect(result.isComplete)
    for point in result.networks[1].points {
      let percentiles = try #require(point.percentiles)
      #expect(percentiles.low <= percentiles.median && percentiles.median <= percentiles.high)
    }
  }

  @Test func `the seed decides the run`() throws {
    let one = try finished { _ in }
    let again = try finished { _ in }
    let other = try finished { $0.seed = 2 }
    #expect(one.networks.map(\.digest) == again.networks.map(\.digest))
    #expect(one.networks.map(\.points) == again.networks.map(\.points))
    #expect(one.networks[0].digest != other.networks[0].digest)
  }

  @Test func `placement changes the network`() throws {
    let before = try finished { $0.placement = .before }
    let after = try finished { $0.placement = .after }
    #expect(before.networks[0].digest != after.networks[0].digest)
    #expect(before.networks[1].digest == after.networks[1].digest)
  }

  @Test func `a diverged network stops and says so, and the other goes on`() throws {
    // At this rate the plain network's units die at once and stay finite; the normalised one's weights grow
    // until they overflow.
    let result = try finished {
      $0.learningRate = 1000
      $0.activation = .relu
    }
    let stop = try #require(result.networks[0].stopped)
    #expect(stop.reason.contains("finite"))
    #expect(stop.step < 60)
    #expect(result.networks[0].points.allSatisfy { $0.testLoss.isFinite && $0.step <= stop.step })
    #expect(result.networks[1].stopped == nil)
    #expect(result.networks[1].points.map(\.step) == [0, 20, 40, 60])
  }

  @Test func `batches of one are refused where they are normalised`() throws {
    var comparison = try comparison { $0.batchSize = 1 }
    #expect(throws: ComparisonError.self) { try comparison.advance() }
  }

  @Test func `steps to pass and their ratio by hand`() throws {
    var result = try finished { $0.steps = 20 }
    let template = result.networks[0].points[0]
    func points(_ accuracies: [Double]) -> [Comparison.Point] {
      accuracies.enumerated().map { index, accuracy in
        var point = template
        (point.step, point.testAccuracy) = (index * 20, accuracy)
        return point
      }
    }
    result.networks[0].points = points([0.1, 0.9, 0.95, 0.97])
    result.networks[1].points = points([0.1, 0.2, 0.93, 0.95, 0.95, 0.94])
    // The best of the second is 0.95, first at step 60; the first exceeds it at step 60.
    #expect(result.networks[1].best?.step == 60)
    #expect(result.stepsToPass == 60)
    #expect(result.stepRatio == 1)
    result.networks[0].points = points([0.1, 0.96])
    #expect(result.stepsToPass == 20)
    #expect(result.stepRatio == 3)
    result.networks[0].points = points([0.1, 0.95])
    #expect(result.stepsToPass == nil)
  }

  @Test func `the report holds outcome, settings, digests and the command`() throws {
    let result = try finished { _ in }
    let html = result.report(command: "batchnorm compare --seed 1").html()
    for part in [
      result.networks[0].digest, result.networks[1].digest, "batchnorm compare --seed 1",
      "85th percentile", "15th percentile", "Test accuracy", "12, 8", "oneDNN",
    ] {
      #expect(html.contains(part), "\(part)")
    }
  }
}
