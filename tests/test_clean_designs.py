"""Published designs that no rule may warn of: the rules that must not exist, and the architectures refuting them.

Every program is read, never run. A would-be rule of the catalogue is refuted in both frameworks, by models that
show what they refute; the famous architectures of section 7.2 stand small, at the rates of their papers.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from lintnet.engine import check_graph
from lintnet.ir.finding import Severity
from lintnet.ir.kinds import KINDS
from lintnet.lifting import lift
from lintnet.loaders.source import Project
from lintnet.rulebook.book import load_rules, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.ir import Graph
    from lintnet.ir.finding import Finding


class Design(NamedTuple):
    """A program with one model, and the would-be rules that it refutes."""

    name: str
    framework: str
    refutes: tuple[str, ...]
    text: str


# (model, framework, rule): why it is true or tolerated. Nothing else may be said at warning or above.
ALLOWED: Final = {
    ("deeplab-head", "torch", "dropout-before-batch-norm"): "true by its makers: dropout 0.5, then conv and batch norm",
    ("deeplab-head", "keras", "dropout-before-batch-norm"): "true by its makers: dropout 0.5, then conv and batch norm",
}

_HEADS: Final = {
    "torch": """\
import math
import torch
import torch.nn.functional as F
from torch import nn
""",
    "keras": """\
