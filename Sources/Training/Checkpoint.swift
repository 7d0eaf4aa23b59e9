public import Datasets
import NeuralNetworks
public import TensorFiles

/// Everything that a training run needs to go on bit for bit, as one safetensors file.
///
/// - `network.NAME`: the network's state dictionary: parameters, running statistics, what random layers count. Its
///   metadata too, under `network.KEY`.
/// - `optimizer.NAME`: the optimiser's.
/// - Metadata: `format`, `version`, `configuration`, `progress` and `data` as JSON, and `checksum`: sixteen hexadecimal
///   digits over all bytes of the file, the digits themselves taken as zeros.
public struct Checkpoint: Sendable {
  /// The version of the format that is written.
  public static let version = 1

  /// What the run does.
  public var configuration: TrainingConfiguration
  /// Where it stands.
  public var progress: TrainingProgress
  /// What it is trained on.
  public var data: DataDescription
  /// The network's state dictionary.
  public var network: NamedTensors
  /// The optimiser's state dictionary.
  public var optimizer: NamedTensors

  /// A data set's name, size and shape.
  public struct DataDescription: Equatable, Codable, Sendable {
    /// What the data set is called.
    public var name: String
    /// The number of samples.
    public var sampleCount: Int
    /// The shape of a sample.
    public var sampleShape: [Int]
    /// The number of classes.
    public var classCount: Int

    /// Describes a data set.
    public init(_ samples: some LabeledSamples) {
      name = samples.name
      sampleCount = samples.count
      sampleShape = samples.sampleShape
      classCount = samples.classCount
    }
  }

  fileprivate enum Key {
    static let format = "format"
    static let version = "version"
    static let configuration = "configuration"
    static let progress = "progress"
    static let data = "data"
    static let checksum = "checksum"
    static let formatName = "swift-normalization checkpoint"
    static let network = "network."
    static let optimizer = "optimizer."
    static let noChecksum = hexadecimal(0)
  }
}

extension Checkpoint {

  /// The content of the file.
  func encoded(path: String) throws(TensorFileError) -> [UInt8] {
    var file = NamedTensors(path: path)
    file.add(network, under: Key.network)
    file.add(optimizer, under: Key.optimizer)
    file.metadata[Key.format] = Key.formatName
    file.metadata[Key.version] = "\(Self.version)"
    file.metadata[Key.configuration] = jsonText(configuration)
    file.metadata[Key.progress] = jsonText(progress)
    file.metadata[Key.data] = jsonText(data)
    file.metadata[Key.checksum] = Key.noChecksum
    var bytes = try SafetensorsFile.encode(file, path: path)
    // No text in the header holds these bytes, because quotation marks in texts are escaped.
    let pattern = Array("\"\(Key.checksum)\":\"".utf8)
    guard let place = bytes.firstRange(of: pattern) else {
      preconditionFailure("The header of a checkpoint lacks its checksum.")
    }
    let digits = hexadecimal(checksum(of: bytes)).utf8
    bytes.replaceSubrange(place.upperBound..<place.upperBound + 16, with: digits)
    return bytes
  }

  /// Reads a file.
  init(contentsOf path: String) throws(CheckpointError) {
    let file: NamedTensors
    do throws(TensorFileError) {
      file = try SafetensorsFile.read(path)
    } catch {
      throw CheckpointError(error, path: path)
    }
    try self.init(file, path: path)
  }

  private init(_ file: NamedTensors, path: String) throws(CheckpointError) {
    let metadata = file.metadata
    func damaged(_ reason: String) -> CheckpointError {
      .damaged(path: path, reason: reason, previousStep: nil)
    }
    guard let expected = metadata[Key.checksum] else {
      guard metadata[Key.format] == Key.formatName else { throw .notACheckpoint(path: path) }
      throw damaged("it has no checksum")
    }
    // Reading and writing again gives the bytes of the file, if they are whole.
    var unsigned = file
    unsigned.metadata[Key.checksum] = Key.noChecksum
    let bytes = (try? SafetensorsFile.encode(unsigned, path: path)) ?? []
    let found = hexadecimal(Training.checksum(of: bytes))
    guard found == expected else {
      throw damaged("its checksum is \(expected), but its content has \(found)")
    }
    guard metadata[Key.format] == Key.formatName else { throw .notACheckpoint(path: path) }
    guard metadata[Key.version] == "\(Self.version)" else {
      throw .otherVersion(path: path, found: metadata[Key.version] ?? "none")
    }
    func read<Value: Decodable>(
      _ type: Value.Type, _ key: String
    ) throws(CheckpointError) -> Value {
      guard let value = metadata[key].flatMap({ jsonValue(type, $0) }) else {
        throw damaged("its \(key) cannot be read")
      }
      return value
    }
    configuration = try read(TrainingConfiguration.self, Key.configuration)
    progress = try read(TrainingProgress.self, Key.progress)
    data = try read(DataDescription.self, Key.data)
    network = file.part(under: Key.network)
    optimizer = file.part(under: Key.optimizer)
  }
}

extension NamedTensors {
  /// Adds all tensors and texts of another collection, their names behind a prefix.
  fileprivate mutating func add(_ other: NamedTensors, under prefix: String) {
    for entry in other.entries { set(entry.value, named: prefix + entry.name) }
    for (key, text) in other.metadata { metadata[prefix + key] = text }
  }

  /// The tensors and texts whose names begin with a prefix, without it.
  fileprivate func part(under prefix: String) -> NamedTensors {
    var part = NamedTensors(path: path)
    for entry in entries where entry.name.hasPrefix(prefix) {
      part.set(entry.value, named: String(entry.name.dropFirst(prefix.count)))
    }
    for (key, text) in metadata where key.hasPrefix(prefix) {
      part.metadata[String(key.dropFirst(prefix.count))] = text
    }
    return part
  }
}
