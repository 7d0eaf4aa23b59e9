import Conventions
import Normalization
import TensorFiles

/// A file of each convention as it is found in the wild, written by hand: three channels.
enum KnownLayers {
  static let scale: [Float] = [0.5, 1, -2]
  static let shift: [Float] = [0.25, -0.1, 3]
  static let mean: [Float] = [0.1, -7, 1e6]
  static let variance: [Float] = [0.3, 1e-6, 4]

  /// The names by convention: of scale, shift, mean, variance; and what stands before them.
  static func names(_ convention: NormalizationConvention) -> [String] {
    switch convention {
    case .pyTorch:
      [
        "layer1.0.bn1.weight", "layer1.0.bn1.bias", "layer1.0.bn1.running_mean",
        "layer1.0.bn1.running_var",
      ]
    case .keras:
      [
        "batch_normalization/gamma", "batch_normalization/beta", "batch_normalization/moving_mean",
        "batch_normalization/moving_variance",
      ]
    case .onnx: ["scale", "B", "input_mean", "input_var"]
    case .flax:
      [
        "params.BatchNorm_0.scale", "params.BatchNorm_0.bias", "batch_stats.BatchNorm_0.mean",
        "batch_stats.BatchNorm_0.var",
      ]
    case .mlx: ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"]
    }
  }

  static func prefixes(_ convention: NormalizationConvention) -> (
    layer: String, statistics: String?
  ) {
    switch convention {
    case .pyTorch: ("layer1.0.bn1.", nil)
    case .keras: ("batch_normalization/", nil)
    case .onnx: ("", nil)
    case .flax: ("params.BatchNorm_0.", "batch_stats.BatchNorm_0.")
    case .mlx: ("bn.", nil)
    }
  }

  static func file(_ convention: NormalizationConvention) -> NamedTensors {
    var tensors = NamedTensors(path: "\(convention.rawValue).safetensors")
    for (name, values) in zip(names(convention), [scale, shift, mean, variance]) {
      tensors[name] = .float(Tensor(values))
    }
    if convention == .pyTorch {
      tensors.setIntegers([1234], shape: [], named: "layer1.0.bn1.num_batches_tracked")
    }
    tensors["conv.kernel"] = .float(Tensor(repeating: 0, shape: [2, 2]))
    return tensors
  }

  /// Reads a layer of a file like these.
  static func read<Scalar: NormalizationScalar>(
    _ convention: NormalizationConvention, _ type: Scalar.Type, from tensors: NamedTensors,
    tracking: RunningStatistics.Tracking? = nil, valuesPerChannel: Int? = nil
  ) throws(ConventionError) -> NormalizationConvention.Reading<BatchNorm<Scalar>> {
    let (layer, statistics) = prefixes(convention)
    return try convention.batchNorm(
      type, from: tensors, prefix: layer, statisticsPrefix: statistics, tracking: tracking,
      valuesPerChannel: valuesPerChannel)
  }

  /// Writes a layer as these files have it.
  static func write<Scalar: NormalizationScalar>(
    _ convention: NormalizationConvention, _ layer: BatchNorm<Scalar>,
    into tensors: inout NamedTensors, valuesPerChannel: Int? = nil
  ) throws(ConventionError) -> [String] {
    let (prefix, statistics) = prefixes(convention)
    return try convention.write(
      layer, into: &tensors, prefix: prefix, statisticsPrefix: statistics,
      valuesPerChannel: valuesPerChannel)
  }
}
