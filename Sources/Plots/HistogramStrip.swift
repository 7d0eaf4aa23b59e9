/// How a distribution changes over time: at each step a histogram, seen from above.
///
///     let strip = HistogramStrip(
///       title: "Input of a unit", x: .init("step"), y: .init("input of the activation"),
///       samples: steps.map { (x: Double($0.number), values: $0.inputs) })
///
/// The darker a place (on dark ground: the brighter), the more of the step's values lie there. Lines
/// over it show percentiles. A step reaches half of the way to its neighbours.
public struct HistogramStrip: Chart {
  /// What the chart shows; its heading, and its name for screen readers.
  public var title: String
  /// The horizontal axis, of the steps.
  public var x: LineChart.Axis
  /// The vertical axis, of the values.
  public var y: LineChart.Axis
  /// The distributions, in any order. Of more than 240 within the range, evenly spread ones are
  /// drawn.
  public var steps: [Step]
  /// The lines over the distributions, such as percentiles; their markers are not drawn.
  public var lines: [LineChart.Series]
  /// What the darkest colour stands for.
  public var shading: Shading
  /// The width of the whole drawing, in units of which the text is 13 high; at least 240.
  public var width: Double
  /// The height of the data area; at least 80.
  public var plotHeight: Double

  /// Creates a chart from distributions.
  public init(
    title: String, x: LineChart.Axis, y: LineChart.Axis, steps: [Step],
    lines: [LineChart.Series] = [], shading: Shading = .eachStep, width: Double = 720,
    plotHeight: Double = 300
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.steps = steps
    self.lines = lines
    self.shading = shading
    self.width = width
    self.plotHeight = plotHeight
  }

  /// Creates a chart from the values themselves: histograms of bins that are as high on the axis,
  /// and lines of percentiles.
  ///
  /// The bins divide the axis' range or, where it has none, that of all values. Values outside of
  /// it lie in no bin, but count among all of their step. What is not finite does not count.
  ///
  /// - Parameters:
  ///   - title: What the chart shows.
  ///   - x: The horizontal axis, of the steps.
  ///   - y: The vertical axis, of the values.
  ///   - samples: The values of each step.
  ///   - binCount: The number of bins; at least 1.
  ///   - shares: The percentiles that have lines, as shares from 0 to 1.
  ///   - shading: What the darkest colour stands for.
  /// - Precondition: `binCount` is at least 1.
  public init(
    title: String, x: LineChart.Axis, y: LineChart.Axis, samples: [(x: Double, values: [Double])],
    binCount: Int = 48, shares: [Double] = [0.15, 0.5, 0.85], shading: Shading = .eachStep
  ) {
    precondition(binCount >= 1, "A histogram needs a bin, but has \(binCount).")
    let scale = AxisScale(y, values: samples.lazy.flatMap(\.values))
    let edges = (0...binCount).map { scale.value(Double($0) / Double(binCount)) }
    let steps = samples.map { sample in
      let values = sample.values.filter(\.isFinite)
      var shares = [Double](repeating: 0, count: binCount)
      for value in values where y.canDraw(value) && scale.range.contains(value) {
        let bin = min(binCount - 1, max(0, Int(scale.fraction(value) * Double(binCount))))
        shares[bin] += 1 / Double(values.count)
      }
      return Step(sample.x, edges: edges, shares: shares)
    }
    let sorted = samples.map { (x: $0.x, values: $0.values.filter(\.isFinite).sorted()) }
    let lines = shares.map { share in
      LineChart.Series(
        Percentile.name(share),
        points: sorted.map {
          .init($0.x, Percentile.value(share, ofSorted: $0.values) ?? .nan)
        })
    }
    self.init(title: title, x: x, y: y, steps: steps, lines: lines, shading: shading)
  }
}

extension HistogramStrip {
  /// The distribution at one step.
  public struct Step: Equatable, Sendable {
    /// The place along the horizontal axis.
    public let x: Double
    /// The edges of the bins, increasing; one more than there are bins.
    public let edges: [Double]
    /// The share of the values in each bin.
    public let shares: [Double]

    /// Creates the distribution of a histogram.
    ///
    /// - Parameters:
    ///   - x: The place along the horizontal axis.
    ///   - edges: The edges of the bins, increasing; one more than there are bins.
    ///   - shares: The share of the values in each bin, or counts, of which shares are drawn.
    /// - Precondition: there is one more edge than there are shares, or none of both.
    public init(_ x: Double, edges: [Double], shares: [Double]) {
      precondition(
        edges.count == shares.count + 1 || edges.isEmpty && shares.isEmpty,
        "A histogram has \(edges.count) edges, but \(shares.count) bins.")
      self.x = x
      self.edges = edges
      self.shares = shares
    }

    /// Creates the distribution that percentiles tell: between two neighbours lies the difference
    /// of their shares, evenly.
    ///
    /// Percentiles that are not finite are left out.
    public init(_ x: Double, percentiles: [(share: Double, value: Double)]) {
      let known = percentiles.filter { $0.share.isFinite && $0.value.isFinite }
        .sorted { ($0.share, $0.value) < ($1.share, $1.value) }
      let shares = zip(known, known.dropFirst()).map { $1.share - $0.share }
      self.init(x, edges: shares.isEmpty ? [] : known.map(\.value), shares: shares)
    }
  }

  /// What the darkest colour stands for.
  public enum Shading: Equatable, Sendable {
    /// The greatest density of each step, so that the form of all can be seen, however wide.
    case eachStep
    /// The greatest density of all steps, so that steps can be compared.
    case overall
  }
}

extension Percentile {
  /// "median", "85th percentile".
  static func name(_ share: Double) -> String {
    if share == 0.5 { return "median" }
    let percent = NumberText.significant(share * 100)
    let ending =
      switch (percent.last, percent.suffix(2), percent.contains(".")) {
      case (_, "11", false), (_, "12", false), (_, "13", false): "th"
      case ("1", _, false): "st"
      case ("2", _, false): "nd"
      case ("3", _, false): "rd"
      default: "th"
      }
    return "\(percent)\(ending) percentile"
  }
}
