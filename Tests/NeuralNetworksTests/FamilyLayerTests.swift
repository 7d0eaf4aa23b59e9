import NeuralNetworks
import Normalization
import Testing

/// The whole family as layers of a network.
@Suite struct FamilyLayerTests {
  private func batch(_ seed: UInt64, count: Int = 7) -> Tensor<Double> {
    var generator = SeededGenerator(seed: seed)
    return Tensor(normal: [count, 6], mean: 0.5, using: &generator)
  }

  @Test(arguments: FamilyKind.allCases, [UInt64(1), 2, 3])
  func `gradients through a network match central differences`(
    kind: FamilyKind, seed: UInt64
  ) throws {
    // An epsilon of 1/2: sets of three or four values can lie close together, where the third derivative, which is the
    // error of differences, is large.
    var network = familyNetwork(
      Double.self, [kind], seed: seed, epsilon: kind == .renorm ? 1e-5 : 0.5)
    // Far from the batch r and d are cut off, and are then constants for the differences too, as the gradients of
    // batch renormalization take them.
    if kind == .renorm {
      network.visitNormalizations { _, layer in
        layer.runningStatistics = RunningStatistics(
          mean: (0..<8).map { $0 % 3 == 0 ? 1e4 : -1e4 },
          variance: (0..<8).map { $0 % 2 == 0 ? 1e-3 : 1e3 }, tracking: .biasedVariance)
      }
    }
    try expectGradientsMatchDifferences(of: network, inputShape: [7, 6], seed: seed)
  }

  @Test(arguments: FamilyKind.withStatistics)
  func `gradients through frozen statistics match central differences`(kind: FamilyKind) throws {
    var network = familyNetwork(Double.self, [kind], seed: 5)
    network.commit(try network.forward(batch(1)))
    try network.freeze(.statistics)
    try expectGradientsMatchDifferences(of: network, inputShape: [7, 6], seed: 5)
  }

  @Test(arguments: FamilyKind.allCases)
  func `a forward pass changes nothing, and commit moves what there is`(kind: FamilyKind) throws {
    var network = familyNetwork(Double.self, [kind], seed: 4)
    func running() -> RunningStatistics? { network.normalizations[0].layer.runningStatistics }
    let before = running()
    let parameters = network.parameters.map(\.value)
    let pass = try network.forward(batch(1))
    let again = try network.forward(batch(1))
    #expect(pass.output == again.output)
    #expect(running() == before)
    network.commit(pass)
    #expect((running() == nil) == FamilyKind.withoutStatistics.contains(kind))
    #expect((running() != before) == FamilyKind.withStatistics.contains(kind))
    // Seven samples are virtual batches of three and, since one alone has no variance, of four.
    if kind == .ghost { #expect(running()?.batchesTracked == 2) }
    #expect(network.parameters.map(\.value) == parameters)
  }

  @Test func `in a network layers do what they do alone`() throws {
    let rows = batch(2).reshaped(to: [7, 6])
    let positions = batch(2).reshaped(to: [7, 3, 2])
    var instance = InstanceNorm<Double>(featureCount: 2, tracking: .biasedVariance)
    var renorm = BatchRenorm<Double>(featureCount: 6)
    var ghost = GhostBatchNorm(BatchNorm<Double>(featureCount: 6), virtualBatchSize: 2)
    var (others, otherRenorm, otherGhost) = (instance, renorm, ghost)
    for _ in 0..<2 {
      let (a, b, c) = (
        try instance.forward(positions), try renorm.forward(rows), try ghost.forward(rows)
      )
      instance.commit(a)
      renorm.commit(b)
      ghost.commit(c)
      let alone = try others.train(positions)
      #expect(alone.output == a.output)
      let pass = try otherRenorm.train(rows)
      #expect(pass.output == b.output)
      let gradients = b.pullback(rows)
      #expect(gradients.input == otherRenorm.gradients(of: pass, outputGradient: rows).input)
      #expect(try otherGhost.train(rows).output == c.output)
    }
    #expect(instance.runningStatistics == others.runningStatistics)
    #expect(renorm.runningStatistics == otherRenorm.batchNorm.runningStatistics)
    #expect(ghost.runningStatistics == otherGhost.batchNorm.runningStatistics)
    #expect(ghost.runningStatistics?.batchesTracked == 6)
  }

  @Test func `layers without a scale or a shift have that many parameters and gradients`() throws {
    let x = batch(3)
    let layer = LayerNorm<Double>(normalizedShape: [6], hasShift: false)
    let group = GroupNorm<Double>(featureCount: 6, groupCount: 3, hasScale: false)
    let rms = RMSNorm<Double>(normalizedShape: [6], hasScale: false)
    #expect(layer.parameters.map(\.info.name) == ["scale"])
    #expect(group.parameters.map(\.info.name) == ["shift"])
    #expect(rms.parameters.isEmpty)
    #expect(try layer.forward(x).pullback(x).parameters.map { $0?.shape } == [[6]])
    #expect(try rms.forward(x).pullback(x).parameters.isEmpty)
    let gradients = try group.forward(x).pullback(x).parameters
    let sums = (0..<6).map { column in (0..<7).reduce(0) { $0 + x[$1 * 6 + column] } }
    #expect(gradients.count == 1)
    for (found, expected) in zip(gradients[0]?.elements ?? [], sums) {
      #expect(abs(found - expected) < 1e-13)
    }
  }

  @Test func `a pass of another layer is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      var layer = InstanceNorm<Float>(featureCount: 2)
      let pass = try BatchNorm<Float>(featureCount: 2).forward(
        Tensor(repeating: 1, shape: [2, 3, 2]))
      layer.commit(pass)
    }
    await #expect(processExitsWith: .failure) {
      var layer = GhostBatchNorm(BatchNorm<Float>(featureCount: 2), virtualBatchSize: 2)
      layer.commit(try layer.batchNorm.forward(Tensor(repeating: 1, shape: [2, 2])))
    }
  }

  @Test func `what a layer never has cannot be given to it`() async {
    await #expect(processExitsWith: .failure) {
      var layer: any NormalizationLayer<Float> = LayerNorm<Float>(normalizedShape: [2])
      layer.runningStatistics = RunningStatistics(featureCount: 2)
    }
    await #expect(processExitsWith: .failure) {
      var layer = RMSNorm<Float>(normalizedShape: [2])
      layer.shift = Tensor([1, 1])
    }
  }
}
