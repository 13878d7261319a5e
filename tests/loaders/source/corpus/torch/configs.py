import argparse
from dataclasses import dataclass, field
from functools import partial
from typing import List, Optional

import torch
import torch.nn as nn

CFG = {"A": [8, "M", 16, "M", 32, 32, "M"], "B": [8, 8, "M", 16, 16, "M"]}


def make_layers(cfg, batch_norm=False, in_channels=3):
    layers = []
    for v in cfg:
        if v == "M":
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            conv2d = nn.Conv2d(in_channels, v, kernel_size=3, padding=1)
            if batch_norm:
                layers += [conv2d, nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
            else:
                layers += [conv2d, nn.ReLU(inplace=True)]
            in_channels = v
    return nn.Sequential(*layers)


class VGG(nn.Module):
    def __init__(self, features: nn.Module, num_classes: int = 10, width: int = 32):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(
            nn.Linear(width * 2 * 2, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, num_classes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


def vgg_a(**kwargs):
    return VGG(make_layers(CFG["A"]), **kwargs)


def vgg_b_bn():
    model = VGG(make_layers(CFG["B"], batch_norm=True), width=16)
    return model


@dataclass
class TaggerConfig:
    vocab: int = 50
    width: int = 16
    tags: int = 5
    rates: List[float] = field(default_factory=lambda: [0.1, 0.3])
    norm: Optional[str] = "layer"


class Tagger(nn.Module):
    def __init__(self, config: Optional[TaggerConfig] = None):
        super().__init__()
        config = config or TaggerConfig()
        self.config = config
        self.embed = nn.Embedding(config.vocab, config.width)
        self.drops = nn.ModuleList([nn.Dropout(rate) for rate in config.rates])
        self.norm = nn.LayerNorm(config.width) if config.norm == "layer" else nn.Identity()
        self.out = nn.Linear(config.width, config.tags, bias=config.norm is None)

    def forward(self, tokens):
        x = self.embed(tokens)
        for drop in self.drops:
            x = drop(x)
        return self.out(self.norm(x))


class Partial(nn.Module):
    """Layers made by functions that were given some arguments before."""

    def __init__(self, norm_layer=partial(nn.BatchNorm2d, eps=0.001, momentum=0.01), act=nn.Hardswish):
        super().__init__()
        conv = partial(nn.Conv2d, kernel_size=3, padding=1, bias=False)
        norm_layer = norm_layer or nn.BatchNorm2d
        self.body = nn.Sequential(conv(3, 8), norm_layer(8), act(), conv(8, 8, groups=8), norm_layer(8), act())

    def forward(self, x):
        return self.body(x)


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=40)
    parser.add_argument("--dropout", type=float, default=0.15)
    parser.add_argument("--no-bias", action="store_true")
    return parser.parse_args([])


class FromArguments(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(20, args.hidden, bias=not args.no_bias),
            nn.ReLU6(),
            nn.Dropout(args.dropout),
            nn.Linear(args.hidden, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.net(x)


def main():
    args = parse_args()
    net = FromArguments(args)
    return net


if __name__ == "__main__":
    main()
