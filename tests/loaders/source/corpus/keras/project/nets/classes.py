import keras
from keras import layers

from .. import common
from ..common import Head


class WithHead(keras.Model):
    def __init__(self):
        super().__init__()
        self.stem = layers.Conv2D(8, 3, activation="relu")
        self.head = Head(5)

    def call(self, inputs):
        return self.head(self.stem(inputs))
