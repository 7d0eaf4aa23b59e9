"""Writes keras-batchnorm.safetensors: what Keras 3's BatchNormalization gives on the JAX backend.

    pip install keras==3.15.1 jax==0.10.2 numpy
    python make_keras_fixtures.py

Made with Python 3.11, keras 3.15.1, jax 0.10.2, numpy 2.4.6. Seeded: the same versions on the same kind of
processor write the same bytes.

Tensors of case NNN (three digits):
    NNN/input, NNN/output_gradient   random, channels on "axis"
    NNN/scale, NNN/shift             gamma and beta; absent where "has_scale", "has_shift" are false
    NNN/running_mean_before, running_variance_before  moving_mean and moving_variance
    NNN/mask                         1 or 0 per position, of the input's shape without the last axis; absent
                                     where "masked" is false. It has the type of the input
    NNN/output                       everywhere, masked positions too: see below
    NNN/running_mean, NNN/running_variance            after the call; absent where "updates" is false
    NNN/running_deviation            Keras's moving_stddev after it: where "renorm" is true and "updates" is
    NNN/input_gradient
    NNN/scale_gradient, NNN/shift_gradient            as scale and shift; absent where "trainable" is false
The setting of case NNN is JSON under the key NNN of __metadata__:
    name             the case in words and its shape
    axis             the channel axis of the stored tensors
    mode             "training" or "inference": the argument "training" of the call
    trainable        false: Keras then infers whatever the mode, and has no parameters to train
    updates          whether the running statistics move: training and trainable
    epsilon
    keeping          Keras's momentum, the weight of the old value
    has_scale, has_shift, masked
    renorm           batch renormalization, with "rmax" and "dmax"; null means no bound. rmin is 1/rmax
    dtype            of the given tensors, "F32" or "F64"
Under "made_with" stand the versions, as JSON.

The *given* tensors are input, output_gradient, scale, shift, mask and the two "before". The *expected* ones are
F64 in every case: Keras computes them in Float64 from the given ones, which for "F32" are cast exactly, and
jax.grad differentiates sum(output * output_gradient). They are good to some 1e-14 of what is summed. This
script computes every expected tensor by the textbook formula too, and stops where they disagree.

Two of Keras's settings are changed, or it would compute to some 1e-7 only: on JAX its rules of types give Float32
for Float64, whatever the layer's type, so that entry of their table is replaced; and its "fuzz factor", which it
adds to the count of a mask's positions, is set to 0. The cases of F32 are computed by Keras as it is, in Float32,
too, and the script stops where the two differ by more than rounding.

Keras's conventions:
- The running variance is biased: keeping * old + (1 - keeping) * variance.
- Mask: statistics over the positions of 1, in training alone; inference ignores it. *Every* position is
  normalised, those of 0 too, whereas this package's output is 0 there: compare the output where the mask is 1.
  Positions of 0 hold numbers a hundred times as large and far off, which must not show anywhere else.
  Gradients: the loss counts positions of 1 alone (output_gradient * mask), though output_gradient is random
  everywhere, so that this package's gradients, which do not read positions of 0, are the same. The input
  gradient is 0 there.
- Keras divides the masked sums by count + 1e-7; here by the count. The mask has no channel axis and is only right
  for the last axis, and a layer of one channel fails with it.
- Batch renormalization keeps two sets of statistics: renorm_mean, renorm_stddev for the correction, moving_mean,
  moving_stddev for inference. Here both start alike, renorm_stddev = moving_stddev = sqrt(running_variance_before
  + epsilon), with one momentum, so that one set says all and the correction is the paper's. After the
  call, Keras has *the deviation* averaged: running_deviation = keeping * old + (1 - keeping) *
  sqrt(variance + epsilon), and moving_variance = max(0, running_deviation^2 - epsilon), which is what
  running_variance holds in these cases: not the average of variances.
- trainable = False freezes parameters and statistics, also with training = True.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import pathlib
import platform

import jax
import keras
import keras.src.backend.common.dtypes as keras_types
import numpy

import safetensors_writer

SEED = 20150211  # the day arXiv:1502.03167 appeared
DTYPES = {"F32": numpy.float32, "F64": numpy.float64}
LAST = [(6, 3), (9, 17), (4, 7, 5), (3, 5, 3, 3), (2, 3, 2, 5, 3)]
OTHER = [(4, 5, 7), (3, 4, 5, 2), (2, 3, 5, 3, 2)]
MOMENTA = [0.99, 0.9, 0.5, 0.0, 1.0]
EPSILONS = [1e-3, 1e-5, 0.1, 1e-12]
# rmax, dmax, and how far the running statistics are from the batch's, in deviations and as a factor
RENORMS = [(3.0, 5.0, 0.5, 1.5), (1.25, 0.25, 1.0, 2.0), (1.5, 0.5, 2.0, 0.25), (1.0, 0.0, 1.0, 2.0),
           (None, None, 3.0, 4.0), (3.0, None, 4.0, 20.0), (None, 0.5, 2.0, 8.0)]  # fmt: skip


def case(group, shape, axis=-1, mode="training", dtype="F64", epsilon=1e-3, keeping=0.99, has_scale=True,
         has_shift=True, mask=None, trainable=True, renorm=None):  # fmt: skip
    rmax, dmax, apart, factor = renorm or (None, None, 0.5, 1.5)
    return {
        "name": f"{group}: {'x'.join(map(str, shape))}",
        "axis": axis, "mode": mode, "trainable": trainable, "updates": mode == "training" and trainable,
        "epsilon": epsilon, "keeping": keeping, "has_scale": has_scale, "has_shift": has_shift,
        "masked": mask is not None, "renorm": renorm is not None, "rmax": rmax, "dmax": dmax, "dtype": dtype,
    } | {"shape": shape, "mask": mask, "apart": apart, "factor": factor}  # fmt: skip


def lengths(steps, *counts):
    return numpy.arange(steps) < numpy.array(counts)[:, None]


def masks():
    """Input shapes and masks: padded sequences, and any pattern."""
    yield "lengths", (3, 5, 4), lengths(5, 5, 2, 3)
    yield "lengths", (4, 7, 3), lengths(7, 1, 7, 4, 2)
    yield "lengths, one sample empty", (3, 4, 5), lengths(4, 4, 0, 1)
    yield "lengths, all full", (2, 6, 3), lengths(6, 6, 6)
    yield "padding before the sequence", (3, 6, 2), lengths(6, 1, 3, 6)[:, ::-1]
    yield "two positions in all", (3, 4, 17), lengths(4, 1, 0, 1)
    yield "whole samples", (7, 3), numpy.array([1, 0, 1, 1, 0, 0, 1]) == 1
    yield "every third position", (2, 3, 5, 4), numpy.arange(30).reshape(2, 3, 5) % 3 == 1
    yield "a checkerboard", (2, 2, 3, 2, 3), numpy.indices((2, 2, 3, 2)).sum(0) % 2 == 0


def all_cases():
    both = ["F64", "F32"]
    for i, mode in enumerate(["training", "inference"]):
        for j, shape in enumerate(LAST):
            yield case("last axis", shape, mode=mode, dtype=both[(i + j) % 2])
        for j, shape in enumerate(OTHER):
            yield case("axis 1", shape, axis=1, mode=mode, dtype=both[(i + j) % 2])
        for j, axis in enumerate([2, -2]):
            yield case("middle axis", OTHER[j + 1], axis=axis, mode=mode, dtype=both[j])
        yield case("first axis", (3, 4, 5), axis=0, mode=mode, dtype=both[i])
        for j, (has_scale, has_shift) in enumerate([(True, False), (False, True), (False, False)]):
            for k, axis in enumerate([-1, 1]):
                yield case("scale or shift absent", (4, 3, 5), axis=axis, mode=mode, dtype=both[(j + k) % 2],
                           has_scale=has_scale, has_shift=has_shift)  # fmt: skip
        yield case("not trainable", (5, 4, 3), mode=mode, trainable=False, dtype=both[i])
    for i, keeping in enumerate(MOMENTA):
        for j, epsilon in enumerate(EPSILONS):
            yield case("momentum and epsilon", (5, 3, 2), axis=[-1, 1][(i + j) % 2], epsilon=epsilon,
                       keeping=keeping, dtype=both[j // 2 % 2])  # fmt: skip
    for i, (name, shape, mask) in enumerate(masks()):
        for dtype in both:
            yield case(f"mask, {name}", shape, mask=mask, dtype=dtype, keeping=MOMENTA[i % 3],
                       epsilon=EPSILONS[i % 3])  # fmt: skip
    yield case("mask without scale and shift", (3, 5, 4), mask=lengths(5, 2, 5, 3), has_scale=False,
               has_shift=False)  # fmt: skip
    yield case("mask, inference ignores it", (3, 5, 4), mask=lengths(5, 2, 5, 3), mode="inference")
    for i, renorm in enumerate(RENORMS):
        for dtype in both:
            yield case("renorm", [(6, 5), (4, 3, 5), (2, 3, 3, 4)][i % 3], axis=[-1, 1][i % 2], renorm=renorm,
                       dtype=dtype, keeping=MOMENTA[i % 3], epsilon=EPSILONS[i % 4])  # fmt: skip
    yield case("renorm without scale and shift", (5, 4), renorm=RENORMS[1], has_scale=False, has_shift=False)
    yield case("renorm, inference", (5, 4), renorm=RENORMS[1], mode="inference")


def given_tensors(settings, random):
    """The random tensors of a case, rounded to its type."""
    shape, axis, mask = settings["shape"], settings["axis"], settings["mask"]
    channels, along = shape[axis], spread_shape(settings)
    deviation = random.uniform(0.3, 3, channels)
    mean = random.normal(0, 1, channels) * deviation
    tensors = {"input": mean.reshape(along) + deviation.reshape(along) * random.normal(size=shape)}
    if mask is not None:
        far = 1000 + 100 * random.normal(size=shape)
        tensors["input"] = numpy.where(mask[..., None], tensors["input"], far)
        tensors["mask"] = mask
    tensors["output_gradient"] = random.normal(size=shape)
    if settings["has_scale"]:
        tensors["scale"] = random.choice([-1, 1], channels) * random.uniform(0.2, 2, channels)
    if settings["has_shift"]:
        tensors["shift"] = random.normal(size=channels)
    # Some channels beyond the bounds of renormalization, to either side, and some within.
    away = settings["apart"] * random.normal(size=channels)
    factor = settings["factor"] ** random.uniform(-2, 2, channels)
    tensors["running_mean_before"] = mean + away * deviation
    tensors["running_variance_before"] = deviation**2 * factor
    return {name: tensor.astype(DTYPES[settings["dtype"]]) for name, tensor in tensors.items()}


def spread_shape(settings):
    """The shape that broadcasts one value a channel over the input."""
    shape = [1] * len(settings["shape"])
    shape[settings["axis"]] = -1
    return shape


def clipping(settings):
    """Keras's bounds: an absent one does not bound."""
    rmax, dmax = settings["rmax"], settings["dmax"]
    bounds = {"rmax": rmax, "rmin": rmax and 1 / rmax, "dmax": dmax}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def built_layer(settings, exact, dtype):
    options = {}
    if settings["renorm"]:
        options = {"renorm": True, "renorm_clipping": clipping(settings), "renorm_momentum": settings["keeping"]}
    layer = keras.layers.BatchNormalization(
        axis=settings["axis"], momentum=settings["keeping"], epsilon=settings["epsilon"],
        scale=settings["has_scale"], center=settings["has_shift"], dtype=dtype, **options,
    )  # fmt: skip
    layer.build(settings["shape"])
    layer.trainable = settings["trainable"]
    values = {"moving_mean": exact["running_mean_before"], "moving_variance": exact["running_variance_before"]}
    values |= {"gamma": exact.get("scale"), "beta": exact.get("shift")}
    deviation = numpy.sqrt(exact["running_variance_before"] + settings["epsilon"])
    values |= {"moving_stddev": deviation, "renorm_stddev": deviation, "renorm_mean": values["moving_mean"]}
    for variable in layer.variables:
        assert variable.dtype == dtype
        variable.assign(values[variable.name])
    return layer


