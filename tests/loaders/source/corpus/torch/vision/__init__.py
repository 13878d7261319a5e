from .net import Segmenter, tiny
