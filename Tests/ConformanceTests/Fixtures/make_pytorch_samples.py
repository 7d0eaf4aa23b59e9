"""Writes pytorch-module-samples and pytorch-function-samples.safetensors: PyTorch's own sample inputs.

    pip install torch==2.13.0+cpu numpy expecttest --extra-index-url https://download.pytorch.org/whl/cpu
    python make_pytorch_samples.py

Made with Python 3.11, torch 2.13.0+cpu, numpy 2.4.6, expecttest 0.3.0 (torch.testing._internal imports it).
Seeded: the same versions on the same kind of processor write the same bytes.

The samples are those of ModuleInfo (torch.testing._internal.common_modules) for the modules of MODULES, in the
first file, and of OpInfo (common_methods_invocations) for the functions of FUNCTIONS, in the second: each drawn
in Float32 and in Float64, and for modules that differ, in training and in evaluation. A sample says which layer
and which input. Chosen here, at random: the output's gradient, and for modules, which would hold 1 and 0, the
parameters and the running statistics. Samples that are left out stand under the key "skipped" of __metadata__,
as JSON: [{"sample": "...", "reason": "..."}].

Tensors of case NNN (three digits, each file from 000); channels are on axis 1, the first axis is the sample:
    NNN/input, NNN/output_gradient
    NNN/scale, NNN/shift                              absent where "has_scale", "has_shift" are false
    NNN/running_mean_before, running_variance_before  absent where "tracking" is false
    NNN/output
    NNN/running_mean, NNN/running_variance            after the call; absent where "updates" is false
    NNN/mean, NNN/inverse_deviation                   of the functions native_*, where they give them
    NNN/input_gradient
    NNN/scale_gradient, NNN/shift_gradient            as scale and shift
The setting of case NNN is JSON under the key NNN of __metadata__:
    name                    suite, entry, number of the sample, its own description
    arguments               the module's or function's, as PyTorch takes them; tensors by their shape
    suite, entry            "ModuleInfo" or "OpInfo"; "nn.BatchNorm1d", "native_layer_norm", ...
    kind                    "batch", "layer", "group", "instance" or "rms"
    axis                    batch, group, instance: 1, the channel axis. layer, rms: the first normalised axis
    group_count             null for kinds other than "group"
    mode                    "training" or "inference"
    epsilon                 the one used; rms without one: that of the given type, 2^-23 or 2^-52
    tracking                false: no running statistics, "inference" uses the input's own
    updates                 whether the running statistics after the call are given
    updating                PyTorch's momentum, the weight of the new value; null for the plain average,
    batches_tracked_before  which then is of this many batches before; null also where "updates" is false
    has_scale, has_shift
    dtype                   of the given tensors, "F32" or "F64"
    note                    what was done to the sample, or null
Under "made_with" stand the versions, as JSON.

The *given* tensors are input, output_gradient, scale, shift and the two "before". The *expected* ones are F64
in every case: PyTorch computes them in Float64 from the given ones, which for "F32" are cast exactly. They are
good to some 1e-14 of what is summed. The running variance is unbiased; an instance normalization's running
statistics are the average over the samples. This script computes every expected tensor by the textbook formula
too, and stops where they disagree.
"""

import collections
import importlib.metadata
import math
import pathlib
import platform

import numpy
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db

import safetensors_writer

SEED = 20150211  # the day arXiv:1502.03167 appeared
DTYPES = {"F32": torch.float32, "F64": torch.float64}
MODULES = {
    "nn.BatchNorm1d": "batch", "nn.BatchNorm2d": "batch", "nn.BatchNorm3d": "batch", "nn.LayerNorm": "layer",
    "nn.GroupNorm": "group", "nn.InstanceNorm1d": "instance", "nn.InstanceNorm2d": "instance",
    "nn.InstanceNorm3d": "instance", "nn.RMSNorm": "rms",
}  # fmt: skip
# The parameters in order after the input. The functions native_* give the statistics too, and the samples of
# native_layer_norm leave out scale and shift one at a time, which those of layer_norm do not.
FUNCTIONS = {
    "nn.functional.batch_norm": "running_mean running_var weight bias training momentum eps",
    "nn.functional.layer_norm": "normalized_shape weight bias eps",
    "nn.functional.group_norm": "num_groups weight bias eps",
    "nn.functional.instance_norm": "running_mean running_var weight bias use_input_stats momentum eps",
    "nn.functional.rms_norm": "normalized_shape weight eps",
    "native_batch_norm": "weight bias running_mean running_var training momentum eps",
    "native_layer_norm": "normalized_shape weight bias eps",
    "native_group_norm": "weight bias N C HxW num_groups eps",
}
NAMES = {"weight": "scale", "bias": "shift", "running_mean": "running_mean_before",
         "running_var": "running_variance_before"}  # fmt: skip
