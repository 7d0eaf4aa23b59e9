import NeuralNetworks
import Plots

extension CovariateShift {
  func sections(_ outcomes: [SeedOutcome], _ form: ExperimentForm) -> [ReportPage.Block] {
    activations.flatMap { activation -> [ReportPage.Block] in
      let suffix = activation == .relu ? ", relu" : ""
      let shifts = LineChart(
        title: "Shift of the last hidden layer, \(activation.title)", x: .init("step"),
        y: .init("distance to \(interval) steps before, in deviations", scale: .log10),
        series: Kind.allCases.map {
          .init($0.rawValue, curve: "\($0.rawValue)\(suffix), shift", of: outcomes)
        })
      let strips = SmallMultiples(
        title: "What one unit gets, \(activation.title), seed 1",
        panels: Kind.allCases.map { strip($0.rawValue, suffix, outcomes) }, plotHeight: 220)
      return [
        .figure(
          shifts,
          caption: """
            Medians over the seeds, bands from the least to the largest; each network at its own best rate. If batch \
            normalization reduces the shift its line lies below that of the plain network. The control's noise shifts \
            what batch normalization had kept in place.
            """),
        .figure(
          strips,
          caption: """
            The inputs of the first unit of the last hidden layer, after figure 1 of Ioffe and Szegedy 2015: the darker, \
            the more of the images. A level strip does not shift.
            """),
      ]
    }
  }

  /// The distributions of the first seed over the training.
  private func strip(_ kind: String, _ suffix: String, _ outcomes: [SeedOutcome]) -> HistogramStrip
  {
    let seed = outcomes.first { $0.seed == 1 }
    func curve(_ name: String) -> SeedOutcome.Curve {
      seed?.curves["\(kind)\(suffix), \(name)"] ?? .init()
    }
    let (histograms, edges) = (curve("histograms"), ShiftTracker.bins)
    let steps = stride(from: 0, to: histograms.x.count, by: edges.count - 1).map { start in
      HistogramStrip.Step(
        histograms.x[start], edges: edges,
        shares: Array(histograms.y[start..<(start + edges.count - 1)]))
    }
    return HistogramStrip(
      title: kind, x: .init("step"), y: .init("input of the activation"), steps: steps,
      lines: ["15th percentile", "median", "85th percentile"].enumerated().map { index, name in
        let percentile = curve("percentile \(index)")
        return .init(name, x: percentile.x, y: percentile.y)
      })
  }
}
