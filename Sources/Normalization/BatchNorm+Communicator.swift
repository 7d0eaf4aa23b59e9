public import Collectives
import NormalizationKernels
public import Tensors

/// A batch divided over ranks, each with a part of its own: any number of samples, none as well.
///
/// Every rank gets the output and the input gradient of its part, and the same statistics, running statistics and
/// gradients of scale and shift: those of the whole batch, in the order of the ranks. Where parts are cut at block
/// boundaries (``samplesPerPart(of:)``) the bits are those of one process with the whole batch; elsewhere the same to
/// rounding. All ranks make the same calls, on layers of the same settings. If one refuses its part, all of them
/// throw the same error.
extension BatchNorm {
  /// Normalises this rank's part of a batch with the statistics of all parts (a frozen layer: with its running ones).
  /// Changes nothing; `commit` the pass on every rank.
  ///
  /// - Parameters:
  ///   - shard: the part of this rank.
  ///   - communicator: the ranks.
  ///   - addend: is added before the activation; in the shape of the part.
  ///   - activation: what follows.
  /// - Throws: ``NormalizationError`` on all ranks: for one value per channel over all parts and, unless the policy
  ///   says otherwise, for elements of any part that are not finite; if ranks cannot be reached, or have parts with
  ///   other numbers of neighbouring values, as images of another size.
  /// - Precondition: as of ``trainingPass(_:using:firstBlock:adding:activation:)``.
  public func trainingPass(
    _ shard: Tensor<Scalar>, over communicator: any Communicator,
    adding addend: Tensor<Scalar>? = nil, activation: FusedActivation = .identity
  ) throws(NormalizationError) -> TrainingPass {
    let firstBlock = try firstBlock(of: shard, communicator, refusal: nil)
    let moments =
      freezing == .none
      ? try joined(moments(of: shard, firstBlock: firstBlock), communicator) : Moments()
    return try trainingPass(
      shard, using: moments, firstBlock: firstBlock, adding: addend, activation: activation)
  }

  /// Normalises this rank's part of a batch with the weighted statistics of all parts; see
  /// ``trainingPass(_:weights:)``.
  ///
  /// - Throws: as ``trainingPass(_:over:adding:activation:)``; also ``NormalizationError/refusedByRank(_:_:)`` for
  ///   weights that are negative or not finite.
  public func trainingPass(
    _ shard: Tensor<Scalar>, weights: Tensor<Scalar>, over communicator: any Communicator
  ) throws(NormalizationError) -> TrainingPass {
    var refusal: NormalizationError?
    do throws(NormalizationError) { try check(weights, shard.shape) } catch { refusal = error }
    let firstBlock = try firstBlock(of: shard, communicator, refusal: refusal)
    let moments =
      freezing == .none
      ? try joined(
        moments(of: shard, checked: weights, firstBlock: firstBlock), communicator) : Moments()
    return try trainingPass(shard, weights: weights, using: moments, firstBlock: firstBlock)
  }

  /// Returns the gradients of this rank's part for a gradient of its output: `input` and `addend` are of the part,
  /// `scale` and `shift` of the whole batch, the same on every rank.
  ///
  /// - Throws: ``NormalizationError/communication(_:)`` if ranks cannot be reached.
  /// - Precondition: the pass was over the same ranks, and `outputGradient` has the shape of its input.
  public func gradients(
    of pass: TrainingPass, outputGradient: Tensor<Scalar>, over communicator: any Communicator
  ) throws(NormalizationError) -> Gradients {
    let own = gradientSums(of: pass, outputGradient: outputGradient)
    var sums = GradientSums()
    for (rank, numbers) in try gather(own.encoded, communicator).enumerated() {
      guard let part = GradientSums(decoding: numbers), sums.canAppend(part),
        part.isEmpty || part.channels == featureCount
      else { throw .communication(.unexpectedMessage(fromRank: rank)) }
      sums.append(part)
    }
    return gradients(of: pass, outputGradient: outputGradient, sums: sums)
  }

  /// The number of this rank's first block, once every rank has said how many blocks it has, or why it has to refuse.
  private func firstBlock(
    of shard: Tensor<Scalar>, _ communicator: any Communicator, refusal: NormalizationError?
  ) throws(NormalizationError) -> Int {
    let own = Announcement(
      blockCount: kernels(for: shard.shape).layout.blockCount, isFrozen: freezing != .none,
      refusal: refusal)
    var first = 0
    for (rank, numbers) in try gather(own.encoded, communicator).enumerated() {
      guard let announcement = Announcement(decoding: numbers),
        announcement.isFrozen == own.isFrozen
      else { throw .communication(.unexpectedMessage(fromRank: rank)) }
      if let refusal = announcement.refusal { throw .refusedByRank(rank, refusal) }
      if rank < communicator.rank { first += announcement.blockCount }
    }
    return first
  }

  /// The statistics of all ranks.
  private func joined(
    _ own: Moments, _ communicator: any Communicator
  ) throws(NormalizationError) -> Moments {
    var moments = Moments()
    for (rank, numbers) in try gather(own.encoded, communicator).enumerated() {
      guard let part = Moments(decoding: numbers), moments.canAppend(part),
        part.isEmpty || part.channels == featureCount
      else { throw .communication(.unexpectedMessage(fromRank: rank)) }
      moments.append(part)
    }
    return moments
  }

  private func gather(
    _ numbers: [Double], _ communicator: any Communicator
  ) throws(NormalizationError) -> [[Double]] {
    do throws(CommunicationError) {
      return try communicator.allGather(numbers)
    } catch {
      throw .communication(error)
    }
  }
}

/// What a rank says before statistics are taken: all ranks refuse together or go on together.
private struct Announcement {
  var blockCount: Int
  var isFrozen: Bool
  /// Weights that are no weights: the only thing that a rank refuses by itself.
  var refusal: NormalizationError?

  /// Three numbers; with a refusal also what was found, and where.
  var encoded: [Double] {
    let numbers = [Double(blockCount), isFrozen ? 1 : 0]
    guard case .invalidWeight(let position, let found)? = refusal else { return numbers + [0] }
    return numbers + [1, found] + position.map { Double($0) }
  }

  init(blockCount: Int, isFrozen: Bool, refusal: NormalizationError?) {
    (self.blockCount, self.isFrozen, self.refusal) = (blockCount, isFrozen, refusal)
  }

  init?(decoding numbers: [Double]) {
    guard numbers.count >= 3, let blockCount = Int(exactly: numbers[0]), blockCount >= 0,
      numbers[1] == 0 || numbers[1] == 1, numbers[2] == 0 ? numbers.count == 3 : numbers.count > 3
    else { return nil }
    self.init(blockCount: blockCount, isFrozen: numbers[1] == 1, refusal: nil)
    guard numbers.count > 3 else { return }
    let position = numbers[4...].compactMap { Int(exactly: $0) }
    guard position.count == numbers.count - 4 else { return nil }
    refusal = .invalidWeight(position: position, found: numbers[3])
  }
}
