import NeuralNetworks
import Normalization
import Testing

/// The bound of a fold holds, and is not so wide that anything would do.
@Suite struct FoldingBoundTests {
  struct Case: CustomStringConvertible, Sendable {
    var inputs: Int
    var mean: Double
    var deviation: Double
    var epsilon: Double
    var isBehind: Bool

    var description: String {
      "\(inputs) inputs, mean \(mean), deviation \(deviation), epsilon \(epsilon), "
        + "normalization \(isBehind ? "behind" : "before") the dense layer"
    }

    static let all: [Case] = [true, false].flatMap { isBehind in
      [1, 3, 64, 300].flatMap { inputs in
        [(1, 1, 1e-5), (100, 1, 1e-5), (1e4, 1, 1e-5), (1, 1e-6, 0), (30, 1e-3, 1e-5), (0, 1e8, 0)]
          .map { mean, deviation, epsilon in
            Case(
              inputs: inputs, mean: mean, deviation: deviation, epsilon: epsilon,
              isBehind: isBehind)
          }
      }
    }
  }

  /// A pair, and probes whose normalised values are of size 1.
  private func pair<Scalar: NetworkScalar>(
    _ settings: Case, seed: UInt64, _ type: Scalar.Type
  ) throws -> (network: Sequential<Scalar>, probe: Tensor<Scalar>) {
    var generator = SeededGenerator(seed: seed)
    let outputs = 20
    let dense: Dense<Scalar> = sampleDense(settings.inputs, outputs, using: &generator)
    var probe = Tensor<Scalar>(normal: [16, settings.inputs], using: &generator)
    var norm: BatchNorm<Scalar> = sampleNorm(
      settings.isBehind ? outputs : settings.inputs, mean: settings.mean,
      deviation: settings.deviation, epsilon: settings.epsilon, using: &generator)
    if settings.isBehind {
      // Statistics of the dense layer's outputs on the probes, scaled and moved to the wanted size.
      for index in 0..<probe.count {
        probe[index] = Scalar(settings.mean + settings.deviation * Double(probe[index]))
      }
      let outputs = try BatchNorm<Scalar>(featureCount: 20).trainingPass(dense.inference(probe))
      norm.runningStatistics = RunningStatistics(
        mean: outputs.record.statistics.mean, variance: outputs.record.statistics.variance)
      return (Sequential([.init("dense", dense), .init("norm", norm)]), probe)
    }
    let running = try #require(norm.runningStatistics)
    for index in 0..<probe.count {
      let channel = index % settings.inputs
      let deviation = running.variance[channel].squareRoot()
      probe[index] = Scalar(running.mean[channel] + deviation * Double(probe[index]))
    }
    return (Sequential([.init("norm", norm), .init("dense", dense)]), probe)
  }

  @Test(arguments: Case.all, [UInt64(1), 2, 3])
  func `no difference exceeds the bound, which is within reach of rounding`(
    settings: Case, seed: UInt64
  ) throws {
    func check<Scalar: NetworkScalar>(_ type: Scalar.Type) throws {
      let (network, probe) = try pair(settings, seed: seed, type)
      let report = network.folded(probes: probe, tolerance: .infinity).report
      let certificate = try #require(report.certificates.first, "\(report)")
      #expect(certificate.shareOfBound <= 1)
      #expect(certificate.largestDifference > 0)
      // The bound adds up k magnitudes k times. Of errors and terms of either sign some sqrt(k) of k remain, so
      // about a k-th of it is found; a bound of more than 6 (k + 16) times what was found would say little.
      let slack = 6 * Double(settings.inputs + 16)
      #expect(
        certificate.bound <= slack * certificate.largestDifference,
        "bound \(certificate.bound), found \(certificate.largestDifference), seed \(seed)")
      #expect(certificate.largestDifference == report.networkDifference)
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test func `a bound for ordinary data is a small part of the output`() throws {
    let settings = Case(inputs: 64, mean: 1, deviation: 1, epsilon: 1e-5, isBehind: true)
    let (network, probe) = try pair(settings, seed: 1, Float.self)
    let certificate = try #require(network.folded(probes: probe).report.certificates.first)
    #expect(certificate.bound < 2e-4 * certificate.largestOutput)
    #expect(certificate.largestDifference < 1e-5 * certificate.largestOutput)
  }

  @Test func `subnormal weights and products are within the bound`() throws {
    var norm = BatchNorm<Float>(featureCount: 2, epsilon: 0)
    norm.runningStatistics = RunningStatistics(mean: [0, 0], variance: [1e10, 1])
    let weights = Tensor<Double>([1e-36, 3e-39, 1e-36, 1e-39], shape: [2, 2])
    let dense = Dense<Float>(weight: weights.converted(to: Float.self))
    let network = Sequential<Float>([.init("dense", dense), .init("norm", norm)])
    let probe = Tensor<Float>([1, 0.3, 1e-3, 17, 1e20, 3e21], shape: [3, 2])
    let report = network.folded(probes: probe, tolerance: .infinity).report
    #expect(report.certificates.count == 1, "\(report)")
  }
}
