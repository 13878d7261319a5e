import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, width=32, depth=4):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.act = nn.Tanh()
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        for block, norm in zip(self.blocks, self.norms):
            x = x + self.act(block(norm(x)))
        return self.head(x)


class Branches(nn.Module):
    """A dict of branches, read by key and by items."""

    def __init__(self):
        super().__init__()
        self.activations = nn.ModuleDict({"lrelu": nn.LeakyReLU(0.1), "prelu": nn.PReLU()})
        self.heads = nn.ModuleDict()
        for name, width in {"age": 1, "kind": 5}.items():
            self.heads[name] = nn.Linear(16, width)
        self.stem = nn.Linear(8, 16)

    def forward(self, x, kind="lrelu"):
        x = self.activations[kind](self.stem(x))
        return {name: head(x) for name, head in self.heads.items()}


class Numbered(nn.Module):
    """Layers by made-up names."""

    def __init__(self, depth=3):
        super().__init__()
        self.depth = depth
        for i in range(depth):
            setattr(self, f"conv{i}", nn.Conv2d(3 if i == 0 else 8, 8, 3, stride=2, padding=1))
            self.add_module("bn%d" % i, nn.BatchNorm2d(8, momentum=0.01, eps=0.001))

    def forward(self, x):
        for i in range(self.depth):
            x = getattr(self, f"conv{i}")(x)
            x = torch.relu(self._modules["bn%d" % i](x))
        return x.mean([2, 3])
