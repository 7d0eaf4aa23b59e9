import Conventions
import Normalization
import Testing

@Suite struct NormalizationConventionTests {
  private typealias Convention = NormalizationConvention

  /// Rows of the table as the systems' documentation has them.
  @Test(
    arguments: [
      (
        .pyTorch, 1e-5, 0.1, "new value", true,
        "weight bias running_mean running_var num_batches_tracked", 1
      ),
      (.keras, 1e-3, 0.99, "old value", false, "gamma beta moving_mean moving_variance", -1),
      (.onnx, 1e-5, 0.9, "old value", false, "scale B input_mean input_var", 1),
      (.flax, 1e-5, 0.99, "old value", false, "scale bias mean var", -1),
      (.mlx, 1e-5, 0.1, "new value", true, "weight bias running_mean running_var", -1),
    ] as [(NormalizationConvention, Double, Double, String, Bool, String, Int)])
  func `batch normalization of each system`(
    convention: NormalizationConvention, epsilon: Double, momentum: Double, meaning: String,
    isUnbiased: Bool, names: String, axis: Int
  ) throws {
    #expect(convention.epsilon(of: .batch) == epsilon)
    let number = try #require(convention.number(for: convention.momentum))
    #expect(abs(number - momentum) < 1e-15)
    #expect(convention.momentumMeaning.rawValue == meaning)
    #expect((convention.tracking == .unbiasedVariance) == isUnbiased)
    #expect((convention.tracking == .biasedVariance) == !isUnbiased)
    #expect(convention.axis == axis)
    let (parameters, statistics) = (
      convention.parameterNames(of: .batch), convention.statisticNames
    )
    let found = [
      parameters.scale, parameters.shift, statistics.mean, statistics.variance,
      statistics.batchesTracked,
    ]
    #expect(found.compactMap(\.self).joined(separator: " ") == names)
  }

  @Test func `0.9 of one meaning is 0.1 of the other`() {
    #expect(Convention.keras.number(for: .keeping(0.75)) == 0.75)
    #expect(Convention.pyTorch.number(for: .keeping(0.75)) == 0.25)
    #expect(Convention.mlx.number(for: .updating(0.25)) == 0.25)
    #expect(Convention.onnx.number(for: .cumulative) == nil)
  }

  @Test func `the family's names come from the same table`() {
    func names(_ convention: Convention, _ kind: NormalizationKind) -> String {
      let names = convention.parameterNames(of: kind)
      return [names.scale, names.shift].compactMap(\.self).joined(separator: " ")
    }
    #expect(
      NormalizationKind.allCases.map { names(.pyTorch, $0) }
        == ["weight bias", "weight bias", "weight", "weight bias", "weight bias"])
    #expect(
      NormalizationKind.allCases.map { names(.mlx, $0) }
        == ["weight bias", "weight bias", "weight", "weight bias", "weight bias"])
    #expect(
      NormalizationKind.allCases.map { names(.keras, $0) }
        == ["gamma beta", "gamma beta", "scale", "gamma beta", "gamma beta"])
    #expect(
      NormalizationKind.allCases.map { names(.onnx, $0) }
        == ["scale B", "Scale B", "scale", "scale B", "scale bias"])
    #expect(
      NormalizationKind.allCases.map { names(.flax, $0) }
        == ["scale bias", "scale bias", "scale", "scale bias", "scale bias"])
  }

  @Test func `epsilons of the family`() {
    let kinds = NormalizationKind.allCases
    #expect(kinds.map { Convention.pyTorch.epsilon(of: $0) } == [1e-5, 1e-5, nil, 1e-5, 1e-5])
    #expect(kinds.map { Convention.keras.epsilon(of: $0) } == [1e-3, 1e-3, 1e-6, 1e-3, 1e-3])
    #expect(kinds.map { Convention.flax.epsilon(of: $0) } == [1e-5, 1e-6, 1e-6, 1e-6, 1e-6])
    #expect(kinds.allSatisfy { Convention.onnx.epsilon(of: $0) == 1e-5 })
    #expect(kinds.allSatisfy { Convention.mlx.epsilon(of: $0) == 1e-5 })
  }
}