TRACKED_BEFORE = 4  # batches, for modules
FILES = {"ModuleInfo": "pytorch-module-samples", "OpInfo": "pytorch-function-samples"}
# Elements, to keep the files small: inputs beyond the first are kept in Float32 alone (Float64 layers may treat
# these too), beyond the second left out.
LARGE, TOO_LARGE = 200, 2000


class Skip(Exception):
    pass


# Samples


def module_samples(kind, entry, dtype, training):
    """PyTorch's samples of a module: a setting, the given tensors, and what computes the output."""
    (info,) = [info for info in module_db if info.name == entry]
    inputs = info.module_inputs_func(
        info, device="cpu", dtype=DTYPES[dtype], requires_grad=False, training=training
    )
    for sample in inputs:
        make = sample.constructor_input
        module = info.module_cls(*make.args, **make.kwargs, dtype=torch.float64)
        module.train(training)
        tracking = getattr(module, "running_mean", None) is not None
        (x,) = sample.forward_input.args
        setting = {
            "arguments": call_text(info.module_cls.__name__, make.args, make.kwargs, x),
            "kind": kind,
            "mode": "training" if training else "inference",
            "epsilon": module.eps,
            "updates": training and tracking,
            "updating": module.momentum if training and tracking else None,
            "batches_tracked_before": TRACKED_BEFORE if kind == "batch" and tracking else 0,
            "tracking": tracking,
            "group_count": getattr(module, "num_groups", None),
            "rank": len(getattr(module, "normalized_shape", ())),
        }
        given = {"input": x}
        for name in module.state_dict():
            if name != "num_batches_tracked":
                shape = module.state_dict()[name].shape
                given[NAMES[name]] = random_state(name, shape).to(DTYPES[dtype])
        # An instance normalization without running statistics does the same in evaluation.
        same = kind == "instance" and not training and not tracking
        reason = "the same as in training" if same else None
        yield sample.desc, setting, given, reason, module_call(module)


def random_state(name, shape):
    """Parameters and running statistics, which a new module holds as 1 and 0."""
    if name == "running_var":
        return torch.rand(shape) * 40 + 10  # samples are uniform in -9...9, of variance 27
    if name == "weight":
        return (torch.rand(shape) * 1.8 + 0.2) * (torch.randint(0, 2, shape) * 2 - 1)
    return torch.randn(shape)


def module_call(module):
    def call(exact):
        for name, tensor in module.state_dict().items():
            tensor.copy_(exact[NAMES[name]] if name in NAMES else torch.tensor(TRACKED_BEFORE))
        for name, parameter in module.named_parameters():
            exact[NAMES[name]] = parameter  # the leaf whose gradient is asked for
        output = module(exact["input"])
        running = {name: module.state_dict().get(name) for name in ("running_mean", "running_var")}
        return (output,), running

    return call


