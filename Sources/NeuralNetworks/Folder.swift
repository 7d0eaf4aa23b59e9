import Normalization

/// The course of folding a network: which layers went where.
struct Folder<Scalar: NetworkScalar> {
  /// A linear layer with what is folded into it, as indices of the chain.
  private struct Group {
    var behind: [Int] = []
    var before: [Int] = []
    var folded: any FoldableLayer<Scalar>
    var certificate: FoldingCertificate?
  }

  private let chain: [(name: String, layer: any Layer<Scalar>)]
  private let tolerance: Double
  /// The inputs of every layer by probe, and the output of the last, as far as all probes come.
  private var activations: [[Tensor<Scalar>]] = []
  private var failure: NormalizationError?
  private var maps: [Int: ChannelMap] = [:]
  private var obstacles: [Int: FoldingObstacle] = [:]
  private var groups: [Int: Group] = [:]
  /// Layers that consist of networks, with these folded, and what became of them.
  private var containers: [Int: (layer: any Layer<Scalar>, report: FoldingReport)] = [:]
  /// The linear layer that took in a normalization.
  private var targets: [Int: Int] = [:]

  init(_ network: Sequential<Scalar>, probes: [Tensor<Scalar>], tolerance: Double) {
    chain = network.chain
    self.tolerance = tolerance
    activations = [probes]
    do throws(NormalizationError) {
      for (_, layer) in chain {
        var outputs: [Tensor<Scalar>] = []
        for input in activations[activations.count - 1] {
          outputs.append(try layer.inference(input))
        }
        activations.append(outputs)
      }
    } catch {
      failure = error
    }
  }

  func isFolded(_ index: Int) -> Bool { targets[index] != nil }
  func replacement(_ index: Int) -> (any Layer<Scalar>)? {
    groups[index]?.folded ?? containers[index]?.layer
  }

  /// Folds every normalization to the left where that goes, then what remains to the right.
  mutating func foldAll() {
    for (index, (_, layer)) in chain.enumerated() where activations.count > index + 1 {
      guard let container = layer as? any FoldableContainer<Scalar> else { continue }
      containers[index] = container.folded(probes: activations[index], tolerance: tolerance)
    }
    for (index, (_, layer)) in chain.enumerated() {
      guard let layer = layer as? any NormalizationLayer<Scalar> else { continue }
      do throws(FoldingObstacle) {
        maps[index] = try layer.inferenceMap()
      } catch {
        obstacles[index] = error
      }
    }
    for index in maps.keys.sorted() {
      if let left = linearNeighbor(of: index, step: -1) { fold(index, into: left) }
    }
    for index in maps.keys.sorted().reversed() where !isFolded(index) {
      guard let right = linearNeighbor(of: index, step: 1) else {
        if obstacles[index] == nil { obstacles[index] = noNeighbor(of: index) }
        continue
      }
      fold(index, into: right)
    }
  }

  /// The next layer that is still there, if it is linear.
  private func linearNeighbor(of index: Int, step: Int) -> Int? {
    let next = neighbor(of: index, step: step)
    return chain.indices.contains(next) && chain[next].layer is any FoldableLayer<Scalar>
      ? next : nil
  }

  private func neighbor(of index: Int, step: Int) -> Int {
    var next = index + step
    while chain.indices.contains(next), isFolded(next) { next += step }
    return next
  }

  private func noNeighbor(of index: Int) -> FoldingObstacle {
    func kind(_ index: Int) -> String? {
      chain.indices.contains(index) ? chain[index].layer.kindName : nil
    }
    return .noLinearNeighbor(
      before: kind(neighbor(of: index, step: -1)), after: kind(neighbor(of: index, step: 1)))
  }

  private mutating func fold(_ index: Int, into target: Int) {
    guard let layer = chain[target].layer as? any FoldableLayer<Scalar> else { return }
    var group = groups[target] ?? Group(folded: layer)
    if index < target { group.behind.insert(index, at: 0) } else { group.before.append(index) }
    do throws(FoldingObstacle) {
      try check(maps[index], index < target ? layer.inputChannels : layer.outputChannels)
      let (behind, before) = (
        group.behind.compactMap { maps[$0] }, group.before.compactMap { maps[$0] }
      )
      group.folded = try layer.folded(behind: behind, before: before)
      let bound = FoldingBound(
        layer: layer, folded: group.folded, behind: behind, before: before)
      group.certificate = try certificate(group, target: target, bound)
      groups[target] = group
      targets[index] = target
      obstacles[index] = nil
    } catch {
      if obstacles[index] == nil { obstacles[index] = error }
    }
  }

