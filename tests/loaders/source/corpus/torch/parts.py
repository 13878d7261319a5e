"""Smaller idioms: lookups by name, choices by configuration, tuples, hooks that mean nothing to the graph."""

import torch
import torch.nn as nn
import torch.nn.functional as F

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


def get_activation(name):
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]()
    raise KeyError(name)


def get_norm(kind, width):
    return {"bn": nn.BatchNorm1d, "ln": nn.LayerNorm, "none": lambda w: nn.Identity()}[kind](width)


class ByName(nn.Module):
    def __init__(self, widths=(10, 20, 30), act="gelu", norm="ln", fn="softmax"):
        super().__init__()
        blocks = [
            nn.Sequential(nn.Linear(a, b), get_norm(norm, b), get_activation(act)) for a, b in zip(widths, widths[1:])
        ]
        self.blocks = nn.Sequential(*blocks)
        self.fn = getattr(F, fn)
        self.register_buffer("step", torch.zeros(1))
        self.apply(self._init_weights)

    def _init_weights(self, m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_uniform_(m.weight)
            if m.bias is not None:
                nn.init.zeros_(m.bias)

    def forward(self, x):
        for block in self.blocks[:-1]:
            x = block(x)
        return self.fn(self.blocks[-1](x), dim=-1)


class ConvNext(nn.Module):
    """Norm over the last axis of a permuted map, a trained scale."""

    def __init__(self, dim=16, layer_scale=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(layer_scale * torch.ones(dim), requires_grad=True) if layer_scale > 0 else None

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.pwconv2(self.act(self.pwconv1(self.norm(x))))
        if self.gamma is not None:
            x = self.gamma * x
        x = x.permute(0, 3, 1, 2)
        return shortcut + x


class Gated(nn.Module):
    def __init__(self, width=10):
        super().__init__()
        self.conv = nn.Conv1d(4, 2 * width, 3, dilation=2, padding=2)
        self.skip = nn.Conv1d(width, 4, 1)
        self.drop = nn.AlphaDropout(0.05)

    def forward(self, x):
        out, gate = torch.split(self.conv(x), 10, dim=1)
        out = torch.tanh(out) * torch.sigmoid(gate)
        return self.drop(F.selu(self.skip(out) + x))


class Mixer(nn.Module):
    class Mlp(nn.Module):
        def __init__(self, width, hidden):
            super().__init__()
            self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

        def forward(self, x):
            return self.fc2(F.gelu(self.fc1(x)))

    def __init__(self, tokens=9, width=12):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.tokens = Mixer.Mlp(tokens, 18)
        self.channels = self.Mlp(width, 48)

    def forward(self, x):
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm2(x))


class DropPath(nn.Module):
    """Stochastic depth, from a mask of random numbers."""

    def __init__(self, drop_prob=0.0):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        if self.drop_prob == 0.0 or not self.training:
            return x
        keep_prob = 1 - self.drop_prob
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        mask = x.new_empty(shape).bernoulli_(keep_prob)
        return x.div(keep_prob) * mask


class Deep(nn.Module):
    def __init__(self, depth=3, width=6, rate=0.2):
        super().__init__()
        rates = [x.item() for x in torch.linspace(0, rate, depth)]
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.paths = nn.ModuleList([DropPath(r) if i > 0 else nn.Identity() for i, r in enumerate(rates)])

    def forward(self, x):
        for layer, path in zip(self.layers, self.paths):
            x = x + path(F.relu(layer(x)))
        return x