def function_samples(entry, dtype):
    """PyTorch's samples of a function, as module_samples."""
    (info,) = [info for info in op_db if info.name == entry and not info.variant_test_name]
    names = FUNCTIONS[entry].split()
    for sample in info.sample_inputs("cpu", DTYPES[dtype], requires_grad=False):
        values = dict(zip(names, sample.args)) | sample.kwargs
        assert values.keys() <= set(names), (entry, values.keys())
        kind = next(kind for kind in MODULES.values() if f"{kind}_norm" in entry)
        # rms_norm without epsilon takes that of the input's type; the expected tensors come of Float64 inputs.
        values.setdefault("eps", torch.finfo(DTYPES[dtype]).eps if kind == "rms" else 1e-5)
        training = values.get({"batch": "training", "instance": "use_input_stats"}.get(kind), kind != "batch")
        tracking = values.get("running_mean") is not None
        setting = {
            "arguments": call_text(entry.split(".")[-1], sample.args, sample.kwargs, sample.input),
            "kind": kind,
            "mode": "training" if training else "inference",
            "epsilon": values["eps"],
            "updates": training and tracking,
            "updating": values.get("momentum", 0.1) if training and tracking else None,
            "batches_tracked_before": 0,
            "tracking": tracking,
            "group_count": values.get("num_groups"),
            "rank": len(values.get("normalized_shape", ())),
        }
        given = {"input": sample.input} | {
            ours: values[name] for name, ours in NAMES.items() if values.get(name) is not None
        }
        yield sample.name, setting, given, None, function_call(info.op, values, entry.startswith("native"))


def function_call(function, values, by_position):
    def call(exact):
        arguments = {
            name: exact.get(NAMES[name]) if name in NAMES else value for name, value in values.items()
        }
        if by_position:
            outputs = function(exact["input"], *arguments.values())
        else:
            outputs = (function(exact["input"], **arguments),)
        running = {name: arguments.get(name) for name in ("running_mean", "running_var")}
        return outputs, running

    return call


def call_text(name, args, kwargs, x):
    """The call in words, for people: `batch_norm([3, 1], momentum=0.5)`, `LayerNorm([5])([4, 5])`."""

    def text(value):
        return str(list(value.shape)) if isinstance(value, torch.Tensor) else str(value)

    words = [text(value) for value in args] + [f"{key}={text(value)}" for key, value in kwargs.items()]
    if name[0].isupper():
        return f"{name}({', '.join(words)})({text(x)})"
    return f"{name}({', '.join([text(x)] + words)})"


# Cases


def all_samples(suite):
    """Every sample of a suite, each entry, type and mode from a seed of its own."""
    differ = {info.name: info.train_and_eval_differ for info in module_db}
    runs = [
        (entry, dtype, training)
        for entry in (MODULES if suite == "ModuleInfo" else FUNCTIONS)
        for training in ([True, False] if differ.get(entry) else [True])
        for dtype in DTYPES
    ]
    for number, (entry, dtype, training) in enumerate(runs):
        torch.manual_seed(SEED + number)
        if suite == "ModuleInfo":
            samples = module_samples(MODULES[entry], entry, dtype, training)
        else:
            samples = function_samples(entry, dtype)
        for index, (description, setting, given, reason, call) in enumerate(samples):
            mode = setting["mode"]
            name = " ".join(filter(None, [suite, entry, str(index), description, mode, dtype]))
            setting = {"name": name, "suite": suite, "entry": entry} | setting
            yield setting | {"dtype": dtype, "note": None}, given, reason, call


def expected_tensors(setting, given, call):
    """Completes the setting and the given tensors, and lets PyTorch compute in Float64."""
    x = given["input"]
    refuse_or_note(setting, x)
    exact = {name: tensor.detach().clone().double() for name, tensor in given.items()}
    leaves = [name for name in ("input", "scale", "shift") if name in given]
    for name in leaves:
        exact[name].requires_grad_()
    try:
        outputs, running = call(exact)
    except (RuntimeError, ValueError) as error:
        raise Skip(f"PyTorch refuses it: {str(error).splitlines()[0]}")
    output = outputs[0]
    given["output_gradient"] = torch.randn(output.shape).to(x.dtype)
    output.backward(given["output_gradient"].double())
    expected = {"output": output} | {f"{name}_gradient": exact[name].grad for name in leaves}
    if len(outputs) == 3 and outputs[1].numel():
        expected |= {"mean": outputs[1], "inverse_deviation": outputs[2]}
    if setting["updates"]:
        expected |= {"running_mean": running["running_mean"], "running_variance": running["running_var"]}
    return {name: tensor.detach() for name, tensor in expected.items()}


