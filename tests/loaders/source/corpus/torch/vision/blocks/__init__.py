from .conv import ConvBlock
from . import pools
