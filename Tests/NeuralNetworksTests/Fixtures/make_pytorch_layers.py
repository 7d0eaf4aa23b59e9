"""Writes pytorch-layers.safetensors: layers and losses of networks as PyTorch computes them.

    pip install torch==2.13.0+cpu numpy --extra-index-url https://download.pytorch.org/whl/cpu
    python make_pytorch_layers.py

Made with Python 3.11, torch 2.13.0+cpu, numpy 2.4.6. Seeded: the same versions on the same kind of processor write the
same bytes.

Every tensor is F64 and computed in Float64; channels are last. Tensors of case NNN (three digits):
    NNN/input, NNN/output_gradient      given
    NNN/output, NNN/input_gradient      expected
    NNN/target, NNN/loss                losses: given, of mean squared error; expected, a single number. No output
    NNN/weight_ih, ...                  recurrent layers: given, PyTorch's names without _l0
    NNN/weight_ih_gradient, ...         expected
The setting of case NNN is JSON under the key NNN of __metadata__:
    name        what is called, for messages
    kind        "activation", "cross-entropy", "mean-squared-error", "local-response", "recurrent"
    variant     activation: "leaky-relu", "gelu", ...; recurrent: "tanh", "relu", "gru"
    slope       of a leaky ReLU
    labels, smoothing       of cross-entropy
    size, alpha, beta, k    of local response normalization
Under "made_with" stand the versions, as JSON.
"""

import pathlib
import platform
import sys

import numpy
import torch

sys.path.append(str(pathlib.Path(__file__).parents[2] / "ConformanceTests" / "Fixtures"))
import safetensors_writer  # noqa: E402

SEED = 20150211
F = torch.nn.functional


def differentiated(setting, input, call, parameters={}):
    """A case of a layer: the output and all gradients for a random output gradient."""
    x = input.clone().requires_grad_()
    output = call(x)
    gradient = torch.randn(output.shape)
    leaves = {"input": x} | parameters
    gradients = torch.autograd.grad(output, list(leaves.values()), gradient)
    tensors = {name: leaf.detach() for name, leaf in leaves.items()}
    tensors |= {f"{name}_gradient": value for name, value in zip(leaves, gradients)}
    return setting, tensors | {"output": output.detach(), "output_gradient": gradient}


def activations():
    x = torch.cat([torch.linspace(-9, 9, 25), torch.randn(14) * 3, torch.tensor([0.0])]).reshape(8, 5)
    functions = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "gelu": F.gelu,
        "gelu-tanh": lambda x: F.gelu(x, approximate="tanh"),
    }  # fmt: skip
    for variant, function in functions.items():
        yield differentiated({"name": variant, "kind": "activation", "variant": variant}, x, function)
    for slope in (0.01, 0.2, 0.0, 1.5):
        setting = {"name": f"leaky ReLU, slope {slope}", "kind": "activation", "variant": "leaky-relu", "slope": slope}
        yield differentiated(setting, x, lambda x: F.leaky_relu(x, slope))


def losses():
    labels = [3, 0, 1, 1, 2, 3]
    for smoothing in (0.0, 0.1, 0.5, 1.0):
        x = (torch.randn(6, 4) * 3).requires_grad_()
        loss = F.cross_entropy(x, torch.tensor(labels), label_smoothing=smoothing)
        setting = {"name": f"cross-entropy, smoothing {smoothing}", "kind": "cross-entropy", "labels": labels,
                   "smoothing": smoothing}  # fmt: skip
        yield setting, {"input": x.detach(), "loss": loss.detach(), "input_gradient": torch.autograd.grad(loss, x)[0]}
    for shape in ((6, 4), (2, 3, 5)):
        x, target = (torch.randn(shape) * 3).requires_grad_(), torch.randn(shape)
        loss = F.mse_loss(x, target)
        setting = {"name": f"mean squared error {shape}", "kind": "mean-squared-error"}
        yield setting, {"input": x.detach(), "target": target, "loss": loss.detach(),
                        "input_gradient": torch.autograd.grad(loss, x)[0]}  # fmt: skip


def local_response():
    options = [(1, 1e-4, 0.75, 1.0), (2, 0.5, 0.75, 1.0), (3, 0.5, 0.6, 1.0), (4, 0.9, 0.75, 2.0), (5, 1e-4, 0.75, 2.0),
               (5, 1.0, 0.75, 1.0), (8, 0.7, 1.3, 0.5)]  # fmt: skip
    for size, alpha, beta, k in options:
        setting = {"name": f"local response, size {size}", "kind": "local-response", "size": size, "alpha": alpha,
                   "beta": beta, "k": k}  # fmt: skip

        def call(x):
            first = x.permute(0, 3, 1, 2)
            return F.local_response_norm(first, size, alpha, beta, k).permute(0, 2, 3, 1)

        yield differentiated(setting, torch.randn(2, 2, 3, 7) * 2, call)


def recurrent():
    makers = {
        "tanh": lambda **more: torch.nn.RNN(3, 4, nonlinearity="tanh", **more),
        "relu": lambda **more: torch.nn.RNN(3, 4, nonlinearity="relu", **more),
        "gru": lambda **more: torch.nn.GRU(3, 4, **more),
    }
    for variant, make in makers.items():
        for bias in (True, False):
            module = make(batch_first=True, bias=bias)
            parameters = {name.removesuffix("_l0"): value for name, value in module.named_parameters()}
            setting = {"name": f"recurrent {variant}, bias {bias}", "kind": "recurrent", "variant": variant}
            yield differentiated(setting, torch.randn(2, 5, 3), lambda x: module(x)[0], parameters)


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(SEED)
    tensors, metadata = {}, {}
    for number, (setting, own) in enumerate([*activations(), *losses(), *local_response(), *recurrent()]):
        tensors |= {f"{number:03}/{name}": tensor.numpy() for name, tensor in own.items()}
        metadata[f"{number:03}"] = safetensors_writer.compact(setting)
    metadata["made_with"] = safetensors_writer.compact(
        {"python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__}
    )
    path = pathlib.Path(__file__).with_name("pytorch-layers.safetensors")
    safetensors_writer.write(path, tensors, metadata)
    print(f"{len(metadata) - 1} cases, {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
