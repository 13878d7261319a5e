"""Small torch programs: each defines `model` and `x`; what is called in which order is compared with the real torch."""

from __future__ import annotations

HEAD = """
import copy
from collections import OrderedDict
import torch
import torch.nn as nn
import torch.nn.functional as F
"""

PROGRAMS: dict[str, str] = {
    "sequential by position": """
model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.1), nn.Linear(6, 2))
x = torch.randn(2, 4)
""",
    "sequential by name": """
model = nn.Sequential(OrderedDict([("fc", nn.Linear(4, 6)), ("act", nn.Tanh()), ("out", nn.Linear(6, 2))]))
x = torch.randn(2, 4)
""",
    "sequential that grows": """
model = nn.Sequential()
model.append(nn.Linear(4, 6))
model.append(nn.ReLU())
model.extend([nn.Linear(6, 6), nn.GELU()])
model.add_module("last", nn.Tanh())
del model[3]
model[0] = nn.Linear(4, 6)
model += nn.Sequential(nn.Linear(6, 3))
x = torch.randn(2, 4)
""",
    "sequential with something put in front": """
model = nn.Sequential(nn.ReLU(), nn.Linear(4, 6))
model.insert(0, nn.Linear(4, 4))
model.insert(2, nn.Dropout(0.1))
x = torch.randn(2, 4)
""",
    "a part of a sequential": """
whole = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh())
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = whole
    def forward(self, x):
        x = self.body[:2](x)
        x = self.body[-1](x)
        for layer in self.body[1:3]:
            x = layer(x)
        return x + len(self.body)
model = Net()
x = torch.randn(2, 4)
""",
    "lists of modules": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.layers.append(nn.Linear(4, 2))
        self.norms = nn.ModuleList()
        self.norms += [nn.LayerNorm(4), nn.LayerNorm(4)]
        self.norms.extend(nn.LayerNorm(4) for _ in range(1))
    def forward(self, x):
        for index, (layer, norm) in enumerate(zip(self.layers, self.norms)):
            x = layer(norm(x))
            if index == len(self.layers) - 2:
                x = F.relu(x)
        return self.layers[-1](x)
model = Net()
x = torch.randn(2, 4)
""",
    "dicts of modules": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleDict({"a": nn.Linear(4, 2), "b": nn.Linear(4, 3)})
        self.heads["c"] = nn.Linear(4, 4)
        self.heads.update({"d": nn.Identity()})
    def forward(self, x):
        results = {name: head(x) for name, head in self.heads.items() if name in self.heads}
        return [results[key] for key in self.heads.keys()] + [self.heads["a"](x)]
model = Net()
x = torch.randn(2, 4)
""",
    "names that are made": """
class Net(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        for i in range(depth):
            setattr(self, f"fc{i}", nn.Linear(4, 4))
        self.add_module("last", nn.Linear(4, 1))
        self.depth = depth
    def forward(self, x):
        for i in range(self.depth):
            x = getattr(self, "fc%d" % i)(x)
        for name, child in self.named_children():
            if name == "last":
                x = child(x)
        return x
model = Net()
x = torch.randn(2, 4)
""",
    "copies": """
def clones(module, n):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(n)])
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = clones(nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.2)), 2)
    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return x
model = Net()
x = torch.randn(2, 4)
""",
    "encoder, norm last": """
model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, nn.LayerNorm(8))
x = torch.randn(2, 5, 8)
""",
    "encoder, norm first": """
layer = nn.TransformerEncoderLayer(8, 2, 16, 0.2, F.gelu, norm_first=True, batch_first=True)
model = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
x = torch.randn(2, 5, 8)
""",
    "decoder": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2)
        self.first = nn.TransformerDecoderLayer(8, 2, 16, norm_first=True, activation="gelu")
    def forward(self, x):
        return self.first(self.decoder(x, x), x)
model = Net()
x = torch.randn(5, 2, 8)
""",
    "transformer": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.Transformer(8, 2, 1, 2, 16, batch_first=True)
    def forward(self, x):
        return self.transformer(x, x)
model = Net()
x = torch.randn(2, 5, 8)
""",
    "checkpoints and wrappers": """
from torch.utils.checkpoint import checkpoint, checkpoint_sequential
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    def forward(self, x):
        x = checkpoint(self.a, x, use_reentrant=False)
        with torch.no_grad():
            y = self.b(x)
        return checkpoint_sequential(self.b, 1, x, use_reentrant=False) + y
model = Net().float().to("cpu").train()
x = torch.randn(2, 4)
""",
    "recurrent": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 6)
        self.lstm = nn.LSTM(6, 8, 2, batch_first=True, dropout=0.3, bidirectional=True)
        self.gru = nn.GRU(16, 4)
        self.cell = nn.LSTMCell(4, 5)
        self.fc = nn.Linear(5, 2)
    def forward(self, x):
        out, (h, c) = self.lstm(self.embed(x.long()))
        out, last = self.gru(out.transpose(0, 1))
        state = None
        for step in range(2):
            state = self.cell(out[step], state)
        return self.fc(state[0])
model = Net()
x = torch.zeros(2, 7)
""",
    "apply and initialisation": """
def init(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        if m.bias is not None:
            nn.init.constant_(m.bias, 0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.out = nn.Linear(self.fc.out_features, 2, bias=False)
        self.apply(init)
        for m in self.modules():
            if isinstance(m, (nn.Linear, nn.Conv2d)):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")
        for p in self.fc.parameters():
            p.requires_grad = False
        self.register_buffer("table", torch.zeros(4))
    def forward(self, x):
        return self.out(self.fc(x) + self.table)
model = Net()
x = torch.randn(2, 4)
""",
}
