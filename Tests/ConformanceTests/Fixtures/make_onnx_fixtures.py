"""Writes onnx-node-tests.safetensors: ONNX's own tests of the normalization operators.

    pip install onnx numpy
    python make_onnx_fixtures.py

Made with Python 3.11, onnx 1.23.2, numpy 2.4.6. The tests are those of onnx.backend.test.case.node (ONNX
project, Apache-2.0): only their numbers are stored. ONNX seeds each test itself, so the same versions on
the same kind of processor write the same bytes.

All 47 cases of six operators, in the order of COUNTS and, within an operator, of ONNX; tests "expanded"
into other operators hold the same numbers and are left out. Every tensor of these tests is F32 and is
stored as it is.

Tensors of case NNN (three digits), by the names of the operator's definition, not of the test's graph:
    BatchNormalization         X, scale, B, input_mean, input_var -> Y; training also running_mean, running_var
    InstanceNormalization      input, scale, B -> output
    GroupNormalization         X, scale, bias -> Y
    LayerNormalization         X, Scale, B -> Y, Mean, InvStdDev; the last two keep the axes as extents of 1
    RMSNormalization           X, scale -> Y
    MeanVarianceNormalization  X -> Y
The setting of case NNN is JSON under the key NNN of __metadata__:
    name             ONNX's name of the test
    operator, opset  opset is the version of the operator that the test is of
    inputs, outputs  the names of the tensors, in order
    and every attribute of the operator, given or default: epsilon, momentum (the old value's weight),
    training_mode, num_groups, axis, axes, stash_type. Attributes of operators that lack them are absent.
    ONNX holds epsilon and momentum in Float32; here is the shortest decimal that gives them, with which
    ONNX's tests compute too.
Under "made_with" stand the versions, under "tolerance" the one of ONNX's own runner, as JSON.

The expected tensors are ONNX's: NumPy in Float32, good to 3.2e-7 * max(1, |expected|): this script computes
them in Float64 too, and stops beyond 1e-6. MeanVarianceNormalization adds 1e-9 to the deviation, and has no
epsilon otherwise.
"""

import pathlib
import platform
import warnings

import numpy
import onnx
import onnx.backend.test.loader

import safetensors_writer

COUNTS = {
    "BatchNormalization": 4,
    "InstanceNormalization": 2,
    "GroupNormalization": 2,
    "LayerNormalization": 19,
    "RMSNormalization": 19,
    "MeanVarianceNormalization": 1,
}
TOLERANCE = 1e-6


def all_cases():
    """ONNX's tests of one node whose operator is ours, sorted by operator."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tests of other operators overflow on purpose
        tests = onnx.backend.test.loader.load_model_tests(kind="node")
    for operator, count in COUNTS.items():
        found = [
            test for test in tests
            if [node.op_type for node in test.model.graph.node] == [operator]
        ]  # fmt: skip
        assert len(found) == count, (operator, [test.name for test in found])
        yield from found


def read(test):
    """The setting and the tensors of a test, by the names of the operator's definition."""
    (node,) = test.model.graph.node
    (opset,) = [entry.version for entry in test.model.opset_import if entry.domain == ""]
    schema = onnx.defs.get_schema(node.op_type, opset)
    inputs = [formal.name for formal, _ in zip(schema.inputs, node.input)]
    outputs = [formal.name for formal, _ in zip(schema.outputs, node.output)]
    ((given, expected),) = test.data_sets
    assert "" not in [*node.input, *node.output]
    assert len(inputs) == len(node.input) == len(given), test.name
    assert len(outputs) == len(node.output) == len(expected), test.name
    tensors = dict(zip(inputs + outputs, [*given, *expected]))
    assert all(tensor.dtype == numpy.float32 for tensor in tensors.values()), test.name
    setting = {
        "name": test.name, "operator": node.op_type, "opset": schema.since_version,
        "inputs": inputs, "outputs": outputs,
    }  # fmt: skip
    return setting | attributes(node, schema), tensors


