// Our side of compare-training: reads requests from standard input, one a line, and answers each with a line. The same
// protocol as training/worker.py, so that the driver can alternate between processes.
//
//   load NETWORK BATCH HEIGHT WIDTH CHANNELS     a network with batch normalization, and a batch of random samples
//   time JOB WARM-UP TIMED     steps for so many seconds, uncounted and then counted; the median of the latter in seconds
//   memory                     the most memory the process ever had, in bytes
//
// Jobs: step (forward, backward, SGD with momentum and weight decay), inference (folded).

import Datasets
import Foundation
import NeuralNetworks
import Normalization
import Training

struct Work {
  var trainer: Trainer
  let predict: Predictor<Float>
  let features: Tensor<Float>
  let labels: [Int]

  init(_ name: String, shape: [Int], execution: Execution) throws {
    guard let architecture = NetworkArchitecture(rawValue: name) else {
      throw WorkerError.unknownNetwork(name)
    }
    var options = NetworkOptions()
    options.execution = execution
    let sampleShape = architecture.takesImages ? Array(shape[1...]) : [shape[1...].reduce(1, *)]
    let network = try architecture.network(
      sampleShape: sampleShape, classCount: 10, options: options)
    var generator = SeededGenerator(seed: 1)
    features = Tensor(normal: [shape[0]] + sampleShape, using: &generator)
    labels = (0..<shape[0]).map { _ in Int(generator.uniform() * 10) }
    trainer = Trainer(
      network: network, optimizer: SGD(learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-4))
    _ = try trainer.train(features, labels: labels)
    let probes = Tensor<Float>(normal: [2] + sampleShape, using: &generator)
    predict = try Predictor(
      trainer.network.folded(probes: probes).network, sampleShape: sampleShape,
      execution: execution)
  }

  mutating func run(_ job: String) throws {
    switch job {
    case "step": _ = try trainer.train(features, labels: labels)
    case "inference": _ = try predict(features)
    default: throw WorkerError.unknownJob(job)
    }
  }
}

enum WorkerError: Error {
  case unknownNetwork(String)
  case unknownJob(String)
  case nothingLoaded
}

func answer(_ words: [Substring], _ work: inout Work?, _ execution: Execution) throws -> String {
  switch words[0] {
  case "load":
    work = try Work(
      String(words[1]), shape: words[2...].compactMap { Int($0) }, execution: execution)
    return "ok"
  case "memory":
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return "\(usage.ru_maxrss * 1024)"
  default: break
  }
  guard work != nil else { throw WorkerError.nothingLoaded }
  let clock = ContinuousClock()
  var samples: [Double] = []
  for seconds in words[2...].compactMap({ Double($0) }) {  // the warm-up, and then what counts
    samples = []
    let end = clock.now + .seconds(seconds)
    while samples.count < 3 || clock.now < end {
      let start = clock.now
      try work?.run(String(words[1]))
      samples.append((clock.now - start) / .seconds(1))
    }
  }
  samples.sort()
  return "\(samples[samples.count / 2])"
}

let execution = Execution(
  threadCount: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 2)
var work: Work?
while let line = readLine() {
  do {
    print(try answer(line.split(separator: " "), &work, execution))
  } catch {
    print("error \(error)")
  }
  fflush(nil)
}
