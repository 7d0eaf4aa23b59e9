"""Writes pytorch-batchnorm.safetensors: what PyTorch's batch normalization gives, to compare with.

    pip install torch==2.13.0+cpu numpy safetensors --extra-index-url https://download.pytorch.org/whl/cpu
    python make_batchnorm_fixtures.py

Made with Python 3.11, torch 2.13.0+cpu, numpy 2.4.6, safetensors 0.8.0. Seeded: the same versions on
the same kind of processor write the same bytes.

Tensors of case NNN (three digits):
    NNN/input, NNN/output_gradient                    random
    NNN/scale, NNN/shift                              random; absent where "affine" is false
    NNN/running_mean_before, running_variance_before  random; absent where "tracking" is false
    NNN/output                                        the layer's output
    NNN/running_mean, NNN/running_variance            after the call; training with tracking only
    NNN/input_gradient
    NNN/scale_gradient, NNN/shift_gradient            absent where "affine" is false
The setting of case NNN is JSON under the key NNN of __metadata__:
    name                    the case in words; its shape is written with the channels second
    axis                    the channel axis of the stored tensors
    mode                    "training" or "inference"
    epsilon
    updating                PyTorch's momentum, the weight of the new value; null for the plain average,
    batches_tracked_before  which then is of this many batches before
    tracking                false: no running statistics, inference uses the batch's own
    affine, dtype           dtype is that of the given tensors, "F32" or "F64"

PyTorch keeps the unbiased running variance. The *expected* tensors are F64 in every case: PyTorch
computes them in Float64 from the given ones, which for "F32" are cast exactly. (PyTorch's own Float32
results would carry errors larger than the tolerances they are compared under.) They are good to some
1e-14 of what is summed. Epsilon and momentum are Float64 in both.
"""

import json
import pathlib

import numpy
import safetensors.numpy
import torch

SEED = 20150211  # the day arXiv:1502.03167 appeared

# Channels on axis 1, as PyTorch wants them; stored with the channels where a case asks for them.
SHAPES = [
    (5, 1), (2, 3), (9, 17), (4, 33),
    (2, 1, 7), (3, 3, 7), (5, 17, 1), (2, 33, 7),
    (3, 1, 7, 7), (2, 3, 7, 7), (3, 17, 1, 1), (2, 3, 5, 3), (1, 33, 5, 3), (2, 17, 7, 7),
    (2, 3, 1, 1, 1), (2, 3, 2, 5, 3), (1, 17, 1, 7, 1), (2, 1, 2, 3, 7),
]  # fmt: skip
UPDATING = [0.1, 0.01, 1.0, 0.0, None]
EPSILONS = [1e-5, 1e-3, 0.1, 1e-12]
DTYPES = {"F32": numpy.float32, "F64": numpy.float64}
LAYERS = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d, 5: torch.nn.BatchNorm3d}


def case(group, shape, axis=1, mode="training", dtype="F64", epsilon=1e-5, updating=0.1,
         tracked=0, tracking=True, affine=True, data="plain"):  # fmt: skip
    return {
        "name": f"{group}: {'x'.join(map(str, shape))} {data}",
        "axis": axis, "mode": mode, "epsilon": epsilon, "updating": updating,
        "batches_tracked_before": tracked, "tracking": tracking, "affine": affine, "dtype": dtype,
    } | {"shape": shape, "data": data}  # fmt: skip


