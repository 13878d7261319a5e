import keras
from keras import layers, ops

inputs = keras.Input(shape=(6,))
x = layers.Dense(4)(inputs)
x = layers.Lambda(lambda t: t * 2.0)(x)
x = layers.Lambda(lambda t: ops.relu(t), name="rectify")(x)
doubler = keras.Model(inputs, layers.Dense(1)(x))


def distance(pair):
    a, b = pair
    return ops.sqrt(ops.sum(ops.square(a - b), axis=1, keepdims=True))


left, right = keras.Input((4,)), keras.Input((4,))
shared = layers.Dense(3)
metric = keras.Model([left, right], layers.Lambda(distance)([shared(left), shared(right)]))
