import Testing

@testable import Experiments

@Suite struct IdentityTransformTests {
  @Test func `a layer that is undone has an error, within its bound`() throws {
    let outcome = try IdentityTransform().run(seed: 1, in: ExperimentContext())
    let errors = try #require(outcome.curves["layer"]?.y)
    #expect(errors.allSatisfy { $0 < 4.5 })
    #expect(errors.contains { $0 > 0 })
  }
}
