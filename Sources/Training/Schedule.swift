#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A learning rate for every step: a function from the number of steps taken before to the rate.
///
///     let schedule = Schedule.cosine(from: 0.1, over: 10_000).warmedUp(over: 500)
///     schedule(0)  // 0.1/501
///
/// A run that goes on from a checkpoint asks for the same steps again and gets the same rates.
public struct Schedule: Sendable {
  private let rate: @Sendable (_ step: Int) -> Double

  /// Creates a schedule from a function.
  public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) {
    self.rate = rate
  }

  /// The rate of the step that follows `step` others.
  public func callAsFunction(_ step: Int) -> Double { rate(step) }

  /// The same rate always.
  public static func constant(_ rate: Double) -> Schedule {
    Schedule { _ in rate }
  }

  /// A rate that is multiplied by a factor every so many steps: `initial * factor^floor(step/interval)`.
  ///
  /// - Precondition: `interval` is positive.
  public static func steps(from initial: Double, factor: Double, every interval: Int) -> Schedule {
    precondition(interval > 0, "A rate cannot change every \(interval) steps.")
    return Schedule { initial * pow(factor, Double($0 / interval)) }
  }

  /// A rate that is multiplied by a factor at given steps: `initial * factor^(the milestones up to step)`.
  public static func steps(from initial: Double, factor: Double, at milestones: [Int]) -> Schedule {
    Schedule { step in
      let passed = milestones.count { $0 <= step }
      return initial * pow(factor, Double(passed))
    }
  }

  /// A rate that is multiplied by a factor at every step: `initial * factor^step`.
  public static func exponential(from initial: Double, factor: Double) -> Schedule {
    Schedule { initial * pow(factor, Double($0)) }
  }

  /// A rate that falls along half a cosine, and stays where that ends.
  ///
  ///     final + (initial - final) * (1 + cos(pi * min(step, count)/count))/2
  ///
  /// Source: Loshchilov and Hutter 2017, arXiv:1608.03983, section 3, without restarts.
  ///
  /// - Precondition: `count` is positive.
  public static func cosine(
    from initial: Double, to final: Double = 0, over count: Int
  ) -> Schedule {
    precondition(count > 0, "A rate cannot fall over \(count) steps.")
    return Schedule { step in
      let share = Double(min(step, count)) / Double(count)
      return final + (initial - final) * (1 + cos(.pi * share)) / 2
    }
  }

  /// A rate that changes evenly, and stays where that ends: `initial + (final - initial) * min(step, count)/count`.
  ///
  /// - Precondition: `count` is positive.
  public static func linear(from initial: Double, to final: Double, over count: Int) -> Schedule {
    precondition(count > 0, "A rate cannot change over \(count) steps.")
    return Schedule { step in
      initial + (final - initial) * (Double(min(step, count)) / Double(count))
    }
  }

  /// Schedules one after the other. Each begins at its own step 0.
  ///
  ///     .joined([.linear(from: 0, to: 1, over: 4), .constant(1)], at: [4])
  ///
  /// - Parameters:
  ///   - schedules: in order.
  ///   - boundaries: the first step of each but the first.
  /// - Precondition: there is one boundary less than schedules, and boundaries rise from above 0.
  public static func joined(_ schedules: [Schedule], at boundaries: [Int]) -> Schedule {
    precondition(
      boundaries.count == schedules.count - 1,
      "\(schedules.count) schedules need a boundary between each two, not \(boundaries.count).")
    precondition(
      zip([0] + boundaries, boundaries).allSatisfy { $0 < $1 },
      "The boundaries of schedules have to rise from above 0, but are \(boundaries).")
    return Schedule { step in
      let index = boundaries.count { $0 <= step }
      return schedules[index](step - (index == 0 ? 0 : boundaries[index - 1]))
    }
  }

  /// This schedule after some steps that rise evenly to its beginning, the first of them above 0.
  ///
  ///     self(0) * (step + 1)/(count + 1)     for step < count,     then self(step - count)
  ///
  /// Source: Goyal and others 2017, arXiv:1706.02677, section 2.2.
  ///
  /// - Precondition: `count` is not negative.
  public func warmedUp(over count: Int) -> Schedule {
    precondition(count >= 0, "A rate cannot rise over \(count) steps.")
    return Schedule { step in
      step < count ? self(0) * (Double(step + 1) / Double(count + 1)) : self(step - count)
    }
  }
}