def computed_tensors(settings, given, dtype):
    """What Keras gives for the given tensors, computing in a type."""
    exact = {name: tensor.astype(dtype) for name, tensor in given.items()}
    layer = built_layer(settings, exact, dtype)
    trained = [variable.value for variable in layer.trainable_variables]
    kept = [variable.value for variable in layer.non_trainable_variables]
    mask = exact["mask"] == 1 if settings["masked"] else None
    counted = exact["output_gradient"]
    if counts_masked_alone(settings):
        counted = counted * exact["mask"][..., None]

    def loss(parameters, x):
        output, after = layer.stateless_call(
            parameters, kept, x, training=settings["mode"] == "training", mask=mask
        )
        return (output * counted).sum(), (output, after)

    differentiated = jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)
    (_, (output, after)), (gradients, input_gradient) = differentiated(trained, exact["input"])
    tensors = {"output": output, "input_gradient": input_gradient}
    names = {"gamma": "scale_gradient", "beta": "shift_gradient"}
    tensors |= {names[v.name]: value for v, value in zip(layer.trainable_variables, gradients)}
    moved = {v.name: value for v, value in zip(layer.non_trainable_variables, after)}
    if settings["updates"]:
        tensors |= {"running_mean": moved["moving_mean"], "running_variance": moved["moving_variance"]}
        if settings["renorm"]:
            tensors["running_deviation"] = moved["moving_stddev"]
            assert (moved["renorm_mean"] == moved["moving_mean"]).all()
            assert (moved["renorm_stddev"] == moved["moving_stddev"]).all()
    else:
        before = {v.name: v.value for v in layer.non_trainable_variables}
        assert all((before[name] == value).all() for name, value in moved.items())
    return {name: numpy.asarray(tensor) for name, tensor in tensors.items()}


