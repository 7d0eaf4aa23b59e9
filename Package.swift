// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

let argumentParser: Target.Dependency =
  .product(name: "ArgumentParser", package: "swift-argument-parser")

// Every target names what it imports; arrows point down only.
func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
  resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: settings)
}

let package = Package(
  name: "swift-normalization",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Normalization", targets: ["Normalization"]),
    .library(
      name: "NeuralNetworks", targets: ["NeuralNetworks", "Training", "Datasets", "Conventions"]),
    .library(name: "TensorFiles", targets: ["TensorFiles"]),
    .executable(name: "batchnorm", targets: ["batchnorm"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // The core, free of system libraries.
    .target(name: "CNormalizationKernels", linkerSettings: [.linkedLibrary("m")]),
    library("Tensors"),
    tests("TensorsTests", ["Tensors"]),
    library("NormalizationKernels", ["CNormalizationKernels", "Tensors"]),
    tests(
      "NormalizationKernelsTests",
      ["CNormalizationKernels", "NormalizationKernels", "Tensors", "TestSupport"]),
    library("Collectives"),
    tests("CollectivesTests", ["Collectives"]),
    library("Normalization", ["Collectives", "NormalizationKernels", "Tensors"]),
    tests("NormalizationTests", ["Normalization", "Tensors", "TestSupport"]),
    tests(
      "ConformanceTests", ["Normalization", "Tensors", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .target(
      name: "TestSupport", dependencies: ["TensorFiles", "Tensors"], path: "Tests/TestSupport",
      swiftSettings: settings),

    // Files and data.
    library("TensorFiles", ["Tensors"]),
    tests("TensorFilesTests", ["TensorFiles", "Tensors"]),
    library("Conventions", ["Normalization", "TensorFiles"]),
    tests(
      "ConventionsTests", ["Conventions", "Normalization", "TensorFiles"],
      resources: [.copy("Fixtures")]),
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    library("Datasets", ["CZlib", "TensorFiles", "Tensors"], exclude: ["ATTRIBUTION.md"]),
    tests("DatasetsTests", ["CZlib", "Datasets", "TensorFiles", "Tensors"]),

    // Networks and their training.
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    library("LinearAlgebra", ["COneDNN", "Tensors"]),
    tests("LinearAlgebraTests", ["LinearAlgebra", "Tensors"]),
    library(
      "NeuralNetworks",
      [
        "Conventions", "LinearAlgebra", "Normalization", "NormalizationKernels", "TensorFiles",
      ]),
    tests(
      "NeuralNetworksTests",
      ["LinearAlgebra", "NeuralNetworks", "Normalization", "TensorFiles", "TestSupport"],
      resources: [.copy("Fixtures")]),
    library("Training", ["Datasets", "NeuralNetworks", "Normalization", "TensorFiles"]),
    tests(
      "TrainingTests",
      [
        "Conventions", "Datasets", "LinearAlgebra", "NeuralNetworks", "Normalization",
        "TensorFiles", "TestSupport", "Training",
      ],
      resources: [.copy("Fixtures")]),

    // What is built from them.
    library("Plots"),
    tests("PlotsTests", ["Plots"]),
    library(
      "Experiments",
      ["Datasets", "LinearAlgebra", "NeuralNetworks", "Normalization", "Plots", "Training"]),
    tests(
      "ExperimentsTests",
      ["Datasets", "Experiments", "NeuralNetworks", "Normalization", "Plots", "Training"]),
    .executableTarget(
      name: "batchnorm",
      dependencies: [
        argumentParser, "Datasets", "Experiments", "NeuralNetworks", "Normalization",
        "NormalizationKernels", "Plots", "TensorFiles", "Training",
      ],
      swiftSettings: settings),
    tests(
      "BatchNormCommandTests",
      ["batchnorm", "Normalization", "TensorFiles", "Tensors", "Training"]),
  ]
)
