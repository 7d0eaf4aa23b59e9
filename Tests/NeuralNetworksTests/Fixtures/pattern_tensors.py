"""Tensors that Python and Swift compute alike, so that no file has to hold them: see PatternTensors.swift.

Element i of the tensor called `name` is s = u / 2^15 - 1, u the upper 16 bits of the i-th number of SplitMix64, which
starts at the FNV-1a hash of the name; then, exactly in Float32:
    rank 2 and more     a * s, a the smallest power of two up to 2 with a^2 * inputs > 3, inputs all axes but the first
    ...weight           1 + s / 2
    ...running_var      1 + s / 2
    others              s / 4
    ...num_batches_tracked      10
"""

import numpy

MASK = (1 << 64) - 1


def bits(name, count):
    """The numbers of SplitMix64 for a name."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(state) + numpy.uint64(0x9E3779B97F4A7C15) * numpy.arange(1, count + 1, dtype=numpy.uint64)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))


def signed(name, shape):
    """Numbers of [-1, 1), Float64, exact in Float32."""
    count = int(numpy.prod(shape, dtype=int))
    return ((bits(name, count) >> numpy.uint64(48)).astype(float) / 2**15 - 1).reshape(shape)


def parameter(name, shape):
    """A parameter or a running statistic of a state_dict."""
    if name.endswith("num_batches_tracked"):
        return numpy.array(10)
    s = signed(name, shape)
    if len(shape) > 1:
        inputs, a = int(numpy.prod(shape[1:])), 2.0
        while (a / 2) ** 2 * inputs > 3:
            a /= 2
        return a * s
    if name.endswith("weight") or name.endswith("running_var"):
        return 1 + s / 2
    return s / 4


def images(name, shape):
    """Images [N, H, W, C], channels-last."""
    return signed(name, shape)


def labels(name, count, classes):
    return (bits(name, count) % numpy.uint64(classes)).astype(int)