def attributes(node, schema):
    values = {
        name: onnx.helper.get_attribute_value(attribute.default_value)
        for name, attribute in schema.attributes.items()
        if attribute.default_value.name
    }
    values |= {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    assert values.keys() == schema.attributes.keys(), node.op_type
    return {
        name: float(str(numpy.float32(value))) if isinstance(value, float) else value
        for name, value in sorted(values.items())
    }


def formula(setting, tensors):
    """The operator in Float64, written down independently of ONNX's tests."""
    exact = [tensors[name].astype(numpy.float64) for name in setting["inputs"]]
    x, parameters = exact[0], exact[1:]
    operator, epsilon = setting["operator"], setting.get("epsilon")
    along = (-1,) + (1,) * (x.ndim - 2)  # a value per channel, channels on axis 1
    if operator == "MeanVarianceNormalization":
        over = tuple(setting["axes"])
        return {"Y": (x - x.mean(over, keepdims=True)) / (x.std(over, keepdims=True) + 1e-9)}
    if operator == "RMSNormalization":
        over = tuple(range(setting["axis"] % x.ndim, x.ndim))
        return {"Y": parameters[0] * x / numpy.sqrt((x * x).mean(over, keepdims=True) + epsilon)}
    if operator == "LayerNormalization":
        over = tuple(range(setting["axis"] % x.ndim, x.ndim))
        mean = x.mean(over, keepdims=True)
        inverse = 1 / numpy.sqrt(x.var(over, keepdims=True) + epsilon)
        return {"Y": (x - mean) * inverse * parameters[0] + parameters[1], "Mean": mean, "InvStdDev": inverse}
    scale, shift = parameters[0].reshape(along), parameters[1].reshape(along)
    if operator == "BatchNormalization":
        return batch_formula(setting, x, scale, shift, *parameters[2:])
    groups = setting.get("num_groups", x.shape[1])
    rows = x.reshape(x.shape[0], groups, -1)
    xhat = (rows - rows.mean(2, keepdims=True)) / numpy.sqrt(rows.var(2, keepdims=True) + epsilon)
    return {setting["outputs"][0]: xhat.reshape(x.shape) * scale + shift}


def batch_formula(setting, x, scale, shift, old_mean, old_variance):
    over, along = (0, *range(2, x.ndim)), (-1,) + (1,) * (x.ndim - 2)
    mean, variance, running = old_mean, old_variance, {}
    if setting["training_mode"]:
        mean, variance, keep = x.mean(over), x.var(over), setting["momentum"]
        running = {
            "running_mean": keep * old_mean + (1 - keep) * mean,
            "running_var": keep * old_variance + (1 - keep) * variance,  # biased
        }
    inverse = 1 / numpy.sqrt(variance + setting["epsilon"])
    y = (x - mean.reshape(along)) * inverse.reshape(along) * scale + shift
    return {"Y": y} | running


def check(setting, tensors):
    """Returns the largest difference from Float64, and stops where it is too large."""
    computed = formula(setting, tensors)
    assert set(computed) == set(setting["outputs"]), setting["name"]
    worst = 0
    for name, expected in computed.items():
        assert expected.shape == tensors[name].shape, (setting["name"], name)
        error = numpy.abs(tensors[name] - expected) / numpy.maximum(1, numpy.abs(expected))
        worst = max(worst, error.max())
    assert worst < TOLERANCE, (setting["name"], worst)
    return worst


def main():
    tensors, metadata, errors = {}, {}, {}
    for number, test in enumerate(all_cases()):
        setting, own = read(test)
        assert test.rtol == 1e-3 and test.atol == 1e-7
        error = check(setting, own)
        errors[setting["operator"]] = max(error, errors.get(setting["operator"], 0))
        tensors |= {f"{number:03}/{name}": tensor for name, tensor in own.items()}
        metadata[f"{number:03}"] = safetensors_writer.compact(setting)
    count = len(metadata)
    metadata["made_with"] = safetensors_writer.compact(
        {"python": platform.python_version(), "onnx": onnx.__version__, "numpy": numpy.__version__}
    )
    metadata["tolerance"] = safetensors_writer.compact({"relative": 1e-3, "absolute": 1e-7})
    path = pathlib.Path(__file__).with_name("onnx-node-tests.safetensors")
    safetensors_writer.write(path, tensors, metadata)
    print(f"{count} cases, {len(tensors)} tensors, {path.stat().st_size} bytes")
    for operator, error in errors.items():
        print(f"  {operator}: {COUNTS[operator]} cases, at most {error:.2g} from Float64")


if __name__ == "__main__":
    main()
