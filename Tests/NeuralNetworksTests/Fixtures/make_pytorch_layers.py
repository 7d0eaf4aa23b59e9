"""Writes pytorch-layers.safetensors: layers and losses of networks as PyTorch computes them.

    pip install torch==2.13.0+cpu numpy --extra-index-url https://download.pytorch.org/whl/cpu
    python make_pytorch_layers.py

Made with Python 3.11, torch 2.13.0+cpu, numpy 2.4.6. Seeded: the same versions on the same kind of processor write the
same bytes.

Every tensor is F64 and computed in Float64; channels are last. Tensors of case NNN (three digits):
    NNN/input, NNN/output_gradient      given
    NNN/output, NNN/input_gradient      expected
    NNN/target, NNN/loss                losses: given, of mean squared error; expected, a single number. No output
    NNN/weight_ih, ...                  recurrent layers: given, PyTorch's names without _l0; scales and shifts of
                                        normalizations by the names of this library
    NNN/weight_ih_gradient, ...         expected
The setting of case NNN is JSON under the key NNN of __metadata__:
    name        what is called, for messages
    kind        "activation", "cross-entropy", "mean-squared-error", "local-response", "recurrent",
                "recurrent-normalized"
    variant     activation: "leaky-relu", "gelu", ...; recurrent: "tanh", "relu", "gru"
    slope       of a leaky ReLU
    labels, smoothing       of cross-entropy
    normalization           of recurrent layers: "layer", "batch-input", "batch-per-step"
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


def normalized_recurrent():
    """PyTorch has no such layers: the equations of the papers, on its normalizations and its differentiation."""
    inputs, hidden, samples, steps = 3, 4, 5, 4
    for variant in ("tanh", "relu", "gru"):
        gates = 3 if variant == "gru" else 1
        width = gates * hidden
        for normalization in ("layer", "batch-input", "batch-per-step"):
            parameters = {"weight_ih": torch.randn(width, inputs), "weight_hh": torch.randn(width, hidden) * 0.5}
            if normalization == "batch-per-step":
                parameters["bias_ih"] = torch.randn(width)
            if normalization != "layer":
                parameters["bias_hh"] = torch.randn(width)
            for name, size in norm_widths(normalization, variant == "gru", hidden):
                parameters[f"{name}.scale"] = torch.rand(size) + 0.5
                if normalization != "batch-per-step":
                    parameters[f"{name}.shift"] = torch.randn(size) * 0.3
            leaves = {name: value.requires_grad_() for name, value in parameters.items()}
            setting = {"name": f"recurrent {variant}, {normalization}", "kind": "recurrent-normalized",
                       "variant": variant, "normalization": normalization}  # fmt: skip

            def call(x):
                return normalized_steps(variant, normalization, leaves, x)

            yield differentiated(setting, torch.randn(samples, steps, inputs), call, leaves)


def norm_widths(normalization, is_gru, hidden):
    """The names and widths of the scales, in the order of the parameters."""
    width = 3 * hidden if is_gru else hidden
    if normalization == "batch-input":
        return [("input_norm", width)]
    if normalization == "batch-per-step":
        return [("input_norm", width), ("hidden_norm", width)]
    if not is_gru:
        return [("norm", width)]
    return [(f"{product}_norm.{part}", size) for product in ("input", "hidden")
            for part, size in (("gates", 2 * hidden), ("candidate", hidden))]  # fmt: skip


def normalized_steps(variant, normalization, p, x):
    def batch(value, name):  # over all axes but the last
        rows = value.reshape(-1, value.shape[-1])
        return F.batch_norm(rows, None, None, p[f"{name}.scale"], p.get(f"{name}.shift"), True).reshape(value.shape)

    def layer(value, name):
        return F.layer_norm(value, value.shape[-1:], p[f"{name}.scale"], p[f"{name}.shift"])

    def product_norm(value, name):
        if normalization == "batch-per-step":
            return batch(value, name)
        if normalization == "layer" and variant == "gru":
            count = 2 * value.shape[-1] // 3
            parts = value[..., :count], value[..., count:]
            return torch.cat([layer(parts[0], f"{name}.gates"), layer(parts[1], f"{name}.candidate")], -1)
        return value

    products = x @ p["weight_ih"].T
    if normalization == "batch-input":
        products = batch(products, "input_norm")
    h, states = torch.zeros(len(x), p["weight_hh"].shape[1]), []
    for step in range(x.shape[1]):
        u = product_norm(products[:, step], "input_norm") + p.get("bias_ih", 0)
        v = product_norm(h @ p["weight_hh"].T, "hidden_norm") + p.get("bias_hh", 0)
        if variant == "gru":
            (ur, uz, un), (vr, vz, vn) = u.chunk(3, -1), v.chunk(3, -1)
            r, z = torch.sigmoid(ur + vr), torch.sigmoid(uz + vz)
            h = (1 - z) * torch.tanh(un + r * vn) + z * h
        else:
            total = layer(u + v, "norm") if normalization == "layer" else u + v
            h = getattr(torch, variant)(total)
        states.append(h)
    return torch.stack(states, 1)


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(SEED)
    tensors, metadata = {}, {}
    cases = [*activations(), *losses(), *local_response(), *recurrent(), *normalized_recurrent()]
    for number, (setting, own) in enumerate(cases):
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
