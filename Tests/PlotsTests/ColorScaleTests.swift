import Testing

@testable import Plots

@Suite struct ColorScaleTests {
  let steps = (0...200).map { Double($0) / 200 }

  @Test func `hexadecimal digits come back`() {
    #expect(ScreenColor(hex: 0x0072B2).text == "#0072b2")
    #expect(ScreenColor(hex: 0x00_00_0F).text == "#00000f")
    #expect(ScreenColor(red: -1, green: 2, blue: 0.5).text == "#00ff80")
  }

  @Test func `luminance and contrast are those of the guidelines`() {
    let (black, white) = (ScreenColor(hex: 0), ScreenColor(hex: 0xFFFFFF))
    #expect((white.luminance - 1).magnitude < 1e-12 && black.luminance == 0)
    #expect((white.contrast(to: black) - 21).magnitude < 1e-9)
    // The published contrast of #767676 on white is 4.54.
    #expect((white.contrast(to: ScreenColor(hex: 0x767676)) - 4.54).magnitude < 0.005)
  }

  @Test func `the ends are the anchors`() {
    #expect(ColorScale.sequential.color(0).text == "#0a2458")
    #expect(ColorScale.sequential.color(1).text == "#f3ee9b")
    #expect(ColorScale.sequential.color(1.0 / 3).text == "#1c6fa6")
    #expect(ColorScale.diverging.color(0.5).text == "#f1f1ee")
    #expect(ColorScale.diverging.color(-4).text == "#0b4f8a")
    #expect(ColorScale.diverging.color(9).text == "#9c3d00")
  }

  @Test func `higher numbers are lighter, so the order shows without colours`() {
    let light = steps.map { ColorScale.sequential.color($0).luminance }
    #expect(zip(light, light.dropFirst()).allSatisfy { $0 < $1 })
    let both = steps.map { ColorScale.diverging.color($0).luminance }
    #expect(zip(both[..<100], both[1...100]).allSatisfy { $0 < $1 })
    #expect(zip(both[100...], both[101...]).allSatisfy { $0 > $1 })
  }

  @Test func `text on any colour can be read`() {
    for scale in [ColorScale.sequential, .diverging] {
      for step in steps {
        let color = scale.color(step)
        let text = ScreenColor(hex: color.needsLightText ? 0xFFFFFF : 0x000000)
        #expect(color.contrast(to: text) >= 4.5)
      }
    }
  }
}
