import keras
from keras import layers

latent_dim = 16


def build_generator():
    model = keras.Sequential(name="generator")
    model.add(keras.Input((latent_dim,)))
    model.add(layers.Dense(4 * 4 * 8))
    model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Reshape((4, 4, 8)))
    model.add(layers.Conv2DTranspose(8, kernel_size=4, strides=2, padding="same"))
    model.add(layers.BatchNormalization(momentum=0.8))
    model.add(layers.Conv2D(1, kernel_size=5, padding="same", activation="tanh"))
    return model


def build_discriminator():
    img = keras.Input((8, 8, 1))
    x = layers.Conv2D(8, kernel_size=4, strides=2, padding="same")(img)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Dropout(0.3)(x)
    x = layers.Flatten()(x)
    validity = layers.Dense(1, activation="sigmoid")(x)
    return keras.Model(img, validity, name="discriminator")


class GAN:
    def __init__(self):
        optimizer = keras.optimizers.Adam(0.0002, 0.5)
        self.discriminator = build_discriminator()
        self.discriminator.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
        self.generator = build_generator()
        z = keras.Input(shape=(latent_dim,))
        img = self.generator(z)
        self.discriminator.trainable = False
        valid = self.discriminator(img)
        self.combined = keras.Model(z, valid)
        self.combined.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.0002, 0.5))


if __name__ == "__main__":
    gan = GAN()
