import keras

from ..common import conv


def build_small(classes=3):
    inputs = keras.Input((24, 24, 3))
    x = conv(inputs, 8, name="first")
    x = conv(x, 16, strides=2, name="second")
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, keras.layers.Dense(classes)(x))
