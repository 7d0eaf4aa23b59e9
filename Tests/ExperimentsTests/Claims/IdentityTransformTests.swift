import Testing

@testable import Experiments

@Suite struct IdentityTransformTests {
  @Test func `the same numbers come out again`() throws {
    let experiment = IdentityTransform()
    let first = try experiment.run(seed: 2, in: ExperimentContext())
    let second = try experiment.run(seed: 2, in: ExperimentContext())
    #expect(first == second)
    let keys = Set(experiment.criteria.map(\.key))
    #expect(Set(first.effects.keys) == keys)
  }

  @Test func `a layer that is undone has an error, within its bound`() throws {
    let outcome = try IdentityTransform().run(seed: 1, in: ExperimentContext())
    let errors = try #require(outcome.curves["layer"]?.y)
    #expect(errors.allSatisfy { $0 < 4.5 })
    #expect(errors.contains { $0 > 0 })
  }
}
