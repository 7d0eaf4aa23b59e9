// Our side of compare-peers: reads requests from standard input, one a line, and answers each with a line.
// The same protocol as peers/worker.py, so that the driver can alternate between processes.
//
//   load INPUT.npy GRADIENT.npy AXIS NORM     tensors to work on; axis of the channels, or the first normalised one;
//                                        batch, layer, rms, or group (32 groups)
//   time JOB WARM-UP TIMED               calls through the public interface for so many seconds, uncounted and then
//                                        counted; answers with the median of the latter in seconds
//   save JOB FILE.npy                    one call; writes its result
//
// Jobs: forward (training), backward (training), inference, copy (the faster of memcpy and non-temporal).

import Normalization
import NormalizationKernels
import TensorFiles

/// A layer's calls on the loaded tensors.
struct Work {
  /// The output, and the backward pass for the loaded gradient.
  typealias Pass = (output: Tensor<Float>, backward: () -> Tensor<Float>)

  let input: Tensor<Float>
  let forward: () throws -> Pass
  let inference: () throws -> Tensor<Float>
  let pass: Pass
  let copy: CopyYardstick<Float>

  init(
    _ inputPath: String, _ gradientPath: String, axis: Int, norm: String, execution: Execution
  ) throws {
    let input = try NPYFile.read(inputPath).converted(to: Float.self)
    let gradient = try NPYFile.read(gradientPath).converted(to: Float.self)
    let axis = resolvedAxis(axis, rank: input.rank) ?? 0
    let channels = input.shape[axis]
    let last = Array(input.shape[axis...])
    func use(_ layer: some SampleNormalization<Float>) -> (
      () throws -> Pass, () throws -> Tensor<Float>
    ) {
      (
        {
          let pass = try layer.trainingPass(input)
          return (pass.output, { layer.gradients(of: pass, outputGradient: gradient).input })
        }, { try layer.inference(input) }
      )
    }
    switch norm {
    case "batch":
      let layer = BatchNorm<Float>(featureCount: channels, axis: axis, execution: execution)
      forward = {
        let pass = try layer.trainingPass(input)
        return (pass.output, { layer.gradients(of: pass, outputGradient: gradient).input })
      }
      inference = { try layer.inference(input) }
    case "layer":
      (forward, inference) = use(LayerNorm(normalizedShape: last, execution: execution))
    case "rms":
      (forward, inference) = use(RMSNorm(normalizedShape: last, execution: execution))
    case "group":
      (forward, inference) = use(
        GroupNorm(featureCount: channels, groupCount: 32, axis: axis, execution: execution))
    default: throw WorkerError.unknownNorm(norm)
    }
    self.input = input
    pass = try forward()
    copy = CopyYardstick(elementCount: input.count, execution: execution)
  }

  func run(_ job: String, _ pass: Pass) throws -> Tensor<Float>? {
    switch job {
    case "forward": return try forward().output
    case "backward": return pass.backward()
    case "inference": return try inference()
    case "copy-memcpy": copy.memcpy(input)
    case "copy-nontemporal": copy.nontemporal(input)
    default: throw WorkerError.unknownJob(job)
    }
    return nil
  }
}

enum WorkerError: Error {
  case unknownJob(String)
  case unknownNorm(String)
  case nothingLoaded
}

func answer(_ words: [Substring], _ work: inout Work?, _ execution: Execution) throws -> String {
  if words[0] == "load" {
    work = nil
    work = try Work(
      String(words[1]), String(words[2]), axis: Int(words[3]) ?? -1, norm: String(words[4]),
      execution: execution)
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
      let pass = job == "backward" ? try work.forward() : work.pass
      let start = clock.now
      _ = try work.run(job, pass)
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
