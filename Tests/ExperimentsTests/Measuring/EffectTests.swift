import Experiments
import Normalization
import Testing

@Suite struct EffectTests {
  @Test
  func `the interval of six values is from the third smallest to the third largest mean of a set`()
  {
    // Sets in order of their means: {0}, {0, 1}, then {1} and {0, 1, 2} with 1 each.
    let effect = Effect([0, 1, 2, 4, 8, 16])
    #expect(effect.mean == 31.0 / 6)
    #expect(effect.low == 1)
    // {16}, {8, 16}, then {4, 16}.
    #expect(effect.high == 10)
  }

  @Test func `five values are the least that say something`() {
    let four = Effect([1, 1, 1, 1])
    #expect(four.mean == 1 && four.low == -.infinity && four.high == .infinity)
    let five = Effect([1, 2, 3, 4, 5])
    #expect(five.low == 1 && five.high == 5)
    #expect(Effect([]).low == -.infinity)
  }

  @Test func `a value that is not a number says nothing`() {
    let effect = Effect([1, 1, 1, 1, 1, .nan])
    #expect(effect.low == -.infinity && effect.high == .infinity)
  }

  /// The interval is the test turned round: counted over all signs.
  @Test func `numbers outside of the interval are those that the sign-flip test rejects`() {
    var generator = SeededGenerator(seed: 3)
    for count in 5...9 {
      let values = (0..<count).map { _ in generator.normal() }
      let effect = Effect(values)
      func probability(atLeast mean: Double, around center: Double) -> Double {
        let distances = values.map { $0 - center }
        let hits = (0..<(1 << count)).count { signs in
          let sum = distances.enumerated().reduce(0) {
            $0 + (signs >> $1.offset & 1 == 1 ? -$1.element : $1.element)
          }
          return sum >= distances.reduce(0, +) - 1e-12
        }
        return Double(hits) / Double(1 << count)
      }
      #expect(probability(atLeast: effect.mean, around: effect.low - 1e-9) <= Effect.errorRate)
      #expect(probability(atLeast: effect.mean, around: effect.low + 1e-9) > Effect.errorRate)
    }
  }

  @Test func `the interval moves and stretches with the values`() {
    let values = [0.3, -1, 2, 0.5, 0.25, 4]
    let effect = Effect(values)
    let other = Effect(values.map { 3 - 2 * $0 })
    #expect(abs(other.low - (3 - 2 * effect.high)) < 1e-12)
    #expect(abs(other.high - (3 - 2 * effect.low)) < 1e-12)
  }
}
