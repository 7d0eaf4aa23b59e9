import NeuralNetworks
import Normalization
import Testing

@Suite struct NetworkSummaryTests {
  @Test func `the table of a nested network with frozen layers`() throws {
    var network = nestedNetwork(seed: 1, innermost: SampleCentering(featureCount: 4))
    try network.freeze(.statistics) { $0 == "block.norm" }
    try network.freeze(.statisticsAndParameters) { $0 != "block.norm" }
    #expect(
      "\(network.summary)" == """
        layer             kind               parameters               count  running  frozen
        in                Dense              weight [5, 3], bias [5]     20
        block.norm        BatchNorm          scale [5], shift [5]        10  yes      statistics
        block.dense       Dense              weight [4, 5], bias [4]     24
        block.inner.norm  SampleCentering    scale [4]                    4  no       parameters
        activation        Activation (tanh)
        norm              BatchNorm          scale [4], shift [4]         8  yes      statistics and parameters
        6 layers, 66 parameters, 12 of them frozen
        """)
  }

  @Test func `numbers behind the table`() {
    let summary = BatchNorm<Float>(featureCount: 3, tracking: nil, hasShift: false).summary
    #expect(summary.rows.count == 1)
    #expect(summary.rows[0].name == "")
    #expect(summary.rows[0].hasRunningStatistics == false)
    #expect(summary.rows[0].parameters.map(\.shape) == [[3]])
    #expect(summary.parameterCount == 3)
    #expect(summary.frozenParameterCount == 0)
    #expect("\(summary)".hasSuffix("\n1 layer, 3 parameters, 0 of them frozen"))
  }
}
