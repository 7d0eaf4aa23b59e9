"""The networks of NetworkArchitecture in PyTorch: modules that load what `pyTorchState` gives, strictly.

Made as a user of PyTorch would write them: channels-first images, modules of torch.nn with their defaults.
Normalizations that torch.nn has not, batch renormalization and ghost batches, are BatchNorm, which gives the same in
eval().
"""

from collections import OrderedDict

from torch import nn

NORMS = ["none", "batch", "layer", "rms", "instance", "group", "renorm", "ghost"]
BLOCKS = {"resnet-8": 1, "resnet-14": 2, "resnet-20": 3, "resnet-32": 5}


class ChannelRMSNorm(nn.RMSNorm):
    """Over the channels of [N, C, H, W], which nn.RMSNorm would need on the last axis."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


def groups(channels):
    return max([g for g in range(1, 33) if channels % g == 0 and channels // g >= 4], default=1)


def norm(kind, channels, spatial=True):
    """The modules of a normalization: one, or none."""
    if kind == "instance" and not spatial:
        kind = "layer"
    if kind == "none":
        return []
    if kind in ("batch", "renorm", "ghost"):
        return [nn.BatchNorm2d(channels) if spatial else nn.BatchNorm1d(channels)]
    if kind == "layer":
        return [nn.GroupNorm(1, channels) if spatial else nn.LayerNorm(channels)]
    if kind == "rms":
        return [(ChannelRMSNorm if spatial else nn.RMSNorm)(channels, eps=1e-5)]
    if kind == "instance":
        return [nn.InstanceNorm2d(channels, affine=True)]
    return [nn.GroupNorm(groups(channels), channels)]


class Unit:
    """What stands around a linear layer: its normalization and ReLU, in the order of the placement."""

    def __init__(self, kind, placement):
        self.kind, self.placement = kind, placement
        self.has_bias = kind == "none" or placement == "after"

    def behind(self, channels, spatial=True):
        norms, activation = norm(self.kind, channels, spatial), [nn.ReLU()]
        return norms + activation if self.placement == "before" else activation + norms

    def conv(self, inputs, outputs, kernel=3, stride=1, padding=1):
        return nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=self.has_bias)


def mlp(unit, sample_shape, classes, widths=(100, 100, 100)):
    layers = OrderedDict()
    if len(sample_shape) > 1:
        layers["flatten"] = nn.Flatten()
    inputs = 1
    for extent in sample_shape:
        inputs *= extent
    for index, width in enumerate(widths):
        layers[f"hidden{index + 1}"] = nn.Sequential(
            nn.Linear(inputs, width), *unit.behind(width, spatial=False))
        inputs = width
    layers["output"] = nn.Linear(inputs, classes)
    return nn.Sequential(layers)


def lenet(unit, sample_shape, classes):
    height, width, channels = sample_shape
    layers = OrderedDict()

    def add(layer, norm_name, activation_name, modules):
        layers[layer] = modules[0]
        for module in modules[1:]:
            layers[activation_name if isinstance(module, nn.ReLU) else norm_name] = module

    for index, outputs in enumerate([6, 16]):
        padding = 2 if index == 0 or min(height, width) < 8 else 0
        number = index + 1
        add(f"conv{number}", f"bn{number}", f"act{number}",
            [unit.conv(channels, outputs, 5, padding=padding), *unit.behind(outputs)])
        layers[f"pool{number}"] = nn.MaxPool2d(2)
        height, width = [(extent + 2 * padding - 4) // 2 for extent in (height, width)]
        channels = outputs
    layers["flatten"] = nn.Flatten()
    inputs = height * width * channels
    for index, outputs in enumerate([120, 84]):
        add(f"fc{index + 1}", f"bn{index + 3}", f"act{index + 3}",
            [nn.Linear(inputs, outputs), *unit.behind(outputs, spatial=False)])
        inputs = outputs
    layers["fc3"] = nn.Linear(inputs, classes)
    return nn.Sequential(layers)


def vgg(unit, sample_shape, classes):
    height, width, channels = sample_shape
    features = []
    for pair, outputs in enumerate([32, 64, 128, 256]):
        for _ in range(2):
            features += [unit.conv(channels, outputs), *unit.behind(outputs)]
            channels = outputs
        if pair < 3 or min(height, width) > 1:
            features.append(nn.MaxPool2d(2))
            height, width = height // 2, width // 2
    return nn.Sequential(OrderedDict(
        features=nn.Sequential(*features), pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(),
        classifier=nn.Linear(channels, classes)))


class Block(nn.Module):
    """Two convolutions of 3x3, and past them the input."""

    def __init__(self, unit, inputs, outputs, stride):
        super().__init__()
        self.conv1 = unit.conv(inputs, outputs, stride=stride)
        self.bn1 = nn.Sequential() if unit.kind == "none" else norm(unit.kind, outputs)[0]
        self.conv2 = unit.conv(outputs, outputs)
        self.bn2 = nn.Sequential() if unit.kind == "none" else norm(unit.kind, outputs)[0]
        self.relu = nn.ReLU()
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                unit.conv(inputs, outputs, 1, stride, 0), *norm(unit.kind, outputs))

    def forward(self, x):
        past = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + past)


def resnet(unit, sample_shape, classes, blocks=1, widths=(16, 32, 64)):
    channels = sample_shape[2]
    layers = OrderedDict(conv1=unit.conv(channels, widths[0]))
    for module in norm(unit.kind, widths[0]):
        layers["bn1"] = module
    layers["relu"] = nn.ReLU()
    channels = widths[0]
    for stage, width in enumerate(widths):
        modules = []
        for block in range(blocks):
            modules.append(Block(unit, channels, width, 2 if stage and not block else 1))
            channels = width
        layers[f"layer{stage + 1}"] = nn.Sequential(*modules)
    layers["avgpool"], layers["flatten"] = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    layers["fc"] = nn.Linear(channels, classes)
    return nn.Sequential(layers)


def make(architecture, sample_shape, classes, kind="batch", placement="before"):
    """The network of a name for samples [height, width, channels], or [features] for mlp."""
    unit = Unit(kind, placement)
    if architecture in BLOCKS:
        return resnet(unit, sample_shape, classes, BLOCKS[architecture])
    return {"mlp": mlp, "lenet": lenet, "vgg-small": vgg}[architecture](unit, sample_shape, classes)
