import torch.nn as nn

from ..settings import DEFAULTS


class ConvBlock(nn.Module):
    def __init__(self, inp, out, **kwargs):
        super().__init__()
        self.conv = nn.Conv2d(inp, out, **{**DEFAULTS["conv"], **kwargs})
        self.norm = nn.InstanceNorm2d(out, affine=True)
        self.act = nn.LeakyReLU(DEFAULTS["slope"])

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))