def expected_tensors(settings, given):
    """What Keras gives in Float64; for tensors of Float32 about the same as Keras unchanged in Float32."""
    unchanged = keras_types.BIT64_TO_BIT32_DTYPE["float64"]
    keras.config.set_epsilon(0.0)
    keras_types.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    expected = computed_tensors(settings, given, "float64")
    keras.config.set_epsilon(1e-7)
    keras_types.BIT64_TO_BIT32_DTYPE["float64"] = unchanged
    assert all(tensor.dtype == numpy.float64 for tensor in expected.values())
    if settings["dtype"] == "F32":
        for name, tensor in computed_tensors(settings, given, "float32").items():
            assert tensor.dtype == numpy.float32 and tensor.shape == expected[name].shape
            error = numpy.abs(tensor - expected[name]).max() / max(1, numpy.abs(expected[name]).max())
            assert error < 1e-5, (settings["name"], name, error)
    return expected


def counts_masked_alone(settings):
    return settings["masked"] and settings["updates"]


def check(settings, given, expected):
    """Stops where Keras and the textbook formula, written down independently, disagree."""
    exact = {name: tensor.astype(numpy.float64) for name, tensor in given.items()}
    along = spread_shape(settings)
    over = tuple(axis for axis, extent in enumerate(along) if extent == 1)
    weights = numpy.ones(settings["shape"])
    if counts_masked_alone(settings):
        weights = numpy.broadcast_to(exact["mask"][..., None], settings["shape"])
    weights = weights / weights.sum(over, keepdims=True)
    x, dy = exact["input"], exact["output_gradient"] * (weights > 0)
    mean, variance, r, d = statistics(settings, exact, weights, over)
    inverse = 1 / numpy.sqrt(variance + settings["epsilon"])
    xhat = (x - mean.reshape(along)) * inverse.reshape(along)
    away = 0
    if settings["updates"]:
        away = weights * (dy.sum(over, keepdims=True) + xhat * (dy * xhat).sum(over, keepdims=True))
    n = xhat * r.reshape(along) + d.reshape(along)
    scale = exact.get("scale", numpy.ones(x.shape[settings["axis"]])).reshape(along)
    shift = exact.get("shift", numpy.zeros(x.shape[settings["axis"]])).reshape(along)
    formula = {
        "output": n * scale + shift,
        "input_gradient": (scale * (r * inverse).reshape(along)) * (dy - away),
        "scale_gradient": (dy * n).sum(over),
        "shift_gradient": dy.sum(over),
    }
    size = {
        "output": numpy.abs(formula["output"]).max(),
        "input_gradient": numpy.abs(scale * (r * inverse).reshape(along)).max(),
        "scale_gradient": numpy.abs(dy * n).sum(over).max(),
    }
    if settings["updates"]:
        formula |= running_formula(settings, exact, mean, variance)
    wanted = set(formula)
    if not settings["has_scale"] or not settings["trainable"]:
        wanted.remove("scale_gradient")
    if not settings["has_shift"] or not settings["trainable"]:
        wanted.remove("shift_gradient")
    assert set(expected) == wanted, (settings["name"], set(expected) ^ wanted)
    for name, tensor in expected.items():
        assert tensor.dtype == numpy.float64 and tensor.shape == formula[name].shape, (settings["name"], name)
        error = numpy.abs(tensor - formula[name]).max() / max(1, size.get(name, 1))
        assert error < 1e-12, (settings["name"], name, error)


