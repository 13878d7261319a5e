"""`input_shape=` on the first layer, which Keras 3 still takes."""

import keras
from keras.models import Sequential
from keras.layers import Activation, AveragePooling2D, BatchNormalization, Conv2D, Dense, Flatten


class LeNet:
    @staticmethod
    def build(width, height, depth, classes, weights=None):
        model = Sequential()
        shape = (height, width, depth)
        if keras.backend.image_data_format() == "channels_first":
            shape = (depth, height, width)
        model.add(Conv2D(6, (5, 5), padding="same", input_shape=shape))
        model.add(Activation("tanh"))
        model.add(AveragePooling2D(pool_size=(2, 2), strides=(2, 2)))
        model.add(Conv2D(16, (5, 5)))
        model.add(BatchNormalization(axis=-1))
        model.add(Activation("tanh"))
        model.add(Flatten())
        model.add(Dense(84))
        model.add(Dense(classes))
        model.add(Activation("softmax"))
        if weights is not None:
            model.load_weights(weights)
        return model


lenet = LeNet.build(width=28, height=28, depth=1, classes=10)
lenet.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=0.01), metrics=["accuracy"])
print("[INFO] training...")


def baseline():
    m = Sequential()
    m.add(Dense(60, input_dim=60, activation="relu")) if False else m.add(
        Dense(60, input_shape=(60,), activation="relu")
    )
    m.add(Dense(1, activation="sigmoid"))
    m.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return m
