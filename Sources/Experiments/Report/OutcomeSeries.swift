import NeuralNetworks
import Plots

extension LineChart.Series {
  /// The median over the seeds of a curve, with a band from the smallest to the largest.
  ///
  /// - Parameters:
  ///   - name: what the line shows.
  ///   - key: which of the ``SeedOutcome/curves``; seeds without it do not count.
  ///   - outcomes: what was measured.
  ///   - color: the colour, or nil for the one of the series' turn.
  ///   - dash: the dash, or nil for the one of the series' turn.
  init(
    _ name: String, curve key: String, of outcomes: [SeedOutcome], color: LineChart.Color? = nil,
    dash: LineChart.Dash? = nil
  ) {
    let curves = outcomes.compactMap { $0.curves[key] }
    let longest = curves.map(\.x).max { $0.count < $1.count } ?? []
    self.init(name, x: longest, runs: curves.map(\.y), color: color, dash: dash)
  }
}

extension [SeedOutcome] {
  /// The median over the seeds of a number; nil where no seed has it.
  func median(_ key: String) -> Double? {
    let values = compactMap { $0.numbers[key] }.filter { !$0.isNaN }.sorted()
    guard !values.isEmpty else { return nil }
    return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
  }
}

extension ActivationKind {
  /// What it is called in pictures and tables.
  var title: String { self == .relu ? "ReLU" : rawValue }
}
