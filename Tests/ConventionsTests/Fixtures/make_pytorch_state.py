"""Writes pytorch-state.safetensors, the state_dict of a small trained PyTorch network as safetensors saves it, and
pytorch-state-outputs.safetensors, what its normalization layers give in inference.

    pip install torch==2.13.0+cpu numpy safetensors --extra-index-url https://download.pytorch.org/whl/cpu
    python make_pytorch_state.py

Made with Python 3.11, torch 2.13.0+cpu, safetensors 0.8.0. Seeded.

The network: 0 Linear(6, 5), 1 BatchNorm1d(5), 2 ReLU, 3 Linear(5, 4), 4 BatchNorm1d(4, affine=False, eps=1e-3,
momentum=0.05). Float32. pytorch-state.safetensors holds nothing but its state_dict.

pytorch-state-outputs.safetensors, for layers N = 1 and 4:
    N.input     the layer's input on 7 samples, F32
    N.output    its output in inference, computed by PyTorch in Float64 from the same numbers, F64
"""

import copy
import pathlib

import safetensors.torch
import torch


def network():
    return torch.nn.Sequential(
        torch.nn.Linear(6, 5),
        torch.nn.BatchNorm1d(5),
        torch.nn.ReLU(),
        torch.nn.Linear(5, 4),
        torch.nn.BatchNorm1d(4, affine=False, eps=1e-3, momentum=0.05),
    )


def train(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(9):
        x = 3 + 2 * torch.randn(16, 6)
        loss = (model(x) - x[:, :4]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def outputs(model):
    model.eval()
    value, tensors = 3 + 2 * torch.randn(7, 6), {}
    for number, layer in enumerate(model):
        if isinstance(layer, torch.nn.BatchNorm1d):
            exact = copy.deepcopy(layer).double()
            tensors[f"{number}.input"] = value.detach().contiguous()
            tensors[f"{number}.output"] = exact(value.detach().double()).contiguous()
        value = layer(value)
    return {name: tensor.detach() for name, tensor in tensors.items()}


def main():
    torch.manual_seed(20150211)
    torch.set_num_threads(1)
    model = network()
    train(model)
    folder = pathlib.Path(__file__).parent
    safetensors.torch.save_file(model.state_dict(), folder / "pytorch-state.safetensors")
    safetensors.torch.save_file(outputs(model), folder / "pytorch-state-outputs.safetensors")
    for name, tensor in model.state_dict().items():
        print(name, tensor.dtype, tuple(tensor.shape))


if __name__ == "__main__":
    main()
