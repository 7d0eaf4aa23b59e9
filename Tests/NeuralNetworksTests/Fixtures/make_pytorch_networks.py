"""Writes pytorch-networks.safetensors: what PyTorch calls the tensors of our networks, and what these give in eval().

    pip install torch==2.13.0+cpu numpy --extra-index-url https://download.pytorch.org/whl/cpu
    python make_pytorch_networks.py

Made with Python 3.11, torch 2.13.0+cpu, numpy 2.4.6. The modules are those of Benchmarks/parity/networks.py, parameters
and images those of pattern_tensors.py. One thread.

Tensors of case NNN (three digits): NNN/output, F64, [3, classes], computed in Float64.
The setting of case NNN is JSON under the key NNN of __metadata__:
    name            for messages
    architecture, norm, placement, sample_shape, classes
    state           {name: shape} of its state_dict
    distance        the largest difference between these outputs and PyTorch's own in Float32, channels-first and
                    channels-last
Images of case NNN are called "images NNN".
"""

import json
import pathlib
import platform
import sys

import torch

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE), str(HERE.parents[1] / "ConformanceTests" / "Fixtures"),
             str(HERE.parents[2] / "Benchmarks" / "parity")]
import networks  # noqa: E402
import pattern_tensors  # noqa: E402
import safetensors_writer  # noqa: E402

CLASSES = 4


def cases():
    for architecture in ["mlp", "lenet", "vgg-small", "resnet-8"]:
        for kind in networks.NORMS:
            if architecture == "mlp" and kind == "instance":
                continue
            # Three channels, so that the order of flattened features matters from the first layer on.
            extent = 16 if architecture == "vgg-small" else 8
            yield architecture, kind, "before", [extent, extent, 3]
    for architecture, kind in [("mlp", "batch"), ("lenet", "batch"), ("vgg-small", "group")]:
        yield architecture, kind, "after", [8, 8, 2]
    yield "mlp", "layer", "before", [12]
    yield "lenet", "batch", "before", [28, 28, 1]
    yield "resnet-14", "batch", "before", [8, 8, 1]


def run(model, x, layout):
    with torch.no_grad():
        if x.ndim == 4:
            x = x.permute(0, 3, 1, 2).contiguous(memory_format=layout)
            model = model.to(memory_format=layout)
        return model.eval()(x)


def main():
    torch.set_num_threads(1)
    tensors, metadata = {}, {}
    for index, (architecture, kind, placement, shape) in enumerate(cases()):
        number = f"{index:03}"
        model = networks.make(architecture, shape, CLASSES, kind, placement)
        state = {name: list(value.shape) for name, value in model.state_dict().items()}
        model.load_state_dict({
            name: torch.from_numpy(pattern_tensors.parameter(name, tuple(shape)))
            for name, shape in state.items()})
        x = torch.from_numpy(pattern_tensors.images(f"images {number}", (3, *shape)))
        narrow = [run(model.float(), x.float(), layout).double()
                  for layout in (torch.contiguous_format, torch.channels_last)]
        output = run(model.double(), x, torch.contiguous_format)
        tensors[f"{number}/output"] = output.numpy()
        metadata[number] = safetensors_writer.compact(dict(
            name=f"{architecture}, {kind} {placement}, {shape}", architecture=architecture, norm=kind,
            placement=placement, sample_shape=shape, classes=CLASSES, state=state,
            distance=max(float((y - output).abs().max()) for y in narrow)))
    metadata["made_with"] = json.dumps(dict(python=platform.python_version(), torch=torch.__version__))
    safetensors_writer.write(HERE / "pytorch-networks.safetensors", tensors, metadata)


main()
