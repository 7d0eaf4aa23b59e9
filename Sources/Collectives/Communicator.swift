/// Processes that compute together, each seen from one of them.
///
/// Every process, a *rank*, holds a part of the data and makes the same calls in the same order. One operation is
/// enough for statistics that are exact: everyone gets what everyone has, in the order of the ranks, and joins it in
/// that order. A reduction inside a communication library would add in an order of its own.
///
/// Kinds: ``SingleProcess``; ``ThreadGroup``, whose ranks are threads of this process.
public protocol Communicator: Sendable {
  /// The number of this process, from 0 up.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }

  /// Returns the values of every rank, in the order of the ranks, to every rank. They need not be equally many.
  ///
  /// Waits for the others.
  ///
  /// - Throws: ``CommunicationError`` if a rank takes no part any more.
  func allGather(_ values: [Double]) throws(CommunicationError) -> [[Double]]
}

/// Why ranks could not exchange what they have.
public enum CommunicationError: Error, Equatable, Sendable {
  /// A rank takes no part any more: it failed, or has ended.
  case abandoned(byRank: Int)
  /// What a rank sent is not what this one expects: they make different calls.
  case unexpectedMessage(fromRank: Int)
  /// What the communication library says.
  case failed(String)
}

extension CommunicationError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .abandoned(let rank):
      "rank \(rank) takes no part any more; look for its error and start all ranks again"
    case .unexpectedMessage(let rank):
      """
      rank \(rank) sent something else than this rank expects; all ranks have to make the same calls in \
      the same order, on layers of the same settings
      """
    case .failed(let reason):
      "communication failed: \(reason)"
    }
  }
}

/// The only process: its values are everyone's.
public struct SingleProcess: Communicator {
  /// Creates the only rank.
  public init() {}

  /// 0.
  public var rank: Int { 0 }
  /// 1.
  public var size: Int { 1 }

  /// The values of the only rank.
  public func allGather(_ values: [Double]) -> [[Double]] { [values] }
}
