import Foundation
import Plots

extension Finding {
  /// All answers, that which decides first.
  var answers: [Answer] { [answer] + furtherAnswers }

  /// A chart of the effects for each scale they have, with the limits of their rules.
  func effectCharts(title: String) -> [IntervalChart] {
    var scales: [Criterion.Scale] = []
    for answer in answers where !scales.contains(answer.criterion.scale) {
      scales.append(answer.criterion.scale)
    }
    return scales.map { scale in
      chart(
        title: scales.count == 1 ? title : "\(title), \(scale.unitTitle)", scale,
        answers.filter { $0.criterion.scale == scale })
    }
  }

  /// One rule is marked across the chart; several have rows of their own each, under a heading that says the rule.
  private func chart(title: String, _ scale: Criterion.Scale, _ answers: [Answer]) -> IntervalChart
  {
    var rules: [DecisionRule] = []
    for answer in answers where !rules.contains(answer.criterion.rule) {
      rules.append(answer.criterion.rule)
    }
    func row(_ answer: Answer, marks: [Double] = []) -> IntervalChart.Row {
      let decides = answer.criterion.key == self.answer.criterion.key
      return .init(
        answer.criterion.key + (decides ? " (decides)" : ""), answer.interval, marks: marks)
    }
    var chart = IntervalChart(
      title: title, x: scale.axis, rows: [], series: [.init("")],
      note: "Bars: 90 % intervals. Dots: single seeds.")
    if rules.count == 1 {
      chart.rows = answers.map { row($0) }
      chart.guides = rules[0].guides(scale)
    } else {
      chart.rows = rules.flatMap { rule in
        [.heading(rule.text(scale).capitalizedFirst)]
          + answers.filter { $0.criterion.rule == rule }.map { row($0, marks: rule.drawn(scale)) }
      }
    }
    return chart
  }
}

extension Finding.Answer {
  /// The effect as a chart of its scale shows it.
  var interval: IntervalChart.Interval {
    let scale = criterion.scale
    // A mean of values that make up for each other is 0 but for roundings, which nobody wants to read.
    let size = effect.values.map(\.magnitude).max() ?? 0
    let mean = effect.mean.magnitude < 1e-12 * size ? 0 : effect.mean
    return .init(
      scale.drawn(mean), low: scale.drawn(effect.low), high: scale.drawn(effect.high),
      points: effect.values.map(scale.drawn))
  }

  /// The effect as a small picture.
  func mark(name: String) -> IntervalMark {
    let (scale, rule) = (criterion.scale, criterion.rule)
    return IntervalMark(
      title: "Effect of \(name)",
      description: "\(verdict.rawValue.capitalizedFirst): \(sentence) Limits: \(rule.text(scale)).",
      x: scale.axis, interval: interval, lower: scale.drawn(rule.refutedBelow),
      upper: scale.drawn(rule.confirmedAbove), color: verdict.color)
  }
}

extension DecisionRule {
  /// The limits, each once, as a chart shows them.
  func drawn(_ scale: Criterion.Scale) -> [Double] {
    Set([refutedBelow, confirmedAbove]).sorted().map(scale.drawn)
  }

  /// The limits as lines of a chart.
  func guides(_ scale: Criterion.Scale) -> [LineChart.Guide] {
    let (above, below) = (scale.limitNumber(confirmedAbove), scale.limitNumber(refutedBelow))
    if confirmedAbove == refutedBelow {
      return [
        .vertical(
          at: scale.drawn(confirmedAbove), label: "refuted below, confirmed above \(above)")
      ]
    }
    return [
      .vertical(at: scale.drawn(refutedBelow), label: "refuted below \(below)"),
      .vertical(at: scale.drawn(confirmedAbove), label: "confirmed above \(above)"),
    ]
  }
}

extension Criterion.Scale {
  /// The axis of a chart of effects.
  var axis: LineChart.Axis {
    switch self {
    case .number(let unit): .init("effect", unit: unit)
    case .points: .init("difference", unit: "percentage points")
    case .factor: .init("factor", scale: .log10)
    }
  }

  /// What tells its chart from those of other scales.
  fileprivate var unitTitle: String {
    switch self {
    case .number(let unit): unit.isEmpty ? "as a number" : "in \(unit)"
    case .points: "in percentage points"
    case .factor: "as a factor"
    }
  }

  /// An effect as the axis shows it.
  func drawn(_ value: Double) -> Double {
    switch self {
    case .number: value
    case .points: value * 100
    case .factor: pow(2, value)
    }
  }
}
