import Normalization
import Testing

@testable import Experiments

@Suite struct ShiftTrackerTests {
  @Test func `the distance is that of sorted values, in deviations of the earlier ones`() {
    var tracker = ShiftTracker(unitCount: 2)
    // Unit 0 has deviation 1 and moves by 2; unit 1 has the same values in another order; unit 2 does not count.
    tracker.absorb(Tensor([-1, 5, 0, 1, 7, 0], shape: [2, 3]), step: 20)
    #expect(tracker.shifts.y.isEmpty)
    tracker.absorb(Tensor([1, 7, 9, 3, 5, 9], shape: [2, 3]), step: 40)
    #expect(tracker.shifts == .init(x: [40], y: [1]))
    tracker.absorb(Tensor([1, 7, 9, 3, 5, 9], shape: [2, 3]), step: 60)
    #expect(tracker.shifts == .init(x: [40, 60], y: [1, 0]))
    #expect(tracker.average() == 0.5)
    #expect(tracker.average(from: 0.5) == 0)
  }

  @Test func `percentiles and histograms are those of the first unit`() {
    var tracker = ShiftTracker(unitCount: 1)
    let values = (0..<101).map { Float($0) / 100 }
    tracker.absorb(Tensor(values.reversed() + [-100, 100], shape: [103, 1]), step: 5)
    #expect(tracker.percentiles.map(\.x) == [[5], [5], [5]])
    #expect(tracker.percentiles[1].y == [0.5])
    #expect(tracker.percentiles[0].y[0] < 0.16 && tracker.percentiles[2].y[0] > 0.83)
    let (edges, counts) = (ShiftTracker.bins, tracker.histograms.y)
    #expect(counts.count == edges.count - 1 && counts.reduce(0, +) == 103)
    #expect(tracker.histograms.x == Array(repeating: 5, count: counts.count))
    // 0 up to but not 0.5; 0.5 up to but not 1; 1; the two outside at the ends.
    #expect(Array(counts[16..<19]) == [50, 50, 1])
    #expect(counts.first == 1 && counts.last == 1)
  }
}
