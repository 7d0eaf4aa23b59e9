"""Writes pytorch-training.safetensors: the losses of PyTorch training a small residual network, step by step.

    pip install torch==2.13.0+cpu numpy --extra-index-url https://download.pytorch.org/whl/cpu
    python make_pytorch_training.py

Made with Python 3.11, torch 2.13.0+cpu, numpy 2.4.6. The network is resnet() of Benchmarks/parity/networks.py with one
block in each of two stages of 4 and 8 channels, for images [8, 8, 2] of three classes. Initial weights and batches are
those of NeuralNetworksTests/Fixtures/pattern_tensors.py: image n of step t is the prototype of its class plus half as
much noise.

Each case NNN is a setting, JSON under NNN in the metadata: name, optimizer, arguments (torch.optim's; weight decay acts
on weights alone), state ({name: shape} of the state_dict). Tensors of case NNN:
    NNN/losses              F64, [20]: of each step before the parameters move, computed in Float64
    NNN/running_var         F64, [4]: of bn1 after the last step
    NNN/narrow.losses       F64, [variants, 20]: computed in Float32, channels-first and channels-last, by oneDNN and
                            without it, on one and two threads
"""

import json
import pathlib
import platform
import sys

import numpy
import torch

HERE = pathlib.Path(__file__).parent
TESTS = HERE.parents[1]
sys.path += [str(TESTS / "NeuralNetworksTests" / "Fixtures"), str(TESTS / "ConformanceTests" / "Fixtures"),
             str(TESTS.parent / "Benchmarks" / "parity")]
import networks  # noqa: E402
import pattern_tensors  # noqa: E402
import safetensors_writer  # noqa: E402

STEPS, BATCH, CLASSES, SHAPE = 20, 24, 3, (8, 8, 2)

CASES = [
    dict(name="SGD with momentum", optimizer="SGD", arguments=dict(lr=0.05, momentum=0.9, weight_decay=5e-3)),
    dict(name="SGD with Nesterov's momentum", optimizer="SGD",
         arguments=dict(lr=0.02, momentum=0.9, weight_decay=0, nesterov=True)),
    dict(name="Adam", optimizer="Adam", arguments=dict(lr=0.01, weight_decay=1e-3)),
    dict(name="AdamW", optimizer="AdamW", arguments=dict(lr=0.01, weight_decay=0.1)),
]


def batch(step):
    labels = pattern_tensors.labels(f"labels {step}", BATCH, CLASSES)
    prototypes = pattern_tensors.signed("prototypes", (CLASSES, *SHAPE))
    images = prototypes[labels] + pattern_tensors.signed(f"noise {step}", (BATCH, *SHAPE)) / 2
    return torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(labels)


def fresh():
    model = networks.resnet(networks.Unit("batch", "before"), SHAPE, CLASSES, blocks=1, widths=(4, 8))
    model.load_state_dict({
        name: torch.from_numpy(
            numpy.array(0) if name.endswith("num_batches_tracked")
            else pattern_tensors.parameter(name, tuple(value.shape)))
        for name, value in model.state_dict().items()})
    return model


def train(case, dtype, layout=torch.contiguous_format, threads=1, onednn=True):
    torch.set_num_threads(threads)
    torch.backends.mkldnn.enabled = onednn
    model = fresh().to(dtype).to(memory_format=layout).train()
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    optimizer = getattr(torch.optim, case["optimizer"])(
        [dict(params=weights), dict(params=others, weight_decay=0)], **case["arguments"])
    losses = []
    for step in range(STEPS):
        x, labels = batch(step)
        optimizer.zero_grad()
        output = model(x.to(dtype).contiguous(memory_format=layout))
        # In Float64 from the outputs on, as here.
        loss = torch.nn.functional.cross_entropy(output.double(), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model


def main():
    tensors, metadata = {}, {}
    for index, case in enumerate(CASES):
        number = f"{index:03}"
        losses, model = train(case, torch.float64)
        variants = [(layout, threads, onednn) for layout in (torch.contiguous_format, torch.channels_last)
                    for threads in (1, 2) for onednn in (True, False)]
        narrow = [train(case, torch.float32, *variant)[0] for variant in variants]
        tensors[f"{number}/losses"] = numpy.array(losses)
        tensors[f"{number}/running_var"] = model.state_dict()["bn1.running_var"].numpy()
        tensors[f"{number}/narrow.losses"] = numpy.array(narrow)
        distance = numpy.abs(numpy.array(narrow) - losses).max(axis=0)
        print(case["name"], [f"{loss:.3f}" for loss in losses], [f"{d:.0e}" for d in distance])
        metadata[number] = safetensors_writer.compact(dict(
            case, state={name: list(value.shape) for name, value in model.state_dict().items()}))
    metadata["made_with"] = json.dumps(dict(python=platform.python_version(), torch=torch.__version__))
    safetensors_writer.write(HERE / "pytorch-training.safetensors", tensors, metadata)


main()
