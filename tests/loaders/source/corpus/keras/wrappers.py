import keras
from keras import layers
from keras.layers import Bidirectional, TimeDistributed


def video():
    inputs = keras.Input((5, 16, 16, 3))
    x = TimeDistributed(layers.Conv2D(4, 3, activation="relu"))(inputs)
    x = TimeDistributed(layers.GlobalMaxPooling2D())(x)
    x = layers.GRU(6, recurrent_dropout=0.1)(x)
    return keras.Model(inputs, layers.Dense(1)(x))


def tagger(vocab=200):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(vocab, 16, mask_zero=True),
            layers.SpatialDropout1D(0.2),
            Bidirectional(layers.LSTM(8, return_sequences=True)),
            Bidirectional(layers.LSTM(8, return_sequences=True), merge_mode="sum"),
            TimeDistributed(layers.Dense(9, activation="softmax")),
        ],
        name="tagger",
    )


def cells():
    inputs = keras.Input((7, 4))
    x = layers.RNN(layers.LSTMCell(5), return_sequences=True)(inputs)
    x = layers.SimpleRNN(3, activation="relu")(x)
    return keras.Model(inputs, x)


def separable():
    inputs = keras.Input((32, 32, 8))
    x = layers.SeparableConv2D(16, 3, padding="same", depth_multiplier=2)(inputs)
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
    x = layers.GroupNormalization(groups=4)(x)
    x = layers.ReLU(6.0)(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Cropping2D(((1, 0), (0, 1)))(x)
    x = layers.Conv2D(4, 1)(x) if keras.backend.image_data_format() == "channels_last" else x
    return keras.Model(inputs, x)


def sequence_1d():
    model = keras.Sequential()
    model.add(keras.Input((100, 6)))
    model.add(layers.Conv1D(filters=8, kernel_size=5, dilation_rate=2, padding="causal"))
    model.add(layers.MaxPooling1D(3))
    model.add(layers.Permute((2, 1)))
    model.add(layers.RepeatVector(3) if False else layers.Flatten())
    model.add(layers.GaussianNoise(0.1))
    model.add(layers.AlphaDropout(0.1))
    model.add(layers.Dense(2))
    return model