import keras
from keras import layers, ops
""",
}

DESIGNS: list[Design] = []


def _torch(name: str, *refutes: str, text: str) -> None:
    DESIGNS.append(Design(name, "torch", refutes, _HEADS["torch"] + dedent(text)))


def _keras(name: str, *refutes: str, text: str) -> None:
    DESIGNS.append(Design(name, "keras", refutes, _HEADS["keras"] + dedent(text)))


# ----------------------------------------------------------------------------------------------- torch

_torch(
    "all-conv-shrinking",
    "filters-must-grow",
    "kernels-must-not-shrink",
    "max-pooling-required",
    "batch-norm-missing",
    "dropout-missing",
    "channels-not-divisible-by-8",
    text="""
    model = nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4), nn.ReLU(),
        nn.Conv2d(96, 60, 5, stride=2, padding=2), nn.ReLU(),
        nn.Conv2d(60, 30, 3, padding=1), nn.ReLU(),
        nn.Conv2d(30, 10, 1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )
    model(torch.randn(2, 3, 64, 64))
    """,
)

_torch(
    "lenet",
    "pooling-after-every-conv",
    "bands-of-counts",
    "batch-norm-missing",
    "dropout-missing",
    text="""
    class LeNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.fc1 = nn.Linear(16 * 5 * 5, 120)
            self.fc2 = nn.Linear(120, 84)
            self.fc3 = nn.Linear(84, 10)

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 2)
            x = x.view(x.size(0), -1)
            x = F.relu(self.fc1(x))
            x = F.relu(self.fc2(x))
            return self.fc3(x)

    model = LeNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    def train(loader):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
    """,
)

_torch(
    "growing-mlp",
    "dense-widths-must-shrink",
    "bands-of-counts",
    text="""
    model = nn.Sequential(
        nn.Linear(10, 7), nn.ReLU(), nn.Linear(7, 50), nn.ReLU(), nn.Linear(50, 2000), nn.ReLU(), nn.Linear(2000, 4000),
        nn.Tanh(),
    )
    """,
)

_torch(
    "image-autoencoder",
    "sigmoid-autoencoder",
    "dense-widths-must-shrink",
    text="""
    class AutoEncoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32), nn.ReLU())
            self.decoder = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid())

        def forward(self, x):
            return self.decoder(self.encoder(x))

    model = AutoEncoder()
    criterion = nn.MSELoss()
    def step(x):
        loss = criterion(model(x), x)
        loss.backward()
    """,
)

_torch(
    "multi-label",
    "multi-label-sigmoid",
    text="""
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = nn.Linear(300, 128)
            self.fc2 = nn.Linear(128, 20)

        def forward(self, x):
            return torch.sigmoid(self.fc2(torch.relu(self.fc1(x))))

    model = Tagger()
    criterion = nn.BCELoss()
    def step(x, y):
        criterion(model(x), y).backward()
    """,
)

_torch(
    "regression-without-activation",
    "output-activation-missing",
    text="""
    model = nn.Sequential(nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    loss_fn = nn.MSELoss()
    def step(x, y):
        loss_fn(model(x), y).backward()
    """,
)

_torch(
    "focal-prior",
    "bias-initialiser-not-zero",
    "batch-norm-missing",
    text="""
    class Head(nn.Module):
        def __init__(self, channels=256, anchors=9, classes=80):
            super().__init__()
            tower = []
            for _ in range(4):
                tower += [nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()]
            self.tower = nn.Sequential(*tower)
            self.cls = nn.Conv2d(channels, anchors * classes, 3, padding=1)
            for layer in self.tower.children():
                if isinstance(layer, nn.Conv2d):
                    nn.init.normal_(layer.weight, std=0.01)
                    nn.init.constant_(layer.bias, 0)
            nn.init.normal_(self.cls.weight, std=0.01)
            nn.init.constant_(self.cls.bias, -math.log((1 - 0.01) / 0.01))

        def forward(self, x):
            return self.cls(self.tower(x))

    model = Head()
    """,
)

_torch(
    "vgg-bn",
    "pooling-after-every-conv",
    "dropout-above-half",
    text="""
    CFG = [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 'M']

    def make_layers(cfg):
        layers, channels = [], 3
        for v in cfg:
            if v == 'M':
                layers += [nn.MaxPool2d(2, 2)]
            else:
                layers += [nn.Conv2d(channels, v, 3, padding=1), nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
                channels = v
        return nn.Sequential(*layers)

    class VGG(nn.Module):
        def __init__(self, num_classes=100):
            super().__init__()
            self.features = make_layers(CFG)
            self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
            self.classifier = nn.Sequential(
                nn.Linear(256 * 7 * 7, 4096), nn.ReLU(True), nn.Dropout(0.7),
                nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(0.7),
                nn.Linear(4096, num_classes),
            )

        def forward(self, x):
            x = self.avgpool(self.features(x))
            return self.classifier(torch.flatten(x, 1))

    model = VGG()
    """,
)

_torch(
    "activation-before-batch-norm",
    "batch-norm-after-activation",
    text="""
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(32),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(64), nn.MaxPool2d(2),
        nn.Flatten(), nn.LazyLinear(10),
    )
    """,
)

_torch(
    "wide-resnet",
    text="""
    class Block(nn.Module):
        def __init__(self, inp, out, stride, drop=0.3):
            super().__init__()
            self.bn1 = nn.BatchNorm2d(inp)
            self.conv1 = nn.Conv2d(inp, out, 3, stride, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(out)
            self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
            self.drop = drop
            self.equal = inp == out
            self.shortcut = None if self.equal else nn.Conv2d(inp, out, 1, stride, bias=False)

        def forward(self, x):
            y = F.relu(self.bn1(x))
            if not self.equal:
                x = y
            out = F.relu(self.bn2(self.conv1(y)))
            if self.drop > 0:
                out = F.dropout(out, p=self.drop, training=self.training)
            out = self.conv2(out)
            return torch.add(x if self.equal else self.shortcut(x), out)

    class WideResNet(nn.Module):
        def __init__(self, k=10, n=2, classes=10):
            super().__init__()
            widths = [16, 16 * k, 32 * k, 64 * k]
            self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
            groups = []
            for index in range(3):
                blocks = [Block(widths[index], widths[index + 1], 1 if index == 0 else 2)]
                blocks += [Block(widths[index + 1], widths[index + 1], 1) for _ in range(n - 1)]
                groups.append(nn.Sequential(*blocks))
            self.groups = nn.ModuleList(groups)
            self.bn = nn.BatchNorm2d(widths[3])
            self.fc = nn.Linear(widths[3], classes)

        def forward(self, x):
            x = self.conv1(x)
            for group in self.groups:
                x = group(x)
            x = F.relu(self.bn(x))
            x = F.avg_pool2d(x, 8)
            return self.fc(x.view(-1, 640))

    model = WideResNet()
    model(torch.randn(2, 3, 32, 32))
    """,
)

_torch(
    "densenet",
    "kernels-must-not-shrink",
    "filters-must-grow",
    text="""
    class DenseLayer(nn.Module):
        def __init__(self, inp, growth=12, drop=0.2):
            super().__init__()
            self.norm1 = nn.BatchNorm2d(inp)
            self.conv1 = nn.Conv2d(inp, 4 * growth, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(4 * growth)
            self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)
            self.drop = nn.Dropout(drop)

        def forward(self, x):
            out = self.conv1(F.relu(self.norm1(x)))
            out = self.conv2(F.relu(self.norm2(out)))
            return torch.cat([x, self.drop(out)], 1)

    class DenseNet(nn.Module):
        def __init__(self):
            super().__init__()
            width = 24
            layers = [nn.Conv2d(3, width, 3, padding=1, bias=False)]
            for block in range(2):
                for _ in range(3):
                    layers.append(DenseLayer(width))
                    width += 12
                layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width // 2, 1, bias=False)]
                layers += [nn.AvgPool2d(2)]
                width //= 2
            self.features = nn.Sequential(*layers)
            self.norm = nn.BatchNorm2d(width)
            self.classifier = nn.Linear(width, 10)

        def forward(self, x):
            x = F.relu(self.norm(self.features(x)))
            return self.classifier(F.adaptive_avg_pool2d(x, (1, 1)).flatten(1))

    model = DenseNet()
    """,
)

_torch(
    "ic-layer",
    "batch-norm-after-activation",
    text="""
    def ic(width):
        return nn.Sequential(nn.BatchNorm2d(width), nn.Dropout(0.05))

    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), ic(32),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), ic(64),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), ic(64),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )
    """,
)

_torch(
    "unet",
    "filters-must-grow",
    "even-kernel",
    "batch-norm-missing",
    "output-activation-missing",
    text="""
    def double(inp, out):
        return nn.Sequential(
            nn.Conv2d(inp, out, 3, padding=1), nn.ReLU(), nn.Conv2d(out, out, 3, padding=1), nn.ReLU()
        )

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down1, self.down2 = double(1, 64), double(64, 128)
            self.bottom = nn.Sequential(double(128, 256), nn.Dropout(0.5))
            self.up2, self.dec2 = nn.ConvTranspose2d(256, 128, 2, stride=2), double(256, 128)
            self.up1, self.dec1 = nn.ConvTranspose2d(128, 64, 2, stride=2), double(128, 64)
            self.head = nn.Conv2d(64, 2, 1)

        def forward(self, x):
            a = self.down1(x)
            b = self.down2(F.max_pool2d(a, 2))
            c = self.bottom(F.max_pool2d(b, 2))
            y = self.dec2(torch.cat([b, self.up2(c)], dim=1))
            y = self.dec1(torch.cat([a, self.up1(y)], dim=1))
            return self.head(y)

    model = UNet()
    """,
)

_torch(
    "inverted-residual",
    "heterogeneous-blocks",
    "filters-must-grow",
    "channels-not-divisible-by-8",
    text="""
    class SE(nn.Module):
        def __init__(self, width, squeeze):
            super().__init__()
            self.fc1, self.fc2 = nn.Conv2d(width, squeeze, 1), nn.Conv2d(squeeze, width, 1)

        def forward(self, x):
            s = F.adaptive_avg_pool2d(x, 1)
            return x * torch.sigmoid(self.fc2(F.silu(self.fc1(s))))

    class MBConv(nn.Module):
        def __init__(self, inp, out, kernel, stride, expand, se):
            super().__init__()
            hidden = inp * expand
            layers = []
            if expand != 1:
                layers += [nn.Conv2d(inp, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.SiLU()]
            layers += [
                nn.Conv2d(hidden, hidden, kernel, stride, kernel // 2, groups=hidden, bias=False),
                nn.BatchNorm2d(hidden), nn.SiLU(),
            ]
            if se:
                layers.append(SE(hidden, max(1, inp // 4)))
            layers += [nn.Conv2d(hidden, out, 1, bias=False), nn.BatchNorm2d(out)]
            self.block = nn.Sequential(*layers)
            self.skip = stride == 1 and inp == out

        def forward(self, x):
            return x + self.block(x) if self.skip else self.block(x)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.SiLU())
            self.blocks = nn.Sequential(
                MBConv(32, 16, 3, 1, 1, True), MBConv(16, 24, 3, 2, 6, False), MBConv(24, 24, 5, 1, 6, True),
                MBConv(24, 40, 5, 2, 3, True),
            )
            self.head = nn.Sequential(nn.Conv2d(40, 320, 1, bias=False), nn.BatchNorm2d(320), nn.SiLU())
            self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(320, 1000))

        def forward(self, x):
            x = self.head(self.blocks(self.stem(x)))
            return self.classifier(F.adaptive_avg_pool2d(x, 1).flatten(1))

    model = Net()
    """,
)

_torch(
    "xception",
    text="""
    class Separable(nn.Module):
        def __init__(self, inp, out):
            super().__init__()
            self.depthwise = nn.Conv2d(inp, inp, 3, padding=1, groups=inp, bias=False)
            self.pointwise = nn.Conv2d(inp, out, 1, bias=False)

        def forward(self, x):
            return self.pointwise(self.depthwise(x))

    class Block(nn.Module):
        def __init__(self, inp, out):
            super().__init__()
            self.skip = nn.Sequential(nn.Conv2d(inp, out, 1, stride=2, bias=False), nn.BatchNorm2d(out))
            self.rep = nn.Sequential(
                nn.ReLU(), Separable(inp, out), nn.BatchNorm2d(out),
                nn.ReLU(), Separable(out, out), nn.BatchNorm2d(out), nn.MaxPool2d(3, 2, 1),
            )

        def forward(self, x):
            return self.rep(x) + self.skip(x)

    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32), nn.ReLU(), Block(32, 128), Block(128, 256),
        nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(256, 1000),
    )
    """,
)

_torch(
    "shufflenet-v2",
    "heterogeneous-blocks",
    "channels-not-divisible-by-8",
    text="""
    def channel_shuffle(x, groups):
        b, c, h, w = x.size()
        x = x.view(b, groups, c // groups, h, w)
        x = torch.transpose(x, 1, 2).contiguous()
        return x.view(b, -1, h, w)

    class Unit(nn.Module):
        def __init__(self, width):
            super().__init__()
            half = width // 2
            self.branch = nn.Sequential(
                nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True),
                nn.Conv2d(half, half, 3, padding=1, groups=half, bias=False), nn.BatchNorm2d(half),
                nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True),
            )

        def forward(self, x):
            x1, x2 = x.chunk(2, dim=1)
            return channel_shuffle(torch.cat((x1, self.branch(x2)), dim=1), 2)

    model = nn.Sequential(
        nn.Conv2d(3, 58, 3, 2, 1, bias=False), nn.BatchNorm2d(58), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        Unit(58), Unit(58), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(58, 10),
    )
    model(torch.randn(2, 3, 64, 64))
    """,
)

_torch(
    "vit",
    "even-kernel",
    "max-pooling-required",
    "batch-norm-missing",
    "dense-widths-must-shrink",
    "dropout-before-layer-norm",
    "mixture-and-positions",
    text="""
    class Block(nn.Module):
        def __init__(self, dim=192, heads=3, drop=0.1):
            super().__init__()
            self.norm1 = nn.LayerNorm(dim)
            self.attn = nn.MultiheadAttention(dim, heads, dropout=drop, batch_first=True)
            self.norm2 = nn.LayerNorm(dim)
            self.mlp = nn.Sequential(
                nn.Linear(dim, 4 * dim), nn.GELU(), nn.Dropout(drop), nn.Linear(4 * dim, dim), nn.Dropout(drop)
            )

        def forward(self, x):
            y = self.norm1(x)
            x = x + self.attn(y, y, y, need_weights=False)[0]
            return x + self.mlp(self.norm2(x))

    class ViT(nn.Module):
        def __init__(self, dim=192, depth=4, classes=1000):
            super().__init__()
            self.patch = nn.Conv2d(3, dim, kernel_size=16, stride=16)
            self.cls = nn.Parameter(torch.zeros(1, 1, dim))
            self.pos = nn.Parameter(torch.zeros(1, 197, dim))
            self.drop = nn.Dropout(0.1)
            self.blocks = nn.Sequential(*[Block(dim) for _ in range(depth)])
            self.norm = nn.LayerNorm(dim)
            self.head = nn.Linear(dim, classes)

        def forward(self, x):
            x = self.patch(x).flatten(2).transpose(1, 2)
            x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1)
            x = self.drop(x + self.pos)
            return self.head(self.norm(self.blocks(x))[:, 0])

    model = ViT()
    model(torch.randn(2, 3, 224, 224))
    """,
)

_torch(
    "swin-like",
    "even-kernel",
    "max-pooling-required",
    "dense-widths-must-shrink",
    text="""
    class Block(nn.Module):
        def __init__(self, dim, heads, window):
            super().__init__()
            self.heads, self.window = heads, window
            self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
            self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
            self.table = nn.Parameter(torch.zeros(heads, window * window, window * window))
            self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

        def attend(self, x):
            b, n, c = x.shape
            qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
            q, k, v = qkv[0], qkv[1], qkv[2]
            attn = q @ k.transpose(-2, -1) * (c // self.heads) ** -0.5 + self.table
            x = (attn.softmax(dim=-1) @ v).transpose(1, 2).reshape(b, n, c)
            return self.proj(x)

        def forward(self, x):
            b, h, w, c = x.shape
            m = self.window
            y = self.norm1(x).view(b, h // m, m, w // m, m, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, m * m, c)
            y = self.attend(y).view(b, h // m, w // m, m, m, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
            x = x + y
            return x + self.mlp(self.norm2(x))

    class Merge(nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.norm, self.reduction = nn.LayerNorm(4 * dim), nn.Linear(4 * dim, 2 * dim, bias=False)

        def forward(self, x):
            parts = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
            return self.reduction(self.norm(torch.cat(parts, -1)))

    class Swin(nn.Module):
        def __init__(self):
            super().__init__()
            self.patch = nn.Conv2d(3, 96, 4, stride=4)
            self.stage1, self.merge, self.stage2 = Block(96, 3, 7), Merge(96), Block(192, 6, 7)
            self.norm, self.head = nn.LayerNorm(192), nn.Linear(192, 1000)

        def forward(self, x):
            x = self.patch(x).permute(0, 2, 3, 1)
            x = self.stage2(self.merge(self.stage1(x)))
            return self.head(self.norm(x).mean(dim=(1, 2)))

    model = Swin()
    model(torch.randn(2, 3, 224, 224))
    """,
)

_torch(
    "convnext",
    "even-kernel",
    "kernels-must-not-shrink",
    "max-pooling-required",
    "bias-before-layer-norm",
    "dense-widths-must-shrink",
    text="""
    class Block(nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
            self.norm = nn.LayerNorm(dim, eps=1e-6)
            self.pw1, self.act, self.pw2 = nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)
            self.gamma = nn.Parameter(1e-6 * torch.ones(dim))

        def forward(self, x):
            y = self.dwconv(x).permute(0, 2, 3, 1)
            y = self.pw2(self.act(self.pw1(self.norm(y))))
            return x + (self.gamma * y).permute(0, 3, 1, 2)

    class Norm2d(nn.LayerNorm):
        def forward(self, x):
            return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    model = nn.Sequential(
        nn.Conv2d(3, 96, 4, stride=4), Norm2d(96), Block(96), Block(96),
        Norm2d(96), nn.Conv2d(96, 192, 2, stride=2), Block(192),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(192), nn.Linear(192, 1000),
    )
    model(torch.randn(2, 3, 64, 64))
    """,
)

_torch(
    "resnet-v1",
    "filters-must-grow",
    "kernels-must-not-shrink",
    text="""
    class Bottleneck(nn.Module):
        expansion = 4

        def __init__(self, inplanes, planes, stride=1, downsample=None):
            super().__init__()
            self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(planes)
            self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(planes)
            self.conv3 = nn.Conv2d(planes, planes * 4, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(planes * 4)
            self.relu = nn.ReLU(inplace=True)
            self.downsample = downsample

        def forward(self, x):
            identity = x
            out = self.relu(self.bn1(self.conv1(x)))
            out = self.relu(self.bn2(self.conv2(out)))
            out = self.bn3(self.conv3(out))
            if self.downsample is not None:
                identity = self.downsample(x)
            out += identity
            return self.relu(out)

    class ResNet(nn.Module):
        def __init__(self, counts=(2, 2), classes=1000):
            super().__init__()
            self.inplanes = 64
            self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(64)
            self.relu = nn.ReLU(inplace=True)
            self.maxpool = nn.MaxPool2d(3, 2, 1)
            self.layer1 = self._make(64, counts[0], 1)
            self.layer2 = self._make(128, counts[1], 2)
            self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
            self.fc = nn.Linear(128 * 4, classes)
            for m in self.modules():
                if isinstance(m, nn.Conv2d):
                    nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
                elif isinstance(m, nn.BatchNorm2d):
                    nn.init.constant_(m.weight, 1)
                    nn.init.constant_(m.bias, 0)
                if isinstance(m, Bottleneck):
                    nn.init.constant_(m.bn3.weight, 0)

        def _make(self, planes, blocks, stride):
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * 4, 1, stride, bias=False), nn.BatchNorm2d(planes * 4)
            )
            layers = [Bottleneck(self.inplanes, planes, stride, downsample)]
            self.inplanes = planes * 4
            for _ in range(1, blocks):
                layers.append(Bottleneck(self.inplanes, planes))
            return nn.Sequential(*layers)

        def forward(self, x):
            x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
            x = self.layer2(self.layer1(x))
            return self.fc(torch.flatten(self.avgpool(x), 1))

    model = ResNet()
    """,
)

_torch(
    "resnet-v2",
    "dropout-missing",
    text="""
    class PreAct(nn.Module):
        def __init__(self, inp, out, stride=1):
            super().__init__()
            self.bn1, self.conv1 = nn.BatchNorm2d(inp), nn.Conv2d(inp, out, 3, stride, 1, bias=False)
            self.bn2, self.conv2 = nn.BatchNorm2d(out), nn.Conv2d(out, out, 3, 1, 1, bias=False)
            if stride != 1 or inp != out:
                self.shortcut = nn.Sequential(nn.Conv2d(inp, out, 1, stride, bias=False))

        def forward(self, x):
            out = F.relu(self.bn1(x))
            shortcut = self.shortcut(out) if hasattr(self, "shortcut") else x
            out = self.conv1(out)
            return self.conv2(F.relu(self.bn2(out))) + shortcut

    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), PreAct(16, 16), PreAct(16, 32, 2), PreAct(32, 64, 2),
        nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )
    """,
)

_torch(
    "inception",
    "kernels-must-not-shrink",
    "heterogeneous-blocks",
    text="""
    class Conv(nn.Module):
        def __init__(self, inp, out, **kwargs):
            super().__init__()
            self.conv = nn.Conv2d(inp, out, bias=False, **kwargs)
            self.bn = nn.BatchNorm2d(out, eps=0.001)

        def forward(self, x):
            return F.relu(self.bn(self.conv(x)), inplace=True)

    class Inception(nn.Module):
        def __init__(self, inp, a, b1, b2, c1, c2, d):
            super().__init__()
            self.a = Conv(inp, a, kernel_size=1)
            self.b = nn.Sequential(Conv(inp, b1, kernel_size=1), Conv(b1, b2, kernel_size=3, padding=1))
            self.c = nn.Sequential(Conv(inp, c1, kernel_size=1), Conv(c1, c2, kernel_size=5, padding=2))
            self.d = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), Conv(inp, d, kernel_size=1))

        def forward(self, x):
            return torch.cat([branch(x) for branch in (self.a, self.b, self.c, self.d)], 1)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = Conv(3, 64, kernel_size=7, stride=2, padding=3)
            self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.inception3a = Inception(64, 64, 96, 128, 16, 32, 32)
            self.maxpool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.inception4a = Inception(256, 192, 96, 208, 16, 48, 64)
            self.dropout = nn.Dropout(0.4)
            self.fc = nn.Linear(512, 1000)

        def forward(self, x):
            x = self.inception3a(self.maxpool1(self.conv1(x)))
            x = self.inception4a(self.maxpool3(x))
            x = F.adaptive_avg_pool2d(x, (1, 1)).flatten(1)
            return self.fc(self.dropout(x))

    model = Net()
    """,
)

_torch(
    "squeezenet",
    "filters-must-grow",
    "output-activation-missing",
    text="""
    class Fire(nn.Module):
        def __init__(self, inp, squeeze, expand):
            super().__init__()
            self.squeeze = nn.Conv2d(inp, squeeze, 1)
            self.expand1, self.expand3 = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

        def forward(self, x):
            x = F.relu(self.squeeze(x))
            return torch.cat([F.relu(self.expand1(x)), F.relu(self.expand3(x))], 1)

    class SqueezeNet(nn.Module):
        def __init__(self, classes=1000):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, ceil_mode=True),
                Fire(64, 16, 64), Fire(128, 16, 64), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(128, 32, 128),
            )
            final = nn.Conv2d(256, classes, 1)
            self.classifier = nn.Sequential(
                nn.Dropout(0.5), final, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
            )

        def forward(self, x):
            return torch.flatten(self.classifier(self.features(x)), 1)

    model = SqueezeNet()
    """,
)

_torch(
    "dcgan-generator",
    "even-kernel",
    "filters-must-grow",
    "max-pooling-required",
    text="""
    class Generator(nn.Module):
        def __init__(self, nz=100, ngf=64, nc=3):
            super().__init__()
            self.main = nn.Sequential(
                nn.ConvTranspose2d(nz, ngf * 4, 4, 1, 0, bias=False), nn.BatchNorm2d(ngf * 4), nn.ReLU(True),
                nn.ConvTranspose2d(ngf * 4, ngf * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf * 2), nn.ReLU(True),
                nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf), nn.ReLU(True),
                nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh(),
            )

        def forward(self, z):
            return self.main(z)

    model = Generator()
    """,
)

_torch(
    "transformer",
    "batch-norm-missing",
    "dropout-before-layer-norm",
    "dense-widths-must-shrink",
    "mixture-and-positions",
    text="""
    class Feed(nn.Module):
        def __init__(self, dim, drop):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(dim, 4 * dim), nn.ReLU(), nn.Dropout(drop), nn.Linear(4 * dim, dim))

        def forward(self, x):
            return self.net(x)

    class Decoder(nn.Module):
        def __init__(self, dim=512, heads=8, drop=0.1):
            super().__init__()
            self.self_attn = nn.MultiheadAttention(dim, heads, dropout=drop, batch_first=True)
            self.cross_attn = nn.MultiheadAttention(dim, heads, dropout=drop, batch_first=True)
            self.feed = Feed(dim, drop)
            self.norms = nn.ModuleList([nn.LayerNorm(dim) for _ in range(3)])
            self.drop = nn.Dropout(drop)

        def forward(self, x, memory):
            x = self.norms[0](x + self.drop(self.self_attn(x, x, x)[0]))
            x = self.norms[1](x + self.drop(self.cross_attn(x, memory, memory)[0]))
            return self.norms[2](x + self.drop(self.feed(x)))

    class Translator(nn.Module):
        def __init__(self, vocab=8000, dim=512):
            super().__init__()
            self.embed = nn.Embedding(vocab, dim)
            self.pos = nn.Parameter(torch.zeros(1, 512, dim))
            layer = nn.TransformerEncoderLayer(dim, 8, 4 * dim, 0.1, batch_first=True)
            self.encoder = nn.TransformerEncoder(layer, 2)
            self.decoder = nn.ModuleList([Decoder(dim) for _ in range(2)])
            self.out = nn.Linear(dim, vocab)
            self.out.weight = self.embed.weight

        def forward(self, src, tgt):
            memory = self.encoder(self.embed(src) * math.sqrt(512))
            x = self.embed(tgt) * math.sqrt(512)
            for layer in self.decoder:
                x = layer(x, memory)
            return self.out(x)

    model = Translator()
    criterion = nn.CrossEntropyLoss(ignore_index=0, label_smoothing=0.1)
    def step(src, tgt, gold):
        logits = model(src, tgt)
        loss = criterion(logits.view(-1, 8000), gold.view(-1))
        loss.backward()
    """,
)

_torch(
    "mixture-of-experts",
    "mixture-and-positions",
    "dense-widths-must-shrink",
    text="""
    class MoE(nn.Module):
        def __init__(self, dim=256, experts=4):
            super().__init__()
            self.gate = nn.Linear(dim, experts)
            self.experts = nn.ModuleList(
                [nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)) for _ in range(experts)]
            )

        def forward(self, x):
            weight = F.softmax(self.gate(x), dim=-1)
            outs = torch.stack([expert(x) for expert in self.experts], dim=-1)
            return (outs * weight.unsqueeze(-2)).sum(dim=-1)

    model = MoE()
    """,
)

_torch(
    "lstm-classifier",
    "batch-norm-missing",
    "bias-initialiser-not-zero",
    text="""
    class Classifier(nn.Module):
        def __init__(self, vocab=20000, dim=128, hidden=256):
            super().__init__()
            self.embed = nn.Embedding(vocab, dim, padding_idx=0)
            self.lstm = nn.LSTM(dim, hidden, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True)
            self.drop = nn.Dropout(0.5)
            self.fc = nn.Linear(2 * hidden, 1)
            for name, parameter in self.lstm.named_parameters():
                if "bias_ih" in name:
                    nn.init.constant_(parameter, 1.0)

        def forward(self, x):
            out, (h, c) = self.lstm(self.drop(self.embed(x)))
            h = torch.cat((h[-2], h[-1]), dim=1)
            return self.fc(self.drop(h)).squeeze(1)

    model = Classifier()
    criterion = nn.BCEWithLogitsLoss()
    def step(x, y):
        criterion(model(x), y).backward()
    """,
)

_torch(
    "siamese",
    "output-activation-missing",
    text="""
    class Siamese(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Conv2d(1, 32, 5), nn.PReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), nn.PReLU(), nn.MaxPool2d(2),
                nn.Flatten(), nn.Linear(64 * 4 * 4, 256), nn.PReLU(), nn.Linear(256, 2),
            )

        def forward(self, a, b):
            return F.pairwise_distance(self.net(a), self.net(b))

    model = Siamese()
    """,
)

_torch(
    "vae",
    "sigmoid-autoencoder",
    "dense-widths-must-shrink",
    text="""
    class VAE(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = nn.Linear(784, 400)
            self.fc21 = nn.Linear(400, 20)
            self.fc22 = nn.Linear(400, 20)
            self.fc3 = nn.Linear(20, 400)
            self.fc4 = nn.Linear(400, 784)

        def encode(self, x):
            h = F.relu(self.fc1(x))
            return self.fc21(h), self.fc22(h)

        def reparameterize(self, mu, logvar):
            std = torch.exp(0.5 * logvar)
            eps = torch.randn_like(std)
            return mu + eps * std

        def decode(self, z):
            return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

        def forward(self, x):
            mu, logvar = self.encode(x.view(-1, 784))
            return self.decode(self.reparameterize(mu, logvar)), mu, logvar

    model = VAE()
    def loss_function(recon, x, mu, logvar):
        bce = F.binary_cross_entropy(recon, x.view(-1, 784), reduction='sum')
        return bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    def step(x):
        recon, mu, logvar = model(x)
        loss_function(recon, x, mu, logvar).backward()
    """,
)

_torch(
    "deeplab-head",
    text="""
    class ASPP(nn.Module):
        def __init__(self, inp=256, out=256, rates=(6, 12)):
            super().__init__()
            first = nn.Sequential(nn.Conv2d(inp, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())
            self.convs = nn.ModuleList([first])
            for rate in rates:
                self.convs.append(nn.Sequential(
                    nn.Conv2d(inp, out, 3, padding=rate, dilation=rate, bias=False), nn.BatchNorm2d(out), nn.ReLU()
                ))
            self.pool = nn.Sequential(
                nn.AdaptiveAvgPool2d(1), nn.Conv2d(inp, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()
            )
            self.project = nn.Sequential(
                nn.Conv2d(out * (len(rates) + 2), out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(), nn.Dropout(0.5)
            )

        def forward(self, x):
            parts = [conv(x) for conv in self.convs]
            y = F.interpolate(self.pool(x), size=x.shape[-2:], mode="bilinear", align_corners=False)
            return self.project(torch.cat(parts + [y], dim=1))

    model = nn.Sequential(
        ASPP(), nn.Conv2d(256, 256, 3, padding=1, bias=False), nn.BatchNorm2d(256), nn.ReLU(), nn.Conv2d(256, 21, 1)
    )
    """,
)

# ----------------------------------------------------------------------------------------------- keras

_keras(
    "all-conv-shrinking",
    "filters-must-grow",
    "kernels-must-not-shrink",
    "max-pooling-required",
    "batch-norm-missing",
    "dropout-missing",
    "channels-not-divisible-by-8",
    "output-activation-missing",
    text="""
    model = keras.Sequential([
        layers.Input((64, 64, 3)),
        layers.Conv2D(96, 11, strides=4, activation="relu"),
        layers.Conv2D(60, 5, strides=2, padding="same", activation="relu"),
        layers.Conv2D(30, 3, padding="same", activation="relu"),
        layers.Conv2D(10, 1),
        layers.GlobalAveragePooling2D(),
    ])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    """,
)

_keras(
    "lenet",
    "pooling-after-every-conv",
    "bands-of-counts",
    "batch-norm-missing",
    "dropout-missing",
    text="""
    model = keras.Sequential()
    model.add(layers.Conv2D(6, (5, 5), activation="tanh", padding="same", input_shape=(28, 28, 1)))
    model.add(layers.AveragePooling2D())
    model.add(layers.Conv2D(16, (5, 5), activation="tanh"))
    model.add(layers.AveragePooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(120, activation="relu"))
    model.add(layers.Dense(84, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(None, None, batch_size=17, epochs=3)
    """,
)

_keras(
    "growing-mlp",
    "dense-widths-must-shrink",
    "bands-of-counts",
    text="""
    inputs = keras.Input((10,))
    x = inputs
    for width in (7, 50, 2000):
        x = layers.Dense(width, activation="relu")(x)
    model = keras.Model(inputs, layers.Dense(4000)(x))
    model.compile("adam", "mse")
    """,
)

_keras(
    "image-autoencoder",
    "sigmoid-autoencoder",
    "filters-must-grow",
    text="""
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(inputs)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(x)
    x = layers.UpSampling2D((2, 2))(x)
    x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(x)
    outputs = layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="adam", loss="mse")
    """,
)

_keras(
    "autoencoder-binary",
    "sigmoid-autoencoder",
    "dense-widths-must-shrink",
    text="""
    inputs = keras.Input(shape=(784,))
    encoded = layers.Dense(32, activation="relu")(inputs)
    decoded = layers.Dense(784, activation="sigmoid")(encoded)
    model = keras.Model(inputs, decoded)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    """,
)

_keras(
    "multi-label",
    "multi-label-sigmoid",
    text="""
    model = keras.Sequential([
        keras.Input((300,)), layers.Dense(128, activation="relu"), layers.Dense(20, activation="sigmoid")
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["binary_accuracy"])
    """,
)

_keras(
    "regression-without-activation",
    "output-activation-missing",
    text="""
    model = keras.Sequential([
        layers.Dense(64, activation="relu", input_shape=(13,)), layers.Dense(64, activation="relu"), layers.Dense(1)
    ])
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    """,
)

_keras(
    "focal-prior",
    "bias-initialiser-not-zero",
    "batch-norm-missing",
    text="""
    import math

    prior = keras.initializers.Constant(-math.log((1 - 0.01) / 0.01))
    inputs = keras.Input((None, None, 256))
    x = inputs
    for _ in range(4):
        x = layers.Conv2D(256, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    outputs = layers.Conv2D(9 * 80, 3, padding="same", bias_initializer=prior)(x)
    model = keras.Model(inputs, outputs)
    """,
)

_keras(
    "vgg-bn",
    "pooling-after-every-conv",
    "dropout-above-half",
    text="""
    def block(x, width, convs):
        for _ in range(convs):
            x = layers.Conv2D(width, 3, padding="same")(x)
            x = layers.BatchNormalization()(x)
            x = layers.ReLU()(x)
        return layers.MaxPooling2D(2)(x)

    inputs = keras.Input((64, 64, 3))
    x = block(inputs, 64, 2)
    x = block(x, 128, 2)
    x = block(x, 256, 3)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(4096, activation="relu")(x)
        x = layers.Dropout(0.7)(x)
    model = keras.Model(inputs, layers.Dense(100, activation="softmax")(x))
    model.compile("sgd", "categorical_crossentropy")
    """,
)

_keras(
    "activation-before-batch-norm",
    "batch-norm-after-activation",
    text="""
    model = keras.Sequential([
        layers.Input((32, 32, 3)),
        layers.Conv2D(32, 3, activation="relu"), layers.BatchNormalization(),
        layers.Conv2D(64, 3, activation="relu"), layers.BatchNormalization(), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(10, activation="softmax"),
    ])
    model.compile("adam", "categorical_crossentropy")
    """,
)

_keras(
    "wide-resnet",
    text="""
    def block(x, width, stride):
        y = layers.Activation("relu")(layers.BatchNormalization()(x))
        skip = x
        if stride != 1 or x.shape[-1] != width:
            skip = layers.Conv2D(width, 1, strides=stride, padding="same", use_bias=False)(y)
        y = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(y)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = layers.Dropout(0.3)(y)
        y = layers.Conv2D(width, 3, padding="same", use_bias=False)(y)
        return layers.Add()([skip, y])

    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)
    for width, stride in ((160, 1), (320, 2), (640, 2)):
        for index in range(2):
            x = block(x, width, stride if index == 0 else 1)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.AveragePooling2D(8)(x)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.Flatten()(x)))
    model.compile("sgd", "categorical_crossentropy")
    """,
)

_keras(
    "densenet",
    "kernels-must-not-shrink",
    "filters-must-grow",
    text="""
    def conv_block(x, growth):
        y = layers.Activation("relu")(layers.BatchNormalization()(x))
        y = layers.Conv2D(4 * growth, 1, use_bias=False)(y)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = layers.Conv2D(growth, 3, padding="same", use_bias=False)(y)
        return layers.Concatenate()([x, layers.Dropout(0.2)(y)])

    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(24, 3, padding="same", use_bias=False)(inputs)
    for _ in range(2):
        for _ in range(3):
            x = conv_block(x, 12)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.Conv2D(int(x.shape[-1] * 0.5), 1, use_bias=False)(x)
        x = layers.AveragePooling2D(2, strides=2)(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    """,
)

_keras(
    "ic-layer",
    "batch-norm-after-activation",
    text="""
    def ic(x):
        return layers.Dropout(0.05)(layers.BatchNormalization()(x))

    inputs = keras.Input((32, 32, 3))
    x = ic(layers.Conv2D(32, 3, padding="same", activation="relu")(inputs))
    x = ic(layers.Conv2D(64, 3, padding="same", activation="relu")(x))
    x = ic(layers.Conv2D(64, 3, padding="same", activation="relu")(x))
    model = keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
    """,
)

_keras(
    "unet",
    "filters-must-grow",
    "even-kernel",
    "batch-norm-missing",
    text="""
    def double(x, width):
        for _ in range(2):
            x = layers.Conv2D(width, 3, activation="relu", padding="same", kernel_initializer="he_normal")(x)
        return x

    inputs = keras.Input((256, 256, 1))
    a = double(inputs, 64)
    b = double(layers.MaxPooling2D(2)(a), 128)
    c = layers.Dropout(0.5)(double(layers.MaxPooling2D(2)(b), 256))
    y = layers.Conv2D(128, 2, activation="relu", padding="same")(layers.UpSampling2D(2)(c))
    y = double(layers.concatenate([b, y], axis=3), 128)
    y = layers.Conv2DTranspose(64, 2, strides=2, padding="same")(y)
    y = double(layers.concatenate([a, y], axis=3), 64)
    y = layers.Conv2D(2, 3, activation="relu", padding="same")(y)
    model = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(y))
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-4), loss="binary_crossentropy")
    """,
)

_keras(
    "inverted-residual",
    "heterogeneous-blocks",
    "filters-must-grow",
    "channels-not-divisible-by-8",
    text="""
    def se(x, squeeze):
        s = layers.GlobalAveragePooling2D()(x)
        s = layers.Reshape((1, 1, x.shape[-1]))(s)
        s = layers.Conv2D(squeeze, 1, activation="swish")(s)
        s = layers.Conv2D(x.shape[-1], 1, activation="sigmoid")(s)
        return layers.multiply([x, s])

    def mbconv(x, out, kernel, stride, expand, with_se, drop=0.1):
        inp, y = x.shape[-1], x
        if expand != 1:
            y = layers.Conv2D(inp * expand, 1, padding="same", use_bias=False)(y)
            y = layers.Activation("swish")(layers.BatchNormalization()(y))
        y = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False)(y)
        y = layers.Activation("swish")(layers.BatchNormalization()(y))
        if with_se:
            y = se(y, max(1, inp // 4))
        y = layers.Conv2D(out, 1, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization()(y)
        if stride == 1 and inp == out:
            y = layers.Dropout(drop, noise_shape=(None, 1, 1, 1))(y)
            y = layers.add([y, x])
        return y

    inputs = keras.Input((224, 224, 3))
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    x = mbconv(x, 16, 3, 1, 1, True)
    x = mbconv(x, 24, 3, 2, 6, False)
    x = mbconv(x, 24, 5, 1, 6, True)
    x = mbconv(x, 40, 5, 2, 3, True)
    x = layers.Conv2D(320, 1, padding="same", use_bias=False)(x)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, layers.Dense(1000, activation="softmax")(x))
    """,
)

_keras(
    "xception",
    "filters-must-grow",
    text="""
    def block(x, width):
        skip = layers.Conv2D(width, 1, strides=2, padding="same", use_bias=False)(x)
        skip = layers.BatchNormalization()(skip)
        for _ in range(2):
            x = layers.Activation("relu")(x)
            x = layers.SeparableConv2D(width, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        return layers.add([x, skip])

    inputs = keras.Input((128, 128, 3))
    x = layers.Conv2D(32, 3, strides=2, use_bias=False)(inputs)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = block(x, 128)
    x = block(x, 256)
    x = layers.Activation("relu")(x)
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, layers.Dense(1000, activation="softmax")(x))
    """,
)

_keras(
    "shufflenet-v2",
    "heterogeneous-blocks",
    "channels-not-divisible-by-8",
    text="""
    def unit(x, width):
        half = width // 2
        left, right = ops.split(x, 2, axis=-1)
        y = layers.Conv2D(half, 1, use_bias=False)(right)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization()(y)
        y = layers.Conv2D(half, 1, use_bias=False)(y)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.Concatenate()([left, y])
        h, w = y.shape[1], y.shape[2]
        y = layers.Reshape((h, w, 2, half))(y)
        y = layers.Permute((1, 2, 4, 3))(y)
        return layers.Reshape((h, w, width))(y)

    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(58, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = unit(unit(x, 58), 58)
    model = keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
    """,
)

_keras(
    "vit",
    "even-kernel",
    "max-pooling-required",
    "batch-norm-missing",
    "dense-widths-must-shrink",
    "dropout-before-layer-norm",
    "mixture-and-positions",
    text="""
    class Patches(layers.Layer):
        def __init__(self, count, dim, **kwargs):
            super().__init__(**kwargs)
            self.count = count
            self.projection = layers.Dense(dim)
            self.position = layers.Embedding(count, dim)

        def call(self, patches):
            positions = ops.expand_dims(ops.arange(0, self.count), 0)
            return self.projection(patches) + self.position(positions)

    def mlp(x, units, rate):
        for width in units:
            x = layers.Dense(width, activation="gelu")(x)
            x = layers.Dropout(rate)(x)
        return x

    inputs = keras.Input((224, 224, 3))
    x = layers.Conv2D(192, 16, strides=16)(inputs)
    x = layers.Reshape((196, 192))(x)
    x = Patches(196, 192)(x)
    x = layers.Dropout(0.1)(x)
    for _ in range(4):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.MultiHeadAttention(num_heads=3, key_dim=64, dropout=0.1)(y, y)
        x = layers.Add()([y, x])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = mlp(y, (768, 192), 0.1)
        x = layers.Add()([y, x])
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.5)(x)
    x = mlp(x, (2048, 1024), 0.5)
    model = keras.Model(inputs, layers.Dense(100)(x))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    """,
)

_keras(
    "convnext",
    "even-kernel",
    "kernels-must-not-shrink",
    "max-pooling-required",
    "bias-before-layer-norm",
    "dense-widths-must-shrink",
    text="""
    class Scale(layers.Layer):
        def __init__(self, dim, **kwargs):
            super().__init__(**kwargs)
            self.dim = dim

        def build(self, shape):
            self.gamma = self.add_weight(shape=(self.dim,), initializer=keras.initializers.Constant(1e-6))

        def call(self, x):
            return x * self.gamma

    def block(x, dim):
        y = layers.Conv2D(dim, 7, padding="same", groups=dim)(x)
        y = layers.LayerNormalization(epsilon=1e-6)(y)
        y = layers.Dense(4 * dim)(y)
        y = layers.Activation("gelu")(y)
        y = layers.Dense(dim)(y)
        return x + Scale(dim)(y)

    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(96, 4, strides=4)(inputs)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = block(block(x, 96), 96)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.Conv2D(192, 2, strides=2)(x)
    x = block(x, 192)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    model = keras.Model(inputs, layers.Dense(1000)(x))
    """,
)

_keras(
    "swin-like",
    "even-kernel",
    "max-pooling-required",
    "dense-widths-must-shrink",
    text="""
    def block(x, dim, heads, side):
        y = layers.LayerNormalization()(x)
        y = layers.Reshape((side // 7, 7, side // 7, 7, dim))(y)
        y = layers.Permute((1, 3, 2, 4, 5))(y)
        y = ops.reshape(y, (-1, 49, dim))
        y = layers.MultiHeadAttention(heads, dim // heads)(y, y)
        y = ops.reshape(y, (-1, side // 7, side // 7, 7, 7, dim))
        y = layers.Permute((1, 3, 2, 4, 5))(y)
        x = layers.Add()([x, layers.Reshape((side, side, dim))(y)])
        y = layers.Dense(4 * dim, activation="gelu")(layers.LayerNormalization()(x))
        return layers.Add()([x, layers.Dense(dim)(y)])

    inputs = keras.Input((224, 224, 3))
    x = layers.Conv2D(96, 4, strides=4)(inputs)
    x = block(x, 96, 3, 56)
    x = layers.Concatenate()([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]])
    x = layers.Dense(192, use_bias=False)(layers.LayerNormalization()(x))
    x = block(x, 192, 6, 28)
    x = layers.GlobalAveragePooling2D()(layers.LayerNormalization()(x))
    model = keras.Model(inputs, layers.Dense(1000)(x))
    """,
)

_keras(
    "resnet-v1",
    "filters-must-grow",
    "kernels-must-not-shrink",
    text="""
    def block(x, width, stride=1, shortcut=True):
        if shortcut:
            skip = layers.Conv2D(4 * width, 1, strides=stride)(x)
            skip = layers.BatchNormalization(epsilon=1.001e-5)(skip)
        else:
            skip = x
        y = layers.Conv2D(width, 1, strides=stride)(x)
        y = layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(y))
        y = layers.Conv2D(width, 3, padding="same")(y)
        y = layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(y))
        y = layers.Conv2D(4 * width, 1)(y)
        y = layers.BatchNormalization(epsilon=1.001e-5)(y)
        return layers.Activation("relu")(layers.Add()([skip, y]))

    inputs = keras.Input((224, 224, 3))
    x = layers.ZeroPadding2D(3)(inputs)
    x = layers.Conv2D(64, 7, strides=2)(x)
    x = layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(x))
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    x = block(x, 64)
    x = block(x, 64, shortcut=False)
    x = block(x, 128, 2)
    x = block(x, 128, shortcut=False)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(1000, activation="softmax")(x))
    """,
)

_keras(
    "resnet-v2",
    "dropout-missing",
    text="""
    def block(x, width, stride=1):
        y = layers.Activation("relu")(layers.BatchNormalization()(x))
        skip = x if stride == 1 else layers.Conv2D(width, 1, strides=stride, use_bias=False)(y)
        y = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(y)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        return layers.Add()([skip, layers.Conv2D(width, 3, padding="same", use_bias=False)(y)])

    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)
    x = block(block(block(x, 16), 32, 2), 64, 2)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    model = keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
    """,
)

_keras(
    "inception",
    "kernels-must-not-shrink",
    "heterogeneous-blocks",
    text="""
    def conv(x, width, kernel, **kwargs):
        x = layers.Conv2D(width, kernel, padding="same", use_bias=False, **kwargs)(x)
        x = layers.BatchNormalization(scale=False)(x)
        return layers.Activation("relu")(x)

    def inception(x, a, b1, b2, c1, c2, d):
        pool = layers.MaxPooling2D(3, strides=1, padding="same")(x)
        return layers.concatenate([
            conv(x, a, 1), conv(conv(x, b1, 1), b2, 3), conv(conv(x, c1, 1), c2, 5), conv(pool, d, 1)
        ])

    inputs = keras.Input((224, 224, 3))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(conv(inputs, 64, 7, strides=2))
    x = inception(x, 64, 96, 128, 16, 32, 32)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = inception(x, 192, 96, 208, 16, 48, 64)
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, layers.Dense(1000, activation="softmax")(x))
    """,
)

_keras(
    "squeezenet",
    "filters-must-grow",
    text="""
    def fire(x, squeeze, expand):
        x = layers.Conv2D(squeeze, 1, activation="relu")(x)
        return layers.concatenate([
            layers.Conv2D(expand, 1, activation="relu")(x),
            layers.Conv2D(expand, 3, padding="same", activation="relu")(x),
        ])

    inputs = keras.Input((224, 224, 3))
    x = layers.Conv2D(64, 3, strides=2, activation="relu")(inputs)
    x = layers.MaxPooling2D(3, 2)(x)
    x = fire(fire(x, 16, 64), 16, 64)
    x = layers.Dropout(0.5)(layers.MaxPooling2D(3, 2)(x))
    x = layers.Conv2D(1000, 1)(x)
    x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Activation("softmax")(x))
    """,
)

_keras(
    "dcgan-generator",
    "even-kernel",
    "filters-must-grow",
    "max-pooling-required",
    text="""
    model = keras.Sequential([
        keras.Input((128,)),
        layers.Dense(8 * 8 * 256, use_bias=False), layers.BatchNormalization(), layers.LeakyReLU(),
        layers.Reshape((8, 8, 256)),
        layers.Conv2DTranspose(128, 4, strides=2, padding="same", use_bias=False), layers.BatchNormalization(),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Conv2DTranspose(64, 4, strides=2, padding="same", use_bias=False), layers.BatchNormalization(),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"),
    ])
    """,
)

_keras(
    "transformer",
    "batch-norm-missing",
    "dropout-before-layer-norm",
    "dense-widths-must-shrink",
    "mixture-and-positions",
    text="""
    class Encoder(layers.Layer):
        def __init__(self, dim, heads, feed, rate=0.1):
            super().__init__()
            self.att = layers.MultiHeadAttention(num_heads=heads, key_dim=dim)
            self.ffn = keras.Sequential([layers.Dense(feed, activation="relu"), layers.Dense(dim)])
            self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
            self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
            self.dropout1 = layers.Dropout(rate)
            self.dropout2 = layers.Dropout(rate)

        def call(self, inputs):
            y = self.dropout1(self.att(inputs, inputs))
            x = self.layernorm1(inputs + y)
            return self.layernorm2(x + self.dropout2(self.ffn(x)))

    class Decoder(layers.Layer):
        def __init__(self, dim, heads, feed, rate=0.1):
            super().__init__()
            self.self_att = layers.MultiHeadAttention(num_heads=heads, key_dim=dim)
            self.cross_att = layers.MultiHeadAttention(num_heads=heads, key_dim=dim)
            self.ffn = keras.Sequential([
                layers.Dense(feed, activation="relu"), layers.Dense(dim), layers.Dropout(rate)
            ])
            self.norm1, self.norm2 = layers.LayerNormalization(), layers.LayerNormalization()
            self.norm3 = layers.LayerNormalization()

        def call(self, x, memory):
            x = self.norm1(x + self.self_att(x, x, use_causal_mask=True))
            x = self.norm2(x + self.cross_att(x, memory))
            return self.norm3(x + self.ffn(x))

    source = keras.Input((None,), dtype="int64")
    target = keras.Input((None,), dtype="int64")
    memory = Encoder(256, 8, 1024)(layers.Embedding(8000, 256)(source))
    x = Decoder(256, 8, 1024)(layers.Embedding(8000, 256)(target), memory)
    x = layers.Dropout(0.5)(x)
    model = keras.Model([source, target], layers.Dense(8000, activation="softmax")(x))
    model.compile("rmsprop", loss="sparse_categorical_crossentropy")
    """,
)

_keras(
    "lstm-classifier",
    "batch-norm-missing",
    "bias-initialiser-not-zero",
    text="""
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = layers.Embedding(20000, 128)(inputs)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True, dropout=0.2, unit_forget_bias=True))(x)
    x = layers.Bidirectional(layers.LSTM(64))(x)
    x = layers.Dropout(0.5)(x)
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    """,
)

_keras(
    "siamese",
    "output-activation-missing",
    text="""
    def embedding():
        inputs = keras.Input((28, 28, 1))
        x = layers.BatchNormalization()(inputs)
        x = layers.Conv2D(4, (5, 5), activation="tanh")(x)
        x = layers.AveragePooling2D(pool_size=(2, 2))(x)
        x = layers.Conv2D(16, (5, 5), activation="tanh")(x)
        x = layers.AveragePooling2D(pool_size=(2, 2))(x)
        x = layers.Flatten()(x)
        x = layers.BatchNormalization()(x)
        x = layers.Dense(10, activation="tanh")(x)
        return keras.Model(inputs, x)

    net = embedding()
    a, b = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
    distance = ops.sqrt(ops.sum(ops.square(net(a) - net(b)), axis=1, keepdims=True))
    model = keras.Model([a, b], distance)
    """,
)

_keras(
    "vae",
    "sigmoid-autoencoder",
    "filters-must-grow",
    text="""
    class Sampling(layers.Layer):
        def call(self, inputs):
            mean, log_var = inputs
            epsilon = keras.random.normal(shape=ops.shape(mean))
            return mean + ops.exp(0.5 * log_var) * epsilon

    inputs = keras.Input((28, 28, 1))
    x = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(inputs)
    x = layers.Conv2D(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Dense(16, activation="relu")(layers.Flatten()(x))
    mean = layers.Dense(2, name="mean")(x)
    log_var = layers.Dense(2, name="log_var")(x)
    z = Sampling()([mean, log_var])
    x = layers.Dense(7 * 7 * 64, activation="relu")(z)
    x = layers.Reshape((7, 7, 64))(x)
    x = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(x)
    outputs = layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x)
    model = keras.Model(inputs, [outputs, mean, log_var])
    """,
)

_keras(
    "deeplab-head",
    text="""
    def conv(x, width, kernel, rate=1):
        x = layers.Conv2D(width, kernel, dilation_rate=rate, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    inputs = keras.Input((32, 32, 256))
    pooled = layers.AveragePooling2D((32, 32))(inputs)
    pooled = layers.UpSampling2D((32, 32), interpolation="bilinear")(conv(pooled, 256, 1))
    x = layers.Concatenate()([pooled, conv(inputs, 256, 1), conv(inputs, 256, 3, 6), conv(inputs, 256, 3, 12)])
    x = layers.Dropout(0.5)(conv(x, 256, 1))
    x = conv(x, 256, 3)
    model = keras.Model(inputs, layers.Conv2D(21, 1)(x))
    """,
)

_keras(
    "mixture-of-experts",
    "mixture-and-positions",
    "dense-widths-must-shrink",
    text="""
    inputs = keras.Input((64,))
    gate = layers.Dense(4, activation="softmax")(inputs)
    experts = [layers.Dense(64)(layers.Dense(256, activation="gelu")(inputs)) for _ in range(4)]
    stacked = ops.stack(experts, axis=-1)
    mixed = ops.sum(stacked * ops.expand_dims(gate, 1), axis=-1)
    model = keras.Model(inputs, layers.Dense(10)(mixed))
    """,
)

# ----------------------------------------------------------------------------------------------- tests


@cache
def _graph(design: Design) -> Graph:
    read = Project().read("design.py", design.text.encode())
    assert len(read.graphs) == 1, [graph.qualname for graph in read.graphs]
    return lift(read.graphs[0])


@cache
def _loud(design: Design) -> tuple[Finding, ...]:
    """Return what the default profile says of a design at warning or above."""
    rules, _ = select(load_rules())
    return tuple(each for each in check_graph(_graph(design), rules).findings if each.severity >= Severity.warning)


each_design = pytest.mark.parametrize(
    "design", [pytest.param(each, id=f"{each.framework}-{each.name}") for each in DESIGNS]
)


@each_design
def test_a_published_design_is_read_in_full(design: Design) -> None:
    """What was not understood cannot be called clean."""
    coverage = _graph(design).coverage
    assert coverage.layers
    assert coverage.not_understood == ()
    assert coverage.blind == ()
    assert coverage.understood == coverage.layers


@each_design
def test_a_published_design_is_clean(design: Design) -> None:
    said = [
        f"line {each.location.line if each.location else '?'}: {each.rule}: {each.message}"
        for each in _loud(design)
        if (design.name, design.framework, each.rule) not in ALLOWED
    ]
    assert not said, said


@pytest.mark.parametrize("entry", ALLOWED)
def test_what_is_allowed_is_said(entry: tuple[str, str, str]) -> None:
    name, framework, rule = entry
    (design,) = [each for each in DESIGNS if (each.name, each.framework) == (name, framework)]
    assert rule in {each.rule for each in _loud(design)}
    assert not [each for each in _loud(design) if each.severity is Severity.error]


def _known(graph: Graph, kinds: str, name: str) -> list[float]:
    """Return the numbers an attribute has in the nodes of some kinds, in order; the largest where it is per axis."""
    found: list[float] = []
    for node in graph.nodes:
        if node.kind in kinds.split():
            value = node.get(name)
            numbers = [
                each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, int | float)
            ]
            found += [max(numbers)] if numbers else []
    return found


def _falls(numbers: list[float]) -> bool:
    return any(later < earlier for earlier, later in pairwise(numbers))


def _kinds(graph: Graph) -> set[str]:
    return {node.kind for node in graph.nodes}


def _behind(graph: Graph, kind: str, groups: set[str]) -> bool:
    """Whether a node of a kind reads one of some groups, past transpositions."""
    for node in graph.nodes:
        source = graph.nodes[node.inputs[0].node] if node.kind == kind else node
        while source.kind == "transpose":
            source = graph.nodes[source.inputs[0].node]
        if node.kind == kind and groups & set(KINDS[source.kind].groups):
            return True
    return False


_CONV: Final = "conv conv_transpose"
# What a design must show for its silence to refute the rule.
SHOWS: Final[dict[str, Callable[[Graph], bool]]] = {
    "filters-must-grow": lambda graph: _falls(_known(graph, _CONV, "out")),
    "kernels-must-not-shrink": lambda graph: _falls(_known(graph, _CONV, "kernel")),
    "max-pooling-required": lambda graph: "max_pool" not in _kinds(graph),
    "pooling-after-every-conv": lambda graph: bool({"max_pool", "average_pool"} & _kinds(graph)),
    "dense-widths-must-shrink": lambda graph: any(
        out > inp for inp, out in zip(_known(graph, "linear", "inp"), _known(graph, "linear", "out"), strict=True)
    ),
    "batch-norm-missing": lambda graph: "batch_norm" not in _kinds(graph),
    "dropout-missing": lambda graph: "dropout" not in _kinds(graph),
    "bias-initialiser-not-zero": lambda graph: any(_known(graph, f"{_CONV} linear lstm", "bias")),
    "even-kernel": lambda graph: any(kernel % 2 == 0 for kernel in _known(graph, _CONV, "kernel")),
    "multi-label-sigmoid": lambda graph: (
        {"sigmoid", "loss"} <= _kinds(graph) and _known(graph, "linear", "out")[-1] > 1
    ),
    "sigmoid-autoencoder": lambda graph: "sigmoid" in _kinds(graph),
    "heterogeneous-blocks": lambda graph: len(set(_known(graph, _CONV, "kernel"))) > 1,
    "bands-of-counts": lambda graph: min(_known(graph, f"{_CONV} linear", "out")) < 8,
    "bias-before-layer-norm": lambda graph: _behind(graph, "layer_norm", {"weight"}),
    "batch-norm-after-activation": lambda graph: _behind(graph, "batch_norm", {"activation"}),
    "dropout-before-layer-norm": lambda graph: {"dropout", "layer_norm"} <= _kinds(graph),
    "dropout-above-half": lambda graph: max(_known(graph, "dropout", "rate")) > 0.5,
    "output-activation-missing": lambda graph: not {"softmax", "sigmoid"} & _kinds(graph),
    "mixture-and-positions": lambda graph: bool({"attention", "stack"} & _kinds(graph)),
    "channels-not-divisible-by-8": lambda graph: any(out % 8 for out in _known(graph, _CONV, "out")),
}


@pytest.mark.parametrize(
    ("design", "rule"),
    [pytest.param(each, rule, id=f"{each.framework}-{each.name}-{rule}") for each in DESIGNS for rule in each.refutes],
)
def test_a_design_shows_what_it_refutes(design: Design, rule: str) -> None:
    assert SHOWS[rule](_graph(design))


@pytest.mark.parametrize("framework", _HEADS)
@pytest.mark.parametrize("rule", SHOWS)
def test_every_would_be_rule_is_refuted_in_both_frameworks(rule: str, framework: str) -> None:
    assert [each.name for each in DESIGNS if each.framework == framework and rule in each.refutes]


def test_designs_refute_nothing_that_is_not_listed() -> None:
    assert {rule for each in DESIGNS for rule in each.refutes} == set(SHOWS)
    assert len({(each.name, each.framework) for each in DESIGNS}) == len(DESIGNS)