def refuse_or_note(setting, x):
    if x.numel() == 0:
        raise Skip("an empty input: PyTorch gives an empty output, here it is an error")
    if setting["epsilon"] < 0:
        raise Skip("a negative epsilon: here it is 0 or more")
    if x.numel() > TOO_LARGE:
        raise Skip(f"large: {x.numel()} elements")
    if x.numel() > LARGE and setting["dtype"] == "F64":
        raise Skip(f"large: {x.numel()} elements, kept in Float32 alone")
    if setting["updating"] is not None and not 0 <= setting["updating"] <= 1:
        setting["note"] = f"momentum {setting['updating']} is outside 0...1: no running statistics after"
        setting["updates"], setting["updating"] = False, None


def complete(setting, tensors):
    """Adds the sample axis where a module was given none, and the fields that follow from the tensors."""
    rank = int(setting["entry"][-2]) + 2 if setting["entry"].startswith("nn.InstanceNorm") else None
    if rank == tensors["input"].ndim + 1:
        for name in ("input", "output", "output_gradient", "input_gradient"):
            tensors[name] = tensors[name][None]
        setting["note"] = "PyTorch was given no sample axis; here it is the first, of 1"
    normalized = setting.pop("rank")
    setting["axis"] = tensors["input"].ndim - normalized if normalized else 1
    setting["has_scale"], setting["has_shift"] = "scale" in tensors, "shift" in tensors


# Checking


def check(setting, tensors):
    """Stops where PyTorch and the textbook formula, written down independently, disagree."""
    exact = {name: tensor.astype(numpy.float64) for name, tensor in tensors.items()}
    x, dy, kind = exact["input"], exact["output_gradient"], setting["kind"]
    per_element = kind in ("layer", "rms")
    along = (1, -1) + (1,) * (x.ndim - 2)

    def spread(parameter):  # broadcasts a parameter, or a value per channel
        return parameter if per_element else parameter.reshape(along)

    average, count = averaging(setting, x)
    frozen = setting["mode"] == "inference" and setting["tracking"]
    mean = 0 if kind == "rms" else average(x)
    variance = average((x - mean) ** 2)
    if frozen:
        mean, variance = spread(exact["running_mean_before"]), spread(exact["running_variance_before"])
    inverse = 1 / numpy.sqrt(variance + setting["epsilon"])
    xhat = (x - mean) * inverse
    scaled = dy * spread(exact["scale"]) if setting["has_scale"] else dy
    away = 0 if frozen else xhat * average(scaled * xhat) + (0 if kind == "rms" else average(scaled))
    over = tuple(range(setting["axis"])) if per_element else (0, *range(2, x.ndim))
    output = xhat * spread(exact["scale"]) if setting["has_scale"] else xhat
    formula = {
        "output": output + spread(exact["shift"]) if setting["has_shift"] else output,
        "input_gradient": inverse * (scaled - away),
        "scale_gradient": (dy * xhat).sum(over),
        "shift_gradient": dy.sum(over),
    }
    size = {"output": numpy.abs(output).max(), "input_gradient": numpy.abs(inverse * scaled).max(),
            "scale_gradient": numpy.abs(dy * xhat).sum(over).max(),
            "shift_gradient": numpy.abs(dy).sum(over).max()}  # fmt: skip
    if setting["updates"]:
        formula |= running_formula(setting, exact, mean, variance, count)
    if "mean" in exact:
        formula |= {"mean": one_a_set(setting, mean, exact["mean"].shape),
                    "inverse_deviation": one_a_set(setting, inverse, exact["mean"].shape)}  # fmt: skip
    expected = set(exact) - {"input", "output_gradient", "scale", "shift", *NAMES.values()}
    required = {"output", "input_gradient"} | {f"{name}_gradient" for name in ("scale", "shift") if name in exact}
    required |= {"running_mean", "running_variance"} if setting["updates"] else set()
    assert required <= expected <= set(formula), setting["name"]
    for name in expected:
        assert tensors[name].dtype == numpy.float64, (setting["name"], name)
        assert exact[name].shape == formula[name].shape, (setting["name"], name)
        error = numpy.abs(exact[name] - formula[name]).max() / max(1, size.get(name, 1))
        assert error < 1e-12, (setting["name"], name, error)


