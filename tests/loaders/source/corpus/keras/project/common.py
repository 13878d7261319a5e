from keras import layers, regularizers

WEIGHT_DECAY = 1e-4


def conv(x, filters, size=3, *, strides=1, name=None):
    x = layers.Conv2D(
        filters, size, strides=strides, padding="same", kernel_regularizer=regularizers.l2(WEIGHT_DECAY), name=name
    )(x)
    return layers.ReLU(name=None if name is None else name + "_relu")(x)


class Head(layers.Layer):
    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.pool = layers.GlobalAveragePooling2D()
        self.dense = layers.Dense(classes, activation="softmax")

    def call(self, x):
        return self.dense(self.pool(x))
