from torch import nn


def make_pool(kind, size=2):
    if kind == "max":
        return nn.MaxPool2d(size)
    elif kind == "avg":
        return nn.AvgPool2d(size)
    raise NotImplementedError(kind)
