from torch import nn
import torch.nn.functional as F

from . import settings
from .blocks import ConvBlock, pools as P


class Segmenter(nn.Module):
    def __init__(self, stages=settings.STAGES, classes=3):
        super().__init__()
        channels, parts = 3, []
        for width, pool in stages:
            parts += [ConvBlock(channels, width), P.make_pool(pool)]
            channels = width
        self.parts = nn.Sequential(*parts)
        self.head = ConvBlock(channels, classes, kernel_size=1, padding=0)

    def forward(self, x):
        size = x.shape[-2:]
        x = self.head(self.parts(x))
        return F.interpolate(x, size=size, mode="nearest")


def tiny(**kwargs):
    return Segmenter(stages=settings.STAGES[:1], **kwargs)
