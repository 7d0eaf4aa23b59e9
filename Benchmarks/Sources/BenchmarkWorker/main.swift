// Our side of compare-peers: reads requests from standard input, one a line, and answers each with a line.
// The same protocol as peers/worker.py, so that the driver can alternate between processes.
//
//   load INPUT.npy GRADIENT.npy AXIS     tensors to work on; axis of the channels
//   time JOB WARM-UP TIMED               calls through the public interface for so many seconds, uncounted and then
//                                        counted; answers with the median of the latter in seconds
//   save JOB FILE.npy                    one call; writes its result
//
// Jobs: forward (training), backward (training), inference, copy (the faster of memcpy and non-temporal).

import Normalization
import NormalizationKernels
import TensorFiles

struct Work {
  let input: Tensor<Float>
  let gradient: Tensor<Float>
  let layer: BatchNorm<Float>
  let pass: BatchNorm<Float>.TrainingPass
  let copy: CopyYardstick<Float>

  init(_ inputPath: String, _ gradientPath: String, axis: Int, execution: Execution) throws {
    input = try NPYFile.read(inputPath).converted(to: Float.self)
    gradient = try NPYFile.read(gradientPath).converted(to: Float.self)
    let channels = input.shape[resolvedAxis(axis, rank: input.rank) ?? 0]
    layer = BatchNorm(featureCount: channels, axis: axis, execution: execution)
    pass = try layer.trainingPass(input)
    copy = CopyYardstick(elementCount: input.count, execution: execution)
  }

  func run(_ job: String, _ pass: BatchNorm<Float>.TrainingPass) throws -> Tensor<Float>? {
    switch job {
    case "forward": return try layer.trainingPass(input).output
    case "backward": return layer.gradients(of: pass, outputGradient: gradient).input
    case "inference": return try layer.inference(input)
    case "copy-memcpy": copy.memcpy(input)
    case "copy-nontemporal": copy.nontemporal(input)
    default: throw WorkerError.unknownJob(job)
    }
    return nil
  }
}

enum WorkerError: Error {
  case unknownJob(String)
  case nothingLoaded
}

func answer(_ words: [Substring], _ work: inout Work?, _ execution: Execution) throws -> String {
  if words[0] == "load" {
    work = nil
    work = try Work(
      String(words[1]), String(words[2]), axis: Int(words[3]) ?? -1, execution: execution)
    return "ok"
  }
  guard let work else { throw WorkerError.nothingLoaded }
  if words[0] == "save" {
    if let result = try work.run(String(words[1]), work.pass) {
      try NPYFile.write(result, to: String(words[2]))
    }
    return "ok"
  }
  let job = String(words[1])
  let clock = ContinuousClock()
  var samples: [Double] = []
  for seconds in words[2...].compactMap({ Double($0) }) {  // the warm-up, and then what counts
    samples = []
    let end = clock.now + .seconds(seconds)
    while samples.count < 3 || clock.now < end {
      // A forward pass before each backward one, outside the time, as for the peers.
      let pass = job == "backward" ? try work.layer.trainingPass(work.input) : work.pass
      let start = clock.now
      try withExtendedLifetime(pass) { _ = try work.run(job, pass) }
      samples.append((clock.now - start) / .seconds(1))
    }
  }
  return "\(samples.sorted()[samples.count / 2])"
}

let threads = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 2
let execution = Execution(threadCount: threads)
var work: Work?
while let line = readLine() {
  let words = line.split(separator: " ")
  guard !words.isEmpty else { continue }
  do {
    print(try answer(words, &work, execution))
  } catch {
    print("error \(error)")
  }
  // The driver waits for each line.
  fflushAll()
}