def statistics(settings, exact, weights, over):
    """Mean and variance that normalise, r and d of batch renormalization (arXiv:1702.03275)."""
    x, along = exact["input"], spread_shape(settings)
    old_mean, old_variance = exact["running_mean_before"], exact["running_variance_before"]
    one, zero = numpy.ones_like(old_mean), numpy.zeros_like(old_mean)
    if not settings["updates"]:
        return old_mean, old_variance, one, zero
    mean = (weights * x).sum(over)
    variance = (weights * (x - mean.reshape(along)) ** 2).sum(over)
    if not settings["renorm"]:
        return mean, variance, one, zero
    old = numpy.sqrt(old_variance + settings["epsilon"])
    r, d = numpy.sqrt(variance + settings["epsilon"]) / old, (mean - old_mean) / old
    rmax = numpy.inf if settings["rmax"] is None else settings["rmax"]
    dmax = numpy.inf if settings["dmax"] is None else settings["dmax"]
    return mean, variance, r.clip(1 / rmax, rmax), d.clip(-dmax, dmax)


def running_formula(settings, exact, mean, variance):
    keep, epsilon = settings["keeping"], settings["epsilon"]
    old_mean, old_variance = exact["running_mean_before"], exact["running_variance_before"]
    formula = {
        "running_mean": keep * old_mean + (1 - keep) * mean,
        "running_variance": keep * old_variance + (1 - keep) * variance,
    }
    if settings["renorm"]:
        old, new = numpy.sqrt(old_variance + epsilon), numpy.sqrt(variance + epsilon)
        formula["running_deviation"] = keep * old + (1 - keep) * new
        formula["running_variance"] = numpy.maximum(formula["running_deviation"] ** 2 - epsilon, 0)
    return formula