  private func check(
    _ map: ChannelMap?, _ channels: FoldableChannels
  ) throws(FoldingObstacle) {
    if let map { try channels.check(map) }
  }

  private func certificate(
    _ group: Group, target: Int, _ bound: FoldingBound<Scalar>
  ) throws(FoldingObstacle) -> FoldingCertificate {
    let (first, last) = (group.behind.first ?? target, group.before.last ?? target)
    guard activations.indices.contains(last + 1) else {
      throw .notReached(failure ?? .tooFewValues(found: 0, shape: [], axis: 0))
    }
    var comparison = FoldingComparison()
    do throws(NormalizationError) {
      for (input, output) in zip(activations[first], activations[last + 1]) {
        comparison.compare(
          output, try group.folded.inference(input), bound: try bound.bound(for: input))
      }
    } catch {
      throw .notReached(error)
    }
    try comparison.check(tolerance: tolerance)
    return FoldingCertificate(
      layer: chain[target].name,
      normalizations: (group.behind + group.before).map { chain[$0].name },
      largestDifference: comparison.difference, largestOutput: comparison.output,
      bound: comparison.bound, shareOfBound: comparison.share)
  }

  /// What was folded and what not, and what that makes of the whole network.
  func report(of network: Sequential<Scalar>, probes: [Tensor<Scalar>]) -> FoldingReport {
    var report = FoldingReport()
    for (index, (name, layer)) in chain.enumerated() {
      if let certificate = groups[index]?.certificate { report.certificates.append(certificate) }
      if let container = containers[index] {
        report.add(container.report, inside: name)
      } else if let obstacle = obstacles[index] {
        report.refusals.append(.init(name: name, kind: layer.kindName, obstacle: obstacle))
      } else if !(layer is any NormalizationLayer<Scalar>) {
        report.refusals += layer.normalizations.map { inner, hidden in
          FoldingRefusal(
            name: layerName(name, inner), kind: hidden.kindName,
            obstacle: hiddenObstacle(index, layer))
        }
      }
    }
    guard failure == nil else { return report }
    report.networkDifference = largestDifference(network, probes)
    return report
  }

  /// Why normalization inside of a layer stays.
  private func hiddenObstacle(_ index: Int, _ layer: any Layer<Scalar>) -> FoldingObstacle {
    if let failure, layer is any FoldableContainer<Scalar> { return .notReached(failure) }
    return .insideLayer(kind: layer.kindName)
  }

  private func largestDifference(
    _ network: Sequential<Scalar>, _ probes: [Tensor<Scalar>]
  ) -> Double? {
    var comparison = FoldingComparison()
    do throws(NormalizationError) {
      for (input, output) in zip(probes, activations[activations.count - 1]) {
        let unbounded = Tensor<Double>(repeating: .infinity, shape: output.shape)
        comparison.compare(output, try network.inference(input), bound: unbounded)
      }
    } catch {
      return nil
    }
    return comparison.difference
  }
}

/// The largest numbers of a comparison of outputs.
struct FoldingComparison {
  private(set) var difference = 0.0
  private(set) var output = 0.0
  private(set) var bound = 0.0
  private(set) var share = 0.0

  mutating func compare<Scalar: NetworkScalar>(
    _ original: Tensor<Scalar>, _ folded: Tensor<Scalar>, bound: Tensor<Double>
  ) {
    let (old, new) = (original.span, folded.span)
    let limits = bound.span
    for index in old.indices {
      let found = abs(Double(new[index]) - Double(old[index]))
      difference = larger(difference, found)
      output = larger(output, abs(Double(old[index])))
      self.bound = larger(self.bound, limits[index])
      if found > 0 { share = larger(share, found / limits[index]) }
    }
  }

  /// Not-a-number counts as the largest.
  private func larger(_ a: Double, _ b: Double) -> Double { a.isNaN || a > b ? a : b }

  func check(tolerance: Double) throws(FoldingObstacle) {
    guard difference <= tolerance * output else {
      throw .differs(found: difference, allowed: tolerance * output)
    }
    guard share <= 1 else { throw .exceedsBound(found: difference, bound: bound) }
  }
}
