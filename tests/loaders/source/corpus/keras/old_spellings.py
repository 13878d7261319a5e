"""Keras 1 and 2, as it stands in many repositories. Keras 3 does not run it."""

from keras.models import Sequential, Model
from keras.layers import Input, merge
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.normalization import BatchNormalization
from keras.layers.advanced_activations import LeakyReLU
from keras.layers.recurrent import LSTM
from keras.layers.embeddings import Embedding

model = Sequential()
model.add(Convolution2D(32, 3, 3, border_mode="same", input_shape=(3, 32, 32), dim_ordering="th"))
model.add(Activation("relu"))
model.add(Convolution2D(32, 3, 3, subsample=(2, 2), dim_ordering="th"))
model.add(LeakyReLU(0.3))
model.add(MaxPooling2D(pool_size=(2, 2), dim_ordering="th"))
model.add(Dropout(p=0.25))
model.add(Flatten())
model.add(Dense(output_dim=10, init="uniform"))
model.add(Activation("softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adadelta")


def merged():
    a = Input(shape=(8,))
    b = Input(shape=(8,))
    x = merge([Dense(4)(a), Dense(4)(b)], mode="concat")
    x = BatchNormalization(mode=0)(x)
    y = Dense(1, activation="sigmoid")(x)
    return Model(input=[a, b], output=y)


def text(max_features=1000):
    net = Sequential()
    net.add(Embedding(max_features, 32, input_length=50, dropout=0.2))
    net.add(LSTM(16, dropout_W=0.2, dropout_U=0.3))
    net.add(Dense(1))
    net.add(Activation("sigmoid"))
    net.compile(loss="binary_crossentropy", optimizer="adam", class_mode="binary")
    return net
