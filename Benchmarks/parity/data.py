"""The data sets and the batches of this package, again in Python: the same numbers in the same order."""

import gzip
import pathlib

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
MASK = (1 << 64) - 1
FIRST_EPOCH = 0x6261746368657300  # "batches" in ASCII and a zero byte


class SeededGenerator:
    """xoshiro256** with a state from SplitMix64, as Sources/Tensors/SeededGenerator.swift."""

    def __init__(self, seed, stream=0):
        self.split = seed
        self.split = self._split_mix() ^ (stream * 0xD1342543DE82EF95 & MASK)
        self.state = [self._split_mix() for _ in range(4)]

    def _split_mix(self):
        self.split = (self.split + 0x9E3779B97F4A7C15) & MASK
        z = self.split
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    def next(self):
        def rotated(x, k):
            return (x << k | x >> (64 - k)) & MASK

        s = self.state
        result = rotated(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)
        return result

    def below(self, bound):
        """Each of 0..<bound equally likely, by Lemire's method."""
        product = self.next() * bound
        if product & MASK < bound:
            threshold = -bound % (1 << 64) % bound
            while product & MASK < threshold:
                product = self.next() * bound
        return product >> 64

    def permutation(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def batches(count, size, seed):
    """Endless indices of batches; what does not fill one at the end of an epoch is left out."""
    epoch = 0
    while True:
        order = SeededGenerator(seed, (FIRST_EPOCH + epoch) & MASK).permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start:start + size]
        epoch += 1


def digits():
    """Every fifth image, from the first, is for testing."""
    text = (ROOT / "Sources/Datasets/Generated/DigitsData.swift").read_text()
    lines = [line for line in text.split('"""')[1].split("\n") if line]
    labels = numpy.array([int(line[0]) for line in lines])
    pixels = numpy.array([[ord(letter) - ord("A") for letter in line[1:]] for line in lines])
    images = (pixels / 16).astype("f4").reshape(-1, 8, 8, 1)
    is_test = numpy.arange(len(lines)) % 5 == 0
    return (images[~is_test], labels[~is_test]), (images[is_test], labels[is_test])


def fashion_mnist():
    def idx(name):
        data = gzip.decompress((FASHION / f"{name}.gz").read_bytes())
        extents = [int.from_bytes(data[4 * i + 4:4 * i + 8], "big") for i in range(data[3])]
        return numpy.frombuffer(data, "u1", offset=4 + 4 * len(extents)).reshape(extents)

    def part(name):
        pixels = idx(f"{name}-images-idx3-ubyte")[..., None]
        # As FashionMNIST.scaling: computed in Float64, rounded once.
        values = ((numpy.arange(256) / 255 - 0.2860405969887955) / 0.3530242445149226).astype("f4")
        return values[pixels], idx(f"{name}-labels-idx1-ubyte").astype(int)

    return part("train"), part("t10k")


def is_installed(name):
    return name == "digits" or FASHION.is_dir()


def load(name):
    """((images, labels) to train on, (images, labels) to test with); images [N, H, W, C], Float32."""
    return {"digits": digits, "fashion-mnist": fashion_mnist}[name]()
