// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that users of the layers never see it.
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-normalization", path: "..")],
  targets: [
    .executableTarget(
      name: "BenchmarkWorker",
      dependencies: [
        .product(name: "Normalization", package: "swift-normalization"),
        .product(name: "TensorFiles", package: "swift-normalization"),
      ]),
    .executableTarget(
      name: "TrainingWorker",
      dependencies: [
        .product(name: "NeuralNetworks", package: "swift-normalization"),
        .product(name: "Normalization", package: "swift-normalization"),
      ]),
  ])
