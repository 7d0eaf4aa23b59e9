import Testing

@testable import Plots

@Suite struct AreaTests {
  let area = Area(left: 1, top: 2, right: 5, bottom: 4)

  @Test func `middle and size determine the edges`() {
    #expect(area.middle == Pixel(x: 3, y: 3) && area.width == 4 && area.height == 2)
    #expect(Area(middle: area.middle, width: 4, height: 2) == area)
  }

  @Test func `edges belong to the area, but do not overlap`() {
    #expect(area.contains(Pixel(x: 5, y: 2)))
    #expect(!area.contains(Pixel(x: 5.1, y: 2)) && !area.contains(Pixel(x: 3, y: 1.9)))
    #expect(area.contains(area))
    #expect(!area.contains(Area(left: 1, top: 2, right: 6, bottom: 4)))
    #expect(!area.overlaps(Area(left: 5, top: 2, right: 9, bottom: 4)))
    #expect(!area.overlaps(Area(left: 1, top: 0, right: 5, bottom: 2)))
    #expect(area.overlaps(Area(left: 4.9, top: 3.9, right: 9, bottom: 9)))
  }

  @Test func `the element has place and size`() {
    #expect(
      area.rect(classes: "a", attributes: "fill=\"none\"")
        == "<rect class=\"a\" x=\"1\" y=\"2\" width=\"4\" height=\"2\" fill=\"none\"/>\n")
    #expect(area.rect() == "<rect x=\"1\" y=\"2\" width=\"4\" height=\"2\"/>\n")
  }
}