def averaging(setting, x):
    """The average over each set, spread over the set again, and the number of values in a set."""
    if setting["kind"] == "group":
        def average(tensor):
            rows = tensor.reshape(x.shape[0], setting["group_count"], -1).mean(2, keepdims=True)
            return numpy.broadcast_to(rows, (*rows.shape[:2], x.size // rows.size)).reshape(x.shape)

        return average, x.size // x.shape[0] // setting["group_count"]
    over = {
        "batch": (0, *range(2, x.ndim)), "instance": tuple(range(2, x.ndim)),
    }.get(setting["kind"], tuple(range(setting["axis"], x.ndim)))  # fmt: skip

    def average(tensor):
        return tensor.mean(over, keepdims=True)

    return average, math.prod(x.shape[axis] for axis in over)


def running_formula(setting, exact, mean, variance, count):
    new = setting["updating"]
    new = 1 / (setting["batches_tracked_before"] + 1) if new is None else new
    over = (0, *range(2, mean.ndim))  # instances: the average over the samples
    unbiased = variance * count / (count - 1)
    return {
        "running_mean": (1 - new) * exact["running_mean_before"] + new * mean.mean(over),
        "running_variance": (1 - new) * exact["running_variance_before"] + new * unbiased.mean(over),
    }


def one_a_set(setting, spread, shape):
    """One value of each set, in the shape that PyTorch gives."""
    if setting["kind"] == "group":
        rows = spread.reshape(*shape, -1)
        return rows[..., 0]
    return spread.reshape(shape)


# The file


def left_out_as_a_whole(suite):
    """What is not drawn at all."""
    infos, entries = (module_db, MODULES) if suite == "ModuleInfo" else (op_db, FUNCTIONS)
    for info in infos:
        others = sorted(str(dtype) for dtype in set(info.dtypes) - set(DTYPES.values()))
        if info.name in entries and others:
            reason = f"neither Float32 nor Float64: {', '.join(others)}"
            yield {"sample": f"all of {info.name} in other types", "reason": reason}
    if suite == "OpInfo":
        for entry in ("_native_batch_norm_legit", "_batch_norm_with_update"):
            yield {"sample": f"all of {entry}", "reason": "those of native_batch_norm"}
        yield {"sample": "all of nn.functional.batch_norm without_cudnn", "reason": "not for CPUs"}
        yield {"sample": "12 reference inputs of nn.functional.group_norm", "reason": "large: 12000 elements each"}


def cases_of(suite):
    """The cases of a suite in order, and what is left out."""
    cases, skipped = [], list(left_out_as_a_whole(suite))
    for setting, given, reason, call in all_samples(suite):
        try:
            if reason:
                raise Skip(reason)
            expected = expected_tensors(setting, given, call)
        except Skip as skip:
            skipped.append({"sample": setting["name"], "reason": str(skip)})
            continue
        tensors = {name: tensor.numpy() for name, tensor in (given | expected).items()}
        complete(setting, tensors)
        check(setting, tensors)
        cases.append((setting, tensors))
    return cases, skipped


def write(suite):
    cases, skipped = cases_of(suite)
    tensors, metadata = {}, {}
    for number, (setting, own) in enumerate(cases):
        tensors |= {f"{number:03}/{name}": tensor for name, tensor in own.items()}
        metadata[f"{number:03}"] = safetensors_writer.compact(setting)
    metadata["skipped"] = safetensors_writer.compact(skipped)
    metadata["made_with"] = safetensors_writer.compact({
        "python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__,
        "expecttest": importlib.metadata.version("expecttest"),
    })  # fmt: skip
    path = pathlib.Path(__file__).with_name(f"{FILES[suite]}.safetensors")
    safetensors_writer.write(path, tensors, metadata)
    print(f"{suite}: {len(cases)} cases, {len(tensors)} tensors, {path.stat().st_size} bytes")
    for entry, count in collections.Counter(setting["entry"] for setting, _ in cases).items():
        print(f"  {entry}: {count} cases")
    print(f"  {len(skipped)} left out:")
    for skip in skipped:
        print(f"    {skip['sample']}: {skip['reason']}")


def main():
    torch.set_num_threads(1)
    for suite in FILES:
        write(suite)


if __name__ == "__main__":
    main()
