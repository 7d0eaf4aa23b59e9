#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A colour as screens mix it: red, green and blue from 0 to 1, sRGB.
struct ScreenColor: Equatable, Sendable {
  var red: Double
  var green: Double
  var blue: Double

  /// The colour of six hexadecimal digits.
  init(hex: UInt32) {
    red = Double(hex >> 16 & 255) / 255
    green = Double(hex >> 8 & 255) / 255
    blue = Double(hex & 255) / 255
  }

  init(red: Double, green: Double, blue: Double) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// As an attribute of SVG has it: "#0072b2".
  var text: String {
    let digits = [red, green, blue].map { part -> String in
      let byte = String(Int((max(0, min(1, part)) * 255).rounded()), radix: 16)
      return byte.count == 1 ? "0" + byte : byte
    }
    return "#" + digits.joined()
  }

  /// The intensities of light the parts stand for.
  private var linear: [Double] {
    [red, green, blue].map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
  }

  /// The relative luminance: 0 for black, 1 for white.
  ///
  /// Source: Web Content Accessibility Guidelines 2.2, definition of relative luminance.
  var luminance: Double {
    let parts = linear
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  /// The contrast to another colour, from 1 to 21; text needs 4.5.
  func contrast(to other: ScreenColor) -> Double {
    let (one, two) = (luminance + 0.05, other.luminance + 0.05)
    return max(one, two) / min(one, two)
  }

  /// Whether white text is read better on the colour than black.
  ///
  /// The better of both has a contrast of at least 4.58, the root of 21, on any colour.
  var needsLightText: Bool {
    contrast(to: Self(hex: 0xFFFFFF)) > contrast(to: Self(hex: 0x000000))
  }

  /// Lightness, green to red, and blue to yellow, so that equal distances look about equal.
  ///
  /// Source: Ottosson 2020, "A perceptual color space for image processing" (Oklab).
  fileprivate var perceived: [Double] {
    let p = linear
    let cone = [
      cbrt(0.4122214708 * p[0] + 0.5363325363 * p[1] + 0.0514459929 * p[2]),
      cbrt(0.2119034982 * p[0] + 0.6806995451 * p[1] + 0.1073969566 * p[2]),
      cbrt(0.0883024619 * p[0] + 0.2817188376 * p[1] + 0.6299787005 * p[2]),
    ]
    return [
      0.2104542553 * cone[0] + 0.7936177850 * cone[1] - 0.0040720468 * cone[2],
      1.9779984951 * cone[0] - 2.4285922050 * cone[1] + 0.4505937099 * cone[2],
      0.0259040371 * cone[0] + 0.7827717662 * cone[1] - 0.8086757660 * cone[2],
    ]
  }

  /// The colour that is `perceived` so.
  fileprivate init(perceived p: [Double]) {
    func cube(_ value: Double) -> Double { value * value * value }
    let l = cube(p[0] + 0.3963377774 * p[1] + 0.2158037573 * p[2])
    let m = cube(p[0] - 0.1055613458 * p[1] - 0.0638541728 * p[2])
    let s = cube(p[0] - 0.0894841775 * p[1] - 1.2914855480 * p[2])
    let parts = [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ].map { $0 <= 0.0031308 ? $0 * 12.92 : 1.055 * pow($0, 1 / 2.4) - 0.055 }
    self.init(red: parts[0], green: parts[1], blue: parts[2])
  }
}

/// Colours that stand for the numbers from 0 to 1, the same on light and dark ground.
struct ColorScale: Equatable, Sendable {
  private let anchors: [ScreenColor]

  /// From dark blue through green to light yellow, ever lighter: the order can be seen without
  /// colours, too.
  static let sequential = ColorScale(anchors: [0x0A2458, 0x1C6FA6, 0x5CB5A4, 0xF3EE9B])

  /// From blue through a light grey, for the middle, to orange.
  static let diverging = ColorScale(anchors: [0x0B4F8A, 0x7DB8DC, 0xF1F1EE, 0xF0A873, 0x9C3D00])

  private init(anchors: [UInt32]) { self.anchors = anchors.map(ScreenColor.init(hex:)) }

  /// The colour of a number; those beyond 0 and 1 have the colours of these.
  func color(_ number: Double) -> ScreenColor {
    let place = max(0, min(1, number)) * Double(anchors.count - 1)
    let index = min(anchors.count - 2, Int(place))
    let t = place - Double(index)
    let (start, end) = (anchors[index].perceived, anchors[index + 1].perceived)
    return ScreenColor(perceived: zip(start, end).map { $0 * (1 - t) + $1 * t })
  }
}
