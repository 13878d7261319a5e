"""Four ways to fill a Sequential."""

from collections import OrderedDict

import torch.nn as nn

literal = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1, bias=False),
    nn.BatchNorm2d(8),
    nn.ReLU(inplace=True),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8 * 16 * 16, 10),
)


def perceptron(sizes=(784, 256, 128, 10), dropout=0.2):
    layers = [nn.Flatten()]
    for fan_in, fan_out in zip(sizes[:-2], sizes[1:-1]):
        layers.append(nn.Linear(fan_in, fan_out))
        layers += [nn.ReLU(), nn.Dropout(dropout)]
    layers.append(nn.Linear(sizes[-2], sizes[-1]))
    return nn.Sequential(*layers)


def ordered(width=16):
    return nn.Sequential(
        OrderedDict(
            [
                ("conv", nn.Conv1d(4, width, kernel_size=5, stride=2)),
                ("norm", nn.GroupNorm(4, width)),
                ("act", nn.SiLU()),
                ("pool", nn.AdaptiveAvgPool1d(1)),
                ("flat", nn.Flatten(1)),
                ("head", nn.Linear(width, 3)),
            ]
        )
    )


def added(depth=3):
    model = nn.Sequential()
    model.add_module("stem", nn.Linear(12, 32))
    for i in range(depth):
        model.add_module(f"act{i}", nn.GELU())
        model.add_module(f"fc{i}", nn.Linear(32, 32 if i < depth - 1 else 4))
    model.append(nn.LogSoftmax(dim=1))
    return model
