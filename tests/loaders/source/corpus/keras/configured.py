"""Models from tables of numbers, dataclasses, partial functions and comprehensions."""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import keras
from keras import layers

Dense = functools.partial(layers.Dense, kernel_initializer="he_normal")


class Stage(NamedTuple):
    filters: int
    repeats: int = 1
    pool: bool = True


STAGES = [Stage(8), Stage(filters=16, repeats=2), Stage(32, pool=False)]


def staged():
    inputs = keras.Input((32, 32, 3))
    x = inputs
    for index, (filters, repeats, pool) in enumerate(STAGES, start=1):
        for n in range(repeats):
            x = layers.Conv2D(filters, 3, padding="same", name="block%d_conv%d" % (index, n + 1))(x)
            x = layers.LeakyReLU()(x)
        if pool:
            x = layers.MaxPooling2D(2, name="block{}_pool".format(index))(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = Dense(20, activation="relu")(x)
    return keras.Model(inputs, Dense(2)(x))


@dataclass(frozen=True)
class Config:
    features: int = 14
    hidden: tuple = (32, 16)
    dropout: float = 0.1
    output: str = "sigmoid"


def tabular(config: Config = Config()):
    stack = [keras.Input((config.features,))]
    stack += [
        layer for width in config.hidden for layer in (Dense(width, activation="relu"), layers.Dropout(config.dropout))
    ]
    stack.append(layers.Dense(1, activation=config.output))
    model = keras.Sequential(stack)
    model.compile(keras.optimizers.SGD(0.01), loss=keras.losses.binary_crossentropy)
    return model


class Builder:
    """A plain class that builds a model in its method."""

    def __init__(self, depth):
        self.depth = depth

    def block(self, x, width):
        return layers.Dense(width, activation="selu", kernel_initializer="lecun_normal")(x)

    def build(self):
        inputs = keras.Input((9,))
        x = inputs
        for i in range(self.depth):
            x = self.block(x, 32 >> i)
        return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


built = Builder(depth=3).build()
built.compile(optimizer="nadam", loss="kl_divergence")