def main():
    tensors, metadata, groups = {}, {}, {}
    for number, settings in enumerate(all_cases()):
        random = numpy.random.default_rng([SEED, number])
        given = given_tensors(settings, random)
        expected = expected_tensors(settings, given)
        check(settings, given, expected)
        tensors |= {f"{number:03}/{name}": tensor for name, tensor in (given | expected).items()}
        kept = {name: value for name, value in settings.items() if name not in ("shape", "mask", "apart", "factor")}
        metadata[f"{number:03}"] = safetensors_writer.compact(kept)
        group = "mask" if settings["masked"] else "renorm" if settings["renorm"] else "plain"
        group = f"{group}, {settings['mode']}, {settings['dtype']}"
        groups[group] = groups.get(group, 0) + 1
    count = len(metadata)
    metadata["made_with"] = safetensors_writer.compact({
        "python": platform.python_version(), "keras": keras.__version__, "jax": jax.__version__,
        "numpy": numpy.__version__,
    })  # fmt: skip
    path = pathlib.Path(__file__).with_name("keras-batchnorm.safetensors")
    safetensors_writer.write(path, tensors, metadata)
    print(f"{count} cases, {len(tensors)} tensors, {path.stat().st_size} bytes")
    for group, number in sorted(groups.items()):
        print(f"  {group}: {number} cases")


if __name__ == "__main__":
    main()
