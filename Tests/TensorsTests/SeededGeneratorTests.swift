import Tensors
import Testing

/// The generator gives the numbers of its definition, on every machine.
@Suite struct SeededGeneratorTests {
  // From an implementation of SplitMix64 and xoshiro256** in Python, which for the SplitMix64 seed 0 gives
  // the published e220a8397b1dcdaf, 6e789e6aa1b965f4 and for the state 1, 2, 3, 4 the published 11520, 0.
  @Test(
    arguments: [
      (0, 0, [0xFB54_05F7_BD79_C540, 0x780C_98E2_6CEA_5883, 0x2A14_6E09_80FE_BC66]),
      (1, 0, [0xEE12_7FE6_1343_6E33, 0xD6DA_D8D3_4A18_74EA, 0x2A52_C16C_EC11_16A9]),
      (42, 0, [0x19E4_79E2_AAA7_7BFB, 0x5E3E_FE75_3BE2_7527, 0xC3ED_7125_B780_200A]),
      (42, 1, [0xC2FA_AA11_A6D3_AD7D, 0x20DF_1919_2867_3A4A, 0x9F1F_3BEF_7F9A_3F54]),
      (.max, 7, [0xED17_3BB6_7054_8728, 0xAEA3_8ED2_E5E9_A0D1, 0xB275_C500_13CE_8388]),
    ] as [(UInt64, UInt64, [UInt64])])
  func `the first numbers are those of xoshiro256**`(
    seed: UInt64, stream: UInt64, expected: [UInt64]
  ) {
    var generator = SeededGenerator(seed: seed, stream: stream)
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test func `equal seeds and streams give equal numbers, others do not`() {
    var generator = SeededGenerator(seed: 3, stream: 2)
    #expect(generator == SeededGenerator(seed: 3, stream: 2))
    let copy = generator
    _ = generator.next()
    #expect(generator != copy)
    var firsts: Set<UInt64> = []
    for seed in 0..<UInt64(20) {
      for stream in 0..<UInt64(20) {
        var generator = SeededGenerator(seed: seed, stream: stream)
        firsts.insert(generator.next())
      }
    }
    #expect(firsts.count == 400)
  }

  // 0xfb5405f7bd79c540 >> 11 times 2^-53, by integer division.
  @Test func `uniform numbers are the upper 53 bits of a number`() {
    var generator = SeededGenerator(seed: 0)
    #expect(generator.uniform() == Double(0xFB54_05F7_BD79_C540 >> 11 as UInt64) / 0x1p53)
    for _ in 0..<10_000 { #expect((0..<1).contains(generator.uniform())) }
  }

  // n = 200,000: the mean of a moment of order k errs by about sqrt(var/n): 0.0022 for the mean, 0.0032 for the
  // square, 0.0087 for the cube, 0.022 for the fourth power. Five of these are allowed.
  @Test(arguments: 0..<UInt64(4))
  func `normal numbers have the moments 0, 1, 0, 3`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var sums = [0.0, 0, 0, 0]
    let count = 200_000
    for _ in 0..<count {
      let x = generator.normal()
      for (order, power) in [x, x * x, x * x * x, x * x * x * x].enumerated() {
        sums[order] += power
      }
    }
    let moments = sums.map { $0 / Double(count) }
    for (moment, (expected, tolerance)) in zip(
      moments, [(0.0, 0.0112), (1.0, 0.0159), (0.0, 0.0434), (3.0, 0.11)])
    {
      #expect(abs(moment - expected) <= tolerance, "seed \(seed): \(moments)")
    }
  }

  // Correlation of n independent pairs: 1/sqrt(n) = 0.0032, five of which are allowed.
  @Test func `streams of a seed are not correlated`() {
    var (a, b) = (SeededGenerator(seed: 9), SeededGenerator(seed: 9, stream: 1))
    var sum = 0.0
    for _ in 0..<100_000 { sum += a.normal() * b.normal() }
    #expect(abs(sum / 100_000) <= 0.0158)
  }

  @Test func `random tensors draw from the generator in order and advance it`() {
    var generator = SeededGenerator(seed: 5)
    var same = generator
    let normal = Tensor<Double>(normal: [2, 3], mean: 4, deviation: 0.5, using: &generator)
    #expect(normal.shape == [2, 3])
    #expect(normal.elements == (0..<6).map { _ in 4 + 0.5 * same.normal() })
    #expect(generator == same)
    let uniform = Tensor<Float>(uniform: [100], in: -2..<3, using: &generator)
    #expect(uniform.elements == (0..<100).map { _ in Float(-2 + 5 * same.uniform()) })
    #expect(uniform.elements.allSatisfy { (-2...3).contains($0) })
    #expect(generator == same)
  }
}
