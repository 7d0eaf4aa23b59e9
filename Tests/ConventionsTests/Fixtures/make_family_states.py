"""Writes layer, RMS, group and instance normalization as PyTorch, Keras and Flax store them, and what they give.

    pip install torch==2.13.0+cpu keras==3.15.1 flax==0.12.8 jax numpy safetensors \\
        --extra-index-url https://download.pytorch.org/whl/cpu
    python make_family_states.py

Made with Python 3.11, torch 2.13.0+cpu, keras 3.15.1 (backend torch), flax 0.12.8 (nnx), jax 0.10.2,
safetensors 0.8.0. Seeded.

family-pytorch.safetensors, family-keras.safetensors, family-flax.safetensors: the parameters and statistics, F32, under
the names of the system. family-outputs.safetensors, for every layer of theirs:
    SYSTEM.LAYER.input     F32
    SYSTEM.LAYER.output    the output in inference, computed by the system in Float64 from the same numbers, F64;
                           Keras computes in Float32 whatever it is told
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "torch"
os.environ["JAX_ENABLE_X64"] = "1"

import keras
import numpy
import safetensors.numpy
import torch
from flax import nnx
import jax
import jax.numpy as jnp

random = numpy.random.default_rng(20160721)
outputs = {}


def numbers(*shape, mean=0.0):
    return (mean + random.standard_normal(shape)).astype(numpy.float32)


def pytorch():
    layers = torch.nn.ModuleDict(
        {
            "layer": torch.nn.LayerNorm([3, 4]),
            "plain": torch.nn.LayerNorm(6, bias=False),
            "rms": torch.nn.RMSNorm(5),
            "group": torch.nn.GroupNorm(2, 6),
            "instance": torch.nn.InstanceNorm1d(3, affine=True),
            "tracking": torch.nn.InstanceNorm1d(3, track_running_stats=True),
        }
    )
    shapes = {
        "layer": (2, 3, 4), "plain": (3, 6), "rms": (3, 5), "group": (2, 6, 4),
        "instance": (2, 3, 7), "tracking": (2, 3, 7),
    }
    for parameter in layers.parameters():
        parameter.data = torch.from_numpy(numbers(*parameter.shape, mean=1))
    for _ in range(5):
        layers["tracking"](torch.from_numpy(numbers(4, 3, 9, mean=2)))
    state = {name: tensor.numpy().copy() for name, tensor in layers.state_dict().items()}
    for name, layer in layers.double().eval().items():
        x = numbers(*shapes[name], mean=3)
        outputs[f"PyTorch.{name}.input"] = x
        y = layer(torch.from_numpy(x).double())
        outputs[f"PyTorch.{name}.output"] = y.detach().numpy().copy()
    return state


def keras_layers():
    def layers(dtype):
        return {
            "layer": keras.layers.LayerNormalization(axis=[1, 2], dtype=dtype, name="layer"),
            "rms": keras.layers.RMSNormalization(dtype=dtype, name="rms"),
            "group": keras.layers.GroupNormalization(groups=2, dtype=dtype, name="group"),
            "instance": keras.layers.GroupNormalization(groups=-1, dtype=dtype, name="instance"),
        }

    shapes = {"layer": (2, 3, 4), "rms": (3, 5), "group": (2, 4, 6), "instance": (2, 7, 3)}
    state = {}
    for name, layer in layers("float64").items():
        layer.build(shapes[name])
        values = [numbers(*weight.shape, mean=1) for weight in layer.weights]
        layer.set_weights([value.astype(numpy.float64) for value in values])
        for weight, value in zip(layer.weights, values):
            state[f"{name}/{weight.name}"] = value
        x = numbers(*shapes[name], mean=3)
        outputs[f"Keras.{name}.input"] = x
        y = layer(torch.from_numpy(x).double())
        outputs[f"Keras.{name}.output"] = y.detach().cpu().numpy().copy()
    return state


def flax():
    rngs = nnx.Rngs(0)
    wide = {"dtype": jnp.float64, "param_dtype": jnp.float32, "rngs": rngs}
    layers = {
        "layer": nnx.LayerNorm(5, **wide),
        "rms": nnx.RMSNorm(5, **wide),
        "group": nnx.GroupNorm(6, num_groups=2, **wide),
        "instance": nnx.InstanceNorm(3, **wide),
    }
    shapes = {"layer": (3, 5), "rms": (3, 5), "group": (2, 4, 6), "instance": (2, 7, 3)}
    state = {}
    for name, layer in layers.items():
        for key in ("scale", "bias"):
            parameter = getattr(layer, key, None)
            if parameter is None or parameter.value is None:
                continue
            parameter.value = jnp.asarray(numbers(*parameter.value.shape, mean=1))
            state[f"params.{name}.{key}"] = numpy.asarray(parameter.value)
        x = numbers(*shapes[name], mean=3)
        outputs[f"Flax.{name}.input"] = x
        outputs[f"Flax.{name}.output"] = numpy.asarray(layer(jnp.asarray(x, jnp.float64)))
    return state


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).parent
    for name, state in (("pytorch", pytorch()), ("keras", keras_layers()), ("flax", flax())):
        safetensors.numpy.save_file(state, folder / f"family-{name}.safetensors")
        for key, value in state.items():
            print(name, key, value.dtype, value.shape)
    for key, value in outputs.items():
        print(key, value.dtype, value.shape)
    safetensors.numpy.save_file(outputs, folder / "family-outputs.safetensors")


if __name__ == "__main__":
    main()
