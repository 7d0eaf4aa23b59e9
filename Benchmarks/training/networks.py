"""The networks of compare-training in PyTorch, layer for layer those of NetworkArchitecture."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        past = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += past
        return self.relu(y)


def resnet(blocks, channels):
    layers = [("conv1", nn.Conv2d(channels, 16, 3, 1, 1, bias=False)), ("bn1", nn.BatchNorm2d(16)),
              ("relu", nn.ReLU(inplace=True))]
    width = 16
    for stage, next_width in enumerate([16, 32, 64]):
        stages = []
        for block in range(blocks):
            stages.append(Block(width, next_width, 2 if stage and not block else 1))
            width = next_width
        layers.append((f"layer{stage + 1}", nn.Sequential(*stages)))
    layers += [("avgpool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten()), ("fc", nn.Linear(64, 10))]
    network = nn.Sequential()
    for name, layer in layers:
        network.add_module(name, layer)
    return network


def vgg(channels):
    features = []
    for pair, width in enumerate([32, 64, 128, 256]):
        for _ in range(2):
            features += [nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
                         nn.ReLU(inplace=True)]
            channels = width
        features.append(nn.MaxPool2d(2))
    network = nn.Sequential()
    network.add_module("features", nn.Sequential(*features))
    network.add_module("pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    network.add_module("classifier", nn.Linear(256, 10))
    return network


def mlp(inputs):
    layers = []
    for _ in range(3):
        layers += [nn.Linear(inputs, 100), nn.BatchNorm1d(100), nn.ReLU(inplace=True)]
        inputs = 100
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def make(name, height, width, channels):
    if name == "mlp":
        return mlp(height * width * channels)
    if name == "vgg-small":
        return vgg(channels)
    return resnet({"resnet-8": 1, "resnet-14": 2, "resnet-20": 3, "resnet-32": 5}[name], channels)
