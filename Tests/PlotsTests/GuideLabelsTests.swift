import Testing

@testable import Plots

@Suite struct GuideLabelsTests {
  let limits = 0.0...700.0

  /// No text covers another, in a row; no guide crosses a text below its own.
  func isFree(_ labels: [GuideLabels.Above]) -> Bool {
    labels.indices.allSatisfy { i in
      labels.indices.allSatisfy { j in
        if i == j { return true }
        if labels[i].row == labels[j].row { return !labels[i].extent.overlaps(labels[j].extent) }
        return labels[i].row < labels[j].row || !labels[j].extent.contains(labels[i].x)
      }
    }
  }

  @Test(arguments: [[100], [100, 105, 110], [690, 695, 700], [10, 350, 690], [60, 64, 600]])
  func `labels above the chart are free`(places: [Double]) {
    let labels = GuideLabels.above(
      places.map { ($0, "a label of some length") }, limits: limits)
    #expect(labels.count == places.count)
    #expect(isFree(labels))
    #expect(
      labels.allSatisfy { limits.contains($0.textStart) && limits.contains($0.extent.upperBound) })
  }

  @Test func `in a narrow chart a label makes way for another guide`() {
    let labels = GuideLabels.above(
      [(76, "reached by normalized, step 1,260"), (235, "plain's best accuracy, step 8,640")],
      limits: 0...356)
    #expect(isFree(labels))
  }

  @Test func `a label wider than the chart is shortened`() {
    let label = String(repeating: "long ", count: 60)
    let labels = GuideLabels.above([(350, label)], limits: limits)
    #expect(labels.count == 1)
    #expect(labels.allSatisfy { $0.extent.upperBound <= 700.01 && $0.text.hasSuffix("…") })
  }

  @Test func `labels beside the chart are moved apart`() {
    let labels = GuideLabels.beside(
      [(100, ["one", "two"]), (102, ["three"]), (299, ["four"])], limits: 0...300)
    #expect(labels.map(\.lines.count) == [2, 1, 1])
    for (label, next) in zip(labels, labels.dropFirst()) {
      #expect(label.middle + label.height / 2 <= next.middle - next.height / 2)
    }
    #expect(labels.allSatisfy { $0.middle + $0.height / 2 <= 300 })
  }
}
