import Datasets
import Foundation
import TensorFiles
import Tensors
import Testing

@Suite struct ClassificationDatasetCSVTests {
  private func dataset(_ text: String, label: String? = nil) throws -> ClassificationDataset {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "dataset-\(UUID().uuidString).csv"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    do {
      return try ClassificationDataset(csv: path, labelColumn: label)
    } catch {
      // The path is random; errors are compared by their text after it.
      throw Refusal(text: "\(error)".replacingOccurrences(of: path, with: "FILE"))
    }
  }

  private struct Refusal: Error, Equatable { let text: String }

  private func expectRefusal(_ text: String, label: String? = nil, _ parts: String...) {
    do {
      _ = try dataset(text, label: label)
      Issue.record("the file was accepted")
    } catch let refusal as Refusal {
      for part in parts { #expect(refusal.text.contains(part), "\(refusal.text)") }
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func `a header names the label's column`() throws {
    let set = try dataset("width,class,height\n1,b,2\n3,a,4\n5,b,6\n")
    #expect(set.features.elements == [1, 2, 3, 4, 5, 6])
    #expect(set.classNames == ["a", "b"])
    #expect(set.labels == [1, 0, 1])
    #expect(try dataset("p,q\n7,1\n8,2\n", label: "p").labels == [0, 1])
  }

  @Test func `without a header the last column is the label`() throws {
    let set = try dataset("1,2,cat\n3,4,dog\n")
    #expect(set.features.elements == [1, 2, 3, 4])
    #expect(set.classNames == ["cat", "dog"])
  }

  @Test func `a hole in the first row is refused, not taken for a header`() {
    expectRefusal(",2,0\n1,2,1\n", "line 1")
    expectRefusal("1,2,0\n1,,1\n", "line 2", "column 2")
  }

  @Test func `a text label in front without a header is refused with its line`() {
    expectRefusal("setosa,5.1,3.5\nother,1,2\n", "line 1", "setosa")
  }

  @Test func `what is no number is refused with line, column and text`() {
    expectRefusal("a,b,label\n1,x,0\n2,3,1\n", "line 2", "column 2", "x")
  }

  @Test func `nan, missing labels, one class and a missing column are refused`() {
    expectRefusal("a,b,label\n1,nan,0\n2,3,1\n", "line 2", "nan")
    expectRefusal("a,b,label\n1,2,\n2,3,1\n", "line 2", "empty label")
    expectRefusal("a,b,label\n1,2,0\n2,3,0\n", "one class")
    expectRefusal("a,b,label\n1,2,0\n", label: "species", "species", "a, b, label")
    expectRefusal("1,2,0\n2,1,1\n", label: "species", "no header")
  }

  @Test func `a ragged row is refused with its line and counts`() {
    expectRefusal("a,b,label\n1,2,0\n2,1\n", "line 3", "3", "2")
  }
}
