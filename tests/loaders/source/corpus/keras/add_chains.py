"""Layers added one by one: in a row, in a loop, under a condition, and one taken off again."""

import keras
from keras import layers


def chain(classes=5):
    model = keras.models.Sequential(name="chain")
    model.add(layers.Input((16, 16, 3)))
    model.add(layers.Conv2D(8, (3, 3), padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.Activation("relu"))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(classes))
    model.add(layers.Activation("softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def looped(units=(64, 32, 16), rate=0.3, batch_norm=True):
    model = keras.Sequential()
    model.add(keras.Input(shape=(20,)))
    for i, n in enumerate(units):
        model.add(layers.Dense(n, name=f"hidden_{i}"))
        if batch_norm:
            model.add(layers.BatchNormalization(momentum=0.9, epsilon=1e-5))
        model.add(layers.ReLU())
        if i < len(units) - 1 and rate:
            model.add(layers.Dropout(rate))
    model.add(layers.Dense(1))
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-3), loss="mse", metrics=["mae"])
    return model


def popped():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(2, activation="tanh")])
    model.pop()
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(loss=keras.losses.BinaryCrossentropy(), optimizer="rmsprop")
    return model
