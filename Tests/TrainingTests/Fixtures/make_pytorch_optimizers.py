"""Writes pytorch-optimizers.safetensors: what PyTorch's optimisers make of given gradients.

    pip install torch==2.13.0+cpu numpy safetensors --extra-index-url https://download.pytorch.org/whl/cpu
    python make_pytorch_optimizers.py

Made with Python 3.11, torch 2.13.0+cpu, safetensors 0.8.0. Seeded, Float64, one thread.

Each case NNN is a setting, JSON under NNN in the metadata, and tensors:
    NNN/weight, NNN/bias          the parameters at first, [3, 4] and [3]
    NNN/weight.gradients, ...     the gradients of each step, [steps, 3, 4] and [steps, 3]
    NNN/weight.result, ...        the parameters after each step
For "clip" the results are the gradients of each step after clip_grad_norm_, and NNN/norms what it returns.
Settings: name, optimizer, rates (of each step), and the keyword arguments; decays_bias false puts the bias into a
group without weight decay.
"""

import json
import pathlib

import safetensors.torch
import torch

STEPS = 6
RATES = [0.1, 0.1, 0.05, 0.05, 0.2, 0.01]

CASES = [
    dict(name="plain SGD", optimizer="SGD", decays_bias=True, arguments={}),
    dict(name="SGD with weight decay", optimizer="SGD", decays_bias=False,
         arguments=dict(weight_decay=0.1)),
    dict(name="SGD with momentum and weight decay", optimizer="SGD", decays_bias=True,
         arguments=dict(momentum=0.9, weight_decay=0.05)),
    dict(name="SGD with Nesterov's momentum and weight decay", optimizer="SGD", decays_bias=False,
         arguments=dict(momentum=0.8, weight_decay=0.05, nesterov=True)),
    dict(name="Adam", optimizer="Adam", decays_bias=True, arguments={}),
    dict(name="Adam with weight decay", optimizer="Adam", decays_bias=True,
         arguments=dict(betas=[0.8, 0.99], eps=1e-3, weight_decay=0.1)),
    dict(name="AdamW", optimizer="AdamW", decays_bias=True, arguments=dict(weight_decay=0.1)),
    dict(name="AdamW without decay of the bias", optimizer="AdamW", decays_bias=False,
         arguments=dict(betas=[0.7, 0.95], eps=1e-6, weight_decay=0.2)),
    dict(name="clipping", optimizer="clip", decays_bias=True, arguments=dict(limit=2.0)),
]


def draw():
    shapes = dict(weight=(3, 4), bias=(3,))
    parameters = {n: torch.randn(s, dtype=torch.float64) for n, s in shapes.items()}
    # Numbers of Float32, so that both element types begin with the same.
    parameters = {n: p.float().double() for n, p in parameters.items()}
    sizes = torch.tensor([1.0, 0.1, 3.0, 0.5, 1e-3, 1.0], dtype=torch.float64)
    gradients = {
        n: (torch.randn((STEPS, *s), dtype=torch.float64)
            * sizes.reshape(STEPS, *[1] * len(s))).float().double()
        for n, s in shapes.items()
    }
    return parameters, gradients


def optimizer(case, parameters):
    arguments = dict(case["arguments"])
    if "betas" in arguments:
        arguments["betas"] = tuple(arguments["betas"])
    decay = arguments.pop("weight_decay", 0)
    groups = [
        dict(params=[parameters["weight"]], weight_decay=decay),
        dict(params=[parameters["bias"]], weight_decay=decay if case["decays_bias"] else 0),
    ]
    return getattr(torch.optim, case["optimizer"])(groups, lr=0.1, **arguments)


def run(case):
    parameters, gradients = draw()
    tensors = {n: p.clone() for n, p in parameters.items()}
    tensors |= {f"{n}.gradients": g for n, g in gradients.items()}
    results = {n: [] for n in parameters}
    if case["optimizer"] == "clip":
        norms = []
        for step in range(STEPS):
            for n, p in parameters.items():
                p.grad = gradients[n][step].clone()
            norms.append(torch.nn.utils.clip_grad_norm_(
                parameters.values(), case["arguments"]["limit"]))
            for n, p in parameters.items():
                results[n].append(p.grad.clone())
        tensors["norms"] = torch.stack(norms)
    else:
        moving = optimizer(case, parameters)
        for step in range(STEPS):
            for group in moving.param_groups:
                group["lr"] = RATES[step]
            for n, p in parameters.items():
                p.grad = gradients[n][step].clone()
            moving.step()
            for n, p in parameters.items():
                results[n].append(p.clone())
    return tensors | {f"{n}.result": torch.stack(r) for n, r in results.items()}


def main():
    torch.manual_seed(20150211)
    torch.set_num_threads(1)
    tensors, metadata = {}, {}
    for number, case in enumerate(CASES):
        key = f"{number:03}"
        setting = dict(name=case["name"], optimizer=case["optimizer"], rates=RATES,
                       decays_bias=case["decays_bias"], **case["arguments"])
        metadata[key] = json.dumps(setting)
        tensors |= {f"{key}/{name}": value.contiguous() for name, value in run(case).items()}
    path = pathlib.Path(__file__).parent / "pytorch-optimizers.safetensors"
    safetensors.torch.save_file(tensors, path, metadata=metadata)
    print(len(CASES), "cases", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
