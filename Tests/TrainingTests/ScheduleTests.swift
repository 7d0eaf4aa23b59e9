import Testing
import Training

@Suite struct ScheduleTests {
  private func rates(_ schedule: Schedule, _ steps: [Int]) -> [Double] {
    steps.map { schedule($0) }
  }

  @Test func `constant`() {
    #expect(rates(.constant(0.5), [0, 1, 1_000_000]) == [0.5, 0.5, 0.5])
  }

  @Test func `steps at an interval and at milestones`() {
    let schedule = Schedule.steps(from: 8, factor: 0.5, every: 10)
    #expect(rates(schedule, [0, 9, 10, 19, 20, 39]) == [8, 8, 4, 4, 2, 1])
    let milestones = Schedule.steps(from: 8, factor: 0.25, at: [3, 5])
    #expect(rates(milestones, [0, 2, 3, 4, 5, 100]) == [8, 8, 2, 2, 0.5, 0.5])
  }

  @Test func `exponential`() {
    #expect(rates(.exponential(from: 16, factor: 0.5), [0, 1, 2, 5]) == [16, 8, 4, 0.5])
  }

  @Test func `half a cosine, then its end`() {
    let found = rates(.cosine(from: 5, to: 1, over: 6), [0, 2, 3, 4, 6, 7, 100])
    for (found, expected) in zip(found, [5.0, 4, 3, 2, 1, 1, 1]) {  // cos 60 degrees is 1/2
      #expect(abs(found - expected) < 1e-15)
    }
    #expect(Schedule.cosine(from: 5, over: 6)(6) == 0)
  }

  @Test func `linear, then its end`() {
    #expect(
      rates(.linear(from: 0, to: 1, over: 4), [0, 1, 2, 3, 4, 5]) == [0, 0.25, 0.5, 0.75, 1, 1])
    #expect(rates(.linear(from: 3, to: 1, over: 2), [0, 1, 2, 9]) == [3, 2, 1, 1])
  }

  @Test func `joined, each from its own beginning`() {
    let schedule = Schedule.joined(
      [.linear(from: 0, to: 1, over: 4), .steps(from: 1, factor: 0.5, every: 2), .constant(7)],
      at: [4, 8])
    #expect(rates(schedule, [0, 2, 3, 4, 5, 6, 7, 8, 20]) == [0, 0.5, 0.75, 1, 1, 0.5, 0.5, 7, 7])
  }

  @Test func `warm-up rises evenly, the first step above 0`() {
    let schedule = Schedule.exponential(from: 1, factor: 0.5).warmedUp(over: 3)
    #expect(rates(schedule, [0, 1, 2, 3, 4, 5]) == [0.25, 0.5, 0.75, 1, 0.5, 0.25])
    #expect(Schedule.constant(2).warmedUp(over: 0)(0) == 2)
  }

  @Test func `a function of one's own`() {
    #expect(Schedule { 1 / Double($0 + 1) }(3) == 0.25)
  }
}
