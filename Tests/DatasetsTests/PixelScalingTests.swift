import Testing

@testable import Datasets

@Suite struct PixelScalingTests {
  @Test func `every byte of every channel is rounded once from the formula`() {
    let scaling = PixelScaling(mean: [0.1307, 0.5], deviation: [0.3081, 0.25])
    for channel in 0..<2 {
      for byte in 0...255 {
        let exact = (Double(byte) / 255 - scaling.mean[channel]) / scaling.deviation[channel]
        #expect(scaling.value(of: UInt8(byte), channel: channel) == Float(exact))
      }
    }
    #expect(scaling.black == [Float(-0.1307 / 0.3081), -2])
    #expect(scaling.channelCount == 2)
  }

  @Test func `the unit scaling divides by 255`() {
    let scaling = PixelScaling.unit(channelCount: 3)
    #expect(scaling.value(of: 0, channel: 2) == 0)
    #expect(scaling.value(of: 51, channel: 1) == 0.2)
    #expect(scaling.value(of: 255, channel: 0) == 1)
  }

  @Test func `scalings that divide by nothing stop the program`() async {
    await #expect(processExitsWith: .failure) { _ = PixelScaling(mean: [0], deviation: [0]) }
    await #expect(processExitsWith: .failure) { _ = PixelScaling(mean: [0, 0], deviation: [1]) }
    await #expect(processExitsWith: .failure) { _ = PixelScaling(mean: [.nan], deviation: [1]) }
    await #expect(processExitsWith: .failure) { _ = PixelScaling(mean: [], deviation: []) }
  }
}
