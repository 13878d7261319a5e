"""Operators, keras.ops, Lambda layers and layers of one's own."""

import keras
from keras import layers, ops


class Scale(layers.Layer):
    def __init__(self, init=1.0, **kwargs):
        super().__init__(**kwargs)
        self.init = init

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="gamma")

    def call(self, x):
        return ops.tanh(x) * self.gamma


class Gate(keras.Model):
    def __init__(self, units=6):
        super().__init__()
        self.dense = layers.Dense(units)
        self.scale = Scale(0.5)

    def call(self, inputs):
        x = self.dense(inputs)
        gate = ops.sigmoid(x)
        x = gate * x + (1 - gate) * inputs
        x = ops.concatenate([x, ops.absolute(x)], axis=-1)
        return self.scale(x)


def operators():
    a = keras.Input((4,))
    b = keras.Input((4,))
    x = a + b
    x = x * 2.0 - 1.0
    x = layers.Dense(8)(x)
    y = ops.reshape(x, (-1, 2, 4))
    y = ops.transpose(y, (0, 2, 1))
    y = ops.mean(y, axis=1)
    z = x[:, :2]
    return keras.Model([a, b], ops.maximum(y, z))


def pixel_norm():
    inputs = keras.Input((8, 8, 4))
    x = layers.Conv2D(4, 3)(inputs)
    x = x / ops.sqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-8)
    x = ops.max(x, axis=(1, 2))
    return keras.Model(inputs, x)
