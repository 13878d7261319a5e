import keras
from keras import layers
from keras.layers import Dense, Embedding, Input, LSTM, concatenate, Dropout


def tower(width):
    inp = Input(shape=(10,))
    x = Dense(width, activation="relu")(inp)
    x = Dropout(0.1)(x)
    x = Dense(width // 2)(x)
    return keras.Model(inp, x, name="tower")


def siamese():
    left = Input((10,), name="left")
    right = Input((10,), name="right")
    base = tower(16)
    a, b = base(left), base(right)
    distance = layers.Subtract()([a, b])
    return keras.Model(inputs=[left, right], outputs=Dense(1, activation="sigmoid")(distance))


def shared_layer():
    shared_embedding = Embedding(1000, 16)
    text_a = Input(shape=(None,), dtype="int32")
    text_b = Input(shape=(None,), dtype="int32")
    encoded_a = shared_embedding(text_a)
    encoded_b = shared_embedding(text_b)
    lstm = LSTM(8)
    merged = concatenate([lstm(encoded_a), lstm(encoded_b)])
    return keras.Model([text_a, text_b], Dense(2, activation="softmax")(merged))


def autoencoder():
    encoder_input = keras.Input(shape=(28, 28, 1), name="original_img")
    x = layers.Conv2D(8, 3, activation="relu")(encoder_input)
    x = layers.MaxPooling2D(3)(x)
    encoder_output = layers.GlobalMaxPooling2D()(x)
    encoder = keras.Model(encoder_input, encoder_output, name="encoder")

    decoder_input = keras.Input(shape=(8,), name="encoded_img")
    x = layers.Reshape((2, 2, 2))(decoder_input)
    x = layers.Conv2DTranspose(4, 3, activation="relu")(x)
    x = layers.UpSampling2D(7)(x)
    decoder_output = layers.Conv2DTranspose(1, 1, activation="sigmoid")(x)
    decoder = keras.Model(decoder_input, decoder_output, name="decoder")

    autoencoder_input = keras.Input(shape=(28, 28, 1), name="img")
    autoencoder = keras.Model(autoencoder_input, decoder(encoder(autoencoder_input)), name="autoencoder")
    autoencoder.compile(optimizer="adam", loss="mean_squared_error")
    return autoencoder


def ensemble(members=3):
    inputs = keras.Input(shape=(128,))
    models = []
    for _ in range(members):
        start = keras.Input(shape=(128,))
        models.append(keras.Model(start, layers.Dense(1)(start)))
    outputs = layers.average([model(inputs) for model in models])
    return keras.Model(inputs=inputs, outputs=outputs)


def sequential_inside():
    augmentation = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)], name="augmentation")
    features = keras.Sequential([layers.Conv2D(4, 3), layers.ReLU(negative_slope=0.1)])
    inputs = keras.Input((24, 24, 3))
    x = augmentation(inputs)
    x = layers.Rescaling(1.0 / 255)(x)
    x = features(x)
    return keras.Model(inputs, x)
