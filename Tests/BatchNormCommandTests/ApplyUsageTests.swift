import Testing

/// Wrong usage: exit code 64, before anything is read or written.
@Suite struct ApplyUsageTests {
  static let cases: [([String], String)] = [
    ([], "Missing expected argument '<input>'"),
    (["in.csv", "more.csv"], "Unexpected argument 'more.csv'"),
    (["in.txt"], "INPUT must end in .csv, .npy or .safetensors, but is 'in.txt'"),
    (["in"], "INPUT must end in .csv, .npy or .safetensors, but is 'in'"),
    ([".csv"], "INPUT must end in .csv, .npy or .safetensors, but is '.csv'"),
    ([""], "INPUT must end in .csv, .npy or .safetensors, but is ''"),
    (
      ["in.csv", "--output", "out.txt"],
      "--output must end in .csv, .npy or .safetensors, but is 'out.txt'"
    ),
    (["in.csv", "--output", ""], "--output must end in .csv, .npy or .safetensors, but is ''"),
    (["in.csv", "--output"], "Missing value for '--output <file>'"),
    (["in.csv", "--zzzzzzzzzzzz"], "Unknown option '--zzzzzzzzzzzz'"),
    (["in.csv", "--axis", "x"], "The value 'x' is invalid for '--axis <axis>'"),
    (["in.csv", "--axis", "0.5"], "The value '0.5' is invalid for '--axis <axis>'"),
    (
      ["in.csv", "--axis", "9223372036854775808"],
      "The value '9223372036854775808' is invalid for '--axis <axis>'"
    ),
    (["in.csv", "--epsilon", "-1e-5"], "--epsilon must be a number from 0 up, but is -1e-05"),
    (["in.csv", "--epsilon", "nan"], "--epsilon must be a number from 0 up, but is nan"),
    (["in.csv", "--epsilon", "inf"], "--epsilon must be a number from 0 up, but is inf"),
    (["in.csv", "--epsilon", "much"], "The value 'much' is invalid for '--epsilon <epsilon>'"),
    (["in.csv", "--keep", "-0.1"], "--keep must lie between 0 and 1, but is -0.1"),
    (["in.csv", "--keep", "1.5"], "--keep must lie between 0 and 1, but is 1.5"),
    (["in.csv", "--keep", "nan"], "--keep must lie between 0 and 1, but is nan"),
    (["in.csv", "--update", "2"], "--update must lie between 0 and 1, but is 2.0"),
    (["in.csv", "--update", "-1"], "--update must lie between 0 and 1, but is -1.0"),
    (
      ["in.csv", "--running-variance", "sample"],
      "The value 'sample' is invalid for '--running-variance <running-variance>'. Please provide "
        + "one of 'unbiased', 'biased' or 'standard-deviation'."
    ),
    (
      ["in.csv", "--mode", "both"],
      "The value 'both' is invalid for '--mode <mode>'. Please provide one of 'training' and "
        + "'inference'."
    ),
  ]

  @Test(arguments: cases)
  func `values out of range and unknown suffixes are refused`(
    arguments: [String], line: String
  ) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    try await place.expectRefusal(["apply"] + arguments, exitCode: 64, line: line)
  }

  static let contradictions: [([String], String)] = [
    (
      ["--keep", "0.9", "--update", "0.1"],
      "--keep, --update and --cumulative exclude each other; give one"
    ),
    (
      ["--keep", "0.9", "--cumulative"],
      "--keep, --update and --cumulative exclude each other; give one"
    ),
    (
      ["--update", "0.9", "--cumulative"],
      "--keep, --update and --cumulative exclude each other; give one"
    ),
    (["--groups", "2"], "--groups is for --norm group, but the normalization is batch"),
    (
      ["--virtual-batch", "2"],
      "--virtual-batch is for --norm ghost, but the normalization is batch"
    ),
    (["--norm", "group"], "--norm group needs --groups"),
    (["--norm", "group", "--groups", "0"], "--groups must be 1 or more, but is 0"),
    (["--norm", "group", "--groups", "-1"], "--groups must be 1 or more, but is -1"),
    (["--norm", "ghost"], "--norm ghost needs --virtual-batch"),
    (["--norm", "ghost", "--virtual-batch", "0"], "--virtual-batch must be 1 or more, but is 0"),
    (["--norm", "renorm", "--rmax", "0.5"], "--rmax must be a number from 1 up, but is 0.5"),
    (["--norm", "renorm", "--dmax", "inf"], "--dmax must be a number from 0 up, but is inf"),
    (
      ["--norm", "renorm", "--running-variance", "unbiased"],
      "--norm renorm keeps the biased variance or the standard deviation, not the unbiased variance"
    ),
    (["--rmax", "2"], "--rmax is for --norm renorm, but the normalization is batch"),
    (["--dmax", "2"], "--dmax is for --norm renorm, but the normalization is batch"),
  ]

  @Test(arguments: contradictions)
  func `options that contradict each other are refused`(
    options: [String], line: String
  ) async throws {
    let place = try Workplace()
    try place.write(exampleCSV, to: "in.csv")
    try await place.expectRefusal(
      ["apply", "in.csv", "--output", "out.csv"] + options, exitCode: 64, line: line)
  }

  /// The file need not exist: usage is judged first.
  @Test func `usage is judged before the file is opened`() async throws {
    try await Workplace().expectRefusal(
      ["apply", "missing.csv", "--keep", "2"], exitCode: 64,
      line: "--keep must lie between 0 and 1, but is 2.0")
  }
}
