"""Every way to say which activation."""

import keras
from keras import activations, layers
from keras.activations import gelu


def forms():
    inputs = keras.Input((12,))
    x = layers.Dense(8, "relu")(inputs)
    x = layers.Dense(8, activation=gelu)(x)
    x = layers.Dense(8, activation=keras.activations.swish if hasattr(keras.activations, "swish") else "silu")(x)
    x = layers.Dense(8, activation=activations.get("elu"))(x)
    x = layers.Dense(8, activation=layers.LeakyReLU(negative_slope=0.2))(x)
    x = layers.Dense(8, activation=None)(x)
    x = layers.Dense(8, activation="linear")(x)
    x = layers.Activation(activations.tanh)(x)
    x = layers.PReLU()(x)
    x = layers.ELU(alpha=0.5)(x)
    x = layers.Softmax(axis=-1)(x)
    return keras.Model(inputs, x)


def called():
    inputs = keras.Input((12,))
    x = layers.Dense(6)(inputs)
    x = activations.relu(x)
    x = layers.Dense(6)(x)
    x = keras.activations.sigmoid(x)
    x = keras.ops.relu6(layers.Dense(4)(x))
    x = keras.ops.softmax(x, axis=-1)
    return keras.Model(inputs, x)


def looked_up(name="mish"):
    table = {"mish": "mish", "soft": layers.Activation("softplus")}
    inputs = keras.Input((5,))
    x = layers.Dense(5, activation=table[name])(inputs)
    x = table["soft"](x)
    return keras.Model(inputs, x)
