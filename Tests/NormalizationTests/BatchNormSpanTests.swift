import Normalization
import Testing
import TestSupport

/// The entry points over plain memory do what those over tensors do, wherever the memory begins.
@Suite struct BatchNormSpanTests {
  // Parts of arrays that begin one element after an aligned address, or three.
  @Test(arguments: AxisKind.allCases, ElementType.allCases)
  func `spans at any address give the bits of tensors`(
    kind: AxisKind, element: ElementType
  ) throws {
    func check<Scalar: NormalizationScalar>(_ type: Scalar.Type) throws {
      for offset in [0, 1, 3] {
        for values in [2, 17, 65, 200, 2100] {
          try compare(type, kind, values: values, offset: offset)
        }
      }
    }
    try check(element.type)
  }

  private func compare<Scalar: NormalizationScalar>(
    _ type: Scalar.Type, _ kind: AxisKind, values: Int, offset: Int
  ) throws {
    let x: Tensor<Scalar> = normalTensor(kind, channels: 19, values: values, seed: 1)
    let dy: Tensor<Scalar> = normalTensor(kind, channels: 19, values: values, seed: 2)
    var layer = BatchNorm<Scalar>(featureCount: 19, axis: kind.axis)
    layer.scale = parameters(count: 19, seed: 3)
    layer.shift = parameters(count: 19, seed: 4)
    let pass = try layer.trainingPass(x)
    let gradients = layer.gradients(of: pass, outputGradient: dy)

    let margin = Array(repeating: Scalar(77), count: offset)
    let tail = [Scalar(78)]
    let place = offset..<offset + x.count
    let input = margin + x.elements + tail
    let weights = margin + dy.elements + tail
    var output = margin + Array(repeating: Scalar(0), count: x.count) + tail

    func outside() -> Bool {
      Array(output[..<offset]) == margin && output[offset + x.count] == 78
    }
    func inside() -> [Scalar] { Array(output[place]) }

    var target = output.mutableSpan
    var part = target._mutatingExtracting(place)
    let record = try layer.trainingPass(
      input.span.extracting(place), shape: x.shape, into: &part)
    #expect(record == pass.record)
    #expect(inside() == pass.output.elements)
    #expect(outside())

    target = output.mutableSpan
    part = target._mutatingExtracting(place)
    try layer.inference(input.span.extracting(place), shape: x.shape, into: &part)
    #expect(inside() == (try layer.inference(x).elements))
    #expect(outside())

    target = output.mutableSpan
    part = target._mutatingExtracting(place)
    let sums = layer.gradients(
      of: record, input: input.span.extracting(place),
      outputGradient: weights.span.extracting(place),
      into: &part)
    #expect(inside() == gradients.input.elements)
    #expect(sums.scale.map { Scalar($0) } == gradients.scale?.elements)
    #expect(sums.shift.map { Scalar($0) } == gradients.shift?.elements)
    #expect(outside())

    var spans = layer
    spans.commit(record)
    layer.commit(pass)
    #expect(LayerState(spans) == LayerState(layer))
  }

  @Test func `a pass shares its input and does not change it`() throws {
    let x: Tensor<Float> = normalTensor(.columns, channels: 3, values: 100, seed: 1)
    let copy = Tensor(x.elements, shape: x.shape)
    var layer = BatchNorm<Float>(featureCount: 3)
    let pass = try layer.train(x)
    #expect(pass.input == copy)
    #expect(x == copy)
    #expect(pass.shape == x.shape)
  }
}