def all_cases():
    both = ["F64", "F32"]
    for i, shape in enumerate(SHAPES):
        yield case("channels first", shape, axis=1, dtype=both[i % 2])
        yield case("channels last", shape, axis=-1, dtype=both[(i + 1) % 2])
    for i, shape in enumerate(SHAPES[::2] + [(2, 3, 5, 3), (1, 3, 1, 1)]):
        yield case("inference", shape, axis=[1, -1][i // 2 % 2], mode="inference", dtype=both[i % 2],
                   epsilon=EPSILONS[i % 4])  # fmt: skip
    for i, updating in enumerate(UPDATING):
        for j, epsilon in enumerate(EPSILONS):
            yield case("momentum and epsilon", (4, 3, 7), axis=[1, -1][(i + j) % 2], epsilon=epsilon,
                       updating=updating, dtype=both[j // 2 % 2])  # fmt: skip
    for tracked in [1, 9]:
        yield case("plain average", (6, 3, 5), updating=None, tracked=tracked)
    for mode in ["training", "inference"]:
        for i, axis in enumerate([1, -1, -1]):
            yield case("not affine", (3, 3, 5, 3), axis=axis, mode=mode, affine=False, dtype=both[i % 2])
        for affine in [True, False]:
            for i, axis in enumerate([1, -1]):
                yield case("no running statistics", (4, 3, 7), axis=axis, mode=mode, affine=affine,
                           tracking=False, dtype=both[i])  # fmt: skip
        for i, axis in enumerate([0, 0, 2, -2]):
            yield case("another axis", (3, 4, 2, 5), axis=axis, mode=mode, dtype=both[i % 2])
        for axis in [1, -1]:
            yield case("offset", (2, 3, 7, 7), axis=axis, mode=mode, dtype="F32", data="offset")
    yield case("offset", (50, 3), dtype="F32", data="offset")
    yield case("offset", (7, 17), dtype="F32", data="offset", epsilon=1e-3)
    yield case("constant", (4, 3, 7), data="constant")
    yield case("constant", (4, 3, 7), axis=-1, dtype="F32", data="constant")
    yield case("tiny", (6, 3, 7), data="tiny", epsilon=1e-12)
    yield case("tiny", (6, 3, 7), axis=-1, dtype="F32", data="tiny", epsilon=1e-12)


def given_tensors(settings, random):
    """The random tensors of a case, rounded to its type, channels on axis 1."""
    shape, data = settings["shape"], settings["data"]
    channels = shape[1]
    along = (1, channels) + (1,) * (len(shape) - 2)  # broadcasts one value a channel
    deviation = random.uniform(0.3, 3, channels) * (1e-5 if data == "tiny" else 1)
    mean = random.choice([-1, 1], channels) * 10 * deviation  # "offset": mean / deviation about 10
    if data != "offset":
        mean = random.normal(0, 1, channels) * deviation
    tensors = {"input": mean.reshape(along) + deviation.reshape(along) * random.normal(size=shape)}
    if data == "constant":
        tensors["input"][:, 0] = 0.75  # a channel of no variance: xhat = 0 exactly
    tensors["output_gradient"] = random.normal(size=shape)
    if settings["affine"]:
        tensors["scale"] = random.choice([-1, 1], channels) * random.uniform(0.2, 2, channels)
        tensors["shift"] = random.normal(size=channels)
    if settings["tracking"]:
        tensors["running_mean_before"] = mean + 0.5 * deviation * random.normal(size=channels)
        tensors["running_variance_before"] = deviation**2 * random.uniform(0.5, 2, channels)
    dtype = DTYPES[settings["dtype"]]
    return {name: tensor.astype(dtype) for name, tensor in tensors.items()}


def expected_tensors(settings, given):
    """What PyTorch gives in Float64 for the given tensors, channels on axis 1."""
    exact = {name: torch.from_numpy(tensor.astype(numpy.float64)) for name, tensor in given.items()}
    layer = LAYERS[len(settings["shape"])](
        settings["shape"][1], eps=settings["epsilon"], momentum=settings["updating"],
        affine=settings["affine"], track_running_stats=settings["tracking"], dtype=torch.float64,
    )  # fmt: skip
    with torch.no_grad():
        if settings["affine"]:
            layer.weight.copy_(exact["scale"])
            layer.bias.copy_(exact["shift"])
        if settings["tracking"]:
            layer.running_mean.copy_(exact["running_mean_before"])
            layer.running_var.copy_(exact["running_variance_before"])
            layer.num_batches_tracked.fill_(settings["batches_tracked_before"])
    layer.train(settings["mode"] == "training")
    x = exact["input"].requires_grad_()
    output = layer(x)
    output.backward(exact["output_gradient"])
    tensors = {"output": output.detach(), "input_gradient": x.grad}
    if settings["affine"]:
        tensors |= {"scale_gradient": layer.weight.grad, "shift_gradient": layer.bias.grad}
    if settings["tracking"] and settings["mode"] == "training":
        tensors |= {"running_mean": layer.running_mean, "running_variance": layer.running_var}
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def check(settings, given, expected):
    """Stops where PyTorch and the textbook formula, written down independently, disagree."""
    exact = {name: tensor.astype(numpy.float64) for name, tensor in given.items()}
    x, dy = exact["input"], exact["output_gradient"]
    over = tuple(i for i in range(x.ndim) if i != 1)
    along = (1, -1) + (1,) * (x.ndim - 2)
    m = x.size // x.shape[1]
    mean, variance = x.mean(over), x.var(over)
    frozen = settings["mode"] == "inference" and settings["tracking"]
    if frozen:
        mean, variance = exact["running_mean_before"], exact["running_variance_before"]
    inverse = (1 / numpy.sqrt(variance + settings["epsilon"])).reshape(along)
    xhat = (x - mean.reshape(along)) * inverse
    scale = exact.get("scale", numpy.ones(x.shape[1]))
    shift = exact.get("shift", numpy.zeros(x.shape[1]))
    dscale, dshift = (dy * xhat).sum(over), dy.sum(over)
    away = 0 if frozen else (dshift.reshape(along) + xhat * dscale.reshape(along)) / m
    formula = {
        "output": xhat * scale.reshape(along) + shift.reshape(along),
        "input_gradient": scale.reshape(along) * inverse * (dy - away),
        "scale_gradient": dscale,
        "shift_gradient": dshift,
    }
    if "running_mean" in expected:
        new = settings["updating"]
        new = 1 / (settings["batches_tracked_before"] + 1) if new is None else new
        formula["running_mean"] = (1 - new) * exact["running_mean_before"] + new * mean
        formula["running_variance"] = (
            (1 - new) * exact["running_variance_before"] + new * variance * m / (m - 1)
        )
    size = {"input_gradient": numpy.abs(scale.reshape(along) * inverse * dy).max()}
    for name, tensor in expected.items():
        error = numpy.abs(tensor - formula[name]).max() / max(1, size.get(name, 1))
        assert error < 1e-12, (settings["name"], name, error)


def write(path, tensors, metadata):
    """Saves the file; the library's order of the metadata changes from run to run, so sort it."""
    data = safetensors.numpy.save(tensors, metadata)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def main():
    torch.set_num_threads(1)
    tensors, metadata = {}, {}
    for number, settings in enumerate(all_cases()):
        random = numpy.random.default_rng([SEED, number])
        given = given_tensors(settings, random)
        expected = expected_tensors(settings, given)
        check(settings, given, expected)
        for name, tensor in (given | expected).items():
            if tensor.ndim > 1:
                tensor = numpy.moveaxis(tensor, 1, settings["axis"])
            tensors[f"{number:03}/{name}"] = numpy.ascontiguousarray(tensor)
        kept = {name: value for name, value in settings.items() if name not in ("shape", "data")}
        metadata[f"{number:03}"] = json.dumps(kept, separators=(",", ":"))
    path = pathlib.Path(__file__).with_name("pytorch-batchnorm.safetensors")
    write(path, tensors, metadata)
    print(f"{len(metadata)} cases, {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
