import keras
from keras import Model
from keras import layers as L


def conv_block(x, filters, kernel=3, strides=1, activation="relu"):
    x = L.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = L.BatchNormalization()(x)
    if activation:
        x = L.Activation(activation)(x)
    return x


def residual(x, filters, strides=1):
    shortcut = x
    x = conv_block(x, filters, strides=strides)
    x = conv_block(x, filters, activation=None)
    if strides > 1 or shortcut.shape[-1] != filters:
        shortcut = conv_block(shortcut, filters, 1, strides, activation=None)
    x = L.Add()([x, shortcut])
    return L.ReLU()(x)


def resnet(shape=(32, 32, 3), classes=10):
    inputs = keras.Input(shape=shape, name="img")
    x = conv_block(inputs, 16)
    for filters, strides in zip([16, 32], [1, 2]):
        for block in range(2):
            x = residual(x, filters, strides if block == 0 else 1)
    x = L.GlobalAveragePooling2D()(x)
    outputs = L.Dense(classes, activation="softmax", name="predictions")(x)
    model = Model(inputs=inputs, outputs=outputs, name="resnet")
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=False))
    return model


def unet(size=32, widths=(4, 8)):
    inputs = keras.Input((size, size, 1))
    x, skips = inputs, []
    for width in widths:
        x = conv_block(x, width)
        skips.append(x)
        x = L.MaxPooling2D()(x)
    x = conv_block(x, 16)
    for width, skip in zip(reversed(widths), skips[::-1]):
        x = L.Conv2DTranspose(width, 2, strides=2, padding="same")(x)
        x = L.concatenate([x, skip], axis=-1)
        x = conv_block(x, width)
    outputs = L.Conv2D(1, 1, activation="sigmoid")(x)
    return keras.Model(inputs, outputs)


def inception(filters=8):
    inputs = L.Input(shape=(None, None, 3))
    tower_1 = L.Conv2D(filters, (1, 1), padding="same", activation="relu")(inputs)
    tower_2 = L.Conv2D(filters, (3, 3), padding="same", activation="relu")(tower_1)
    tower_3 = L.MaxPooling2D((3, 3), strides=(1, 1), padding="same")(inputs)
    tower_3 = L.Conv2D(filters, (1, 1), padding="same", activation="relu")(tower_3)
    merged = L.Concatenate(axis=3)([tower_1, tower_2, tower_3])
    return Model([inputs], [merged])


def squeeze(inputs_shape=(16, 16, 12), ratio=4):
    init = L.Input(inputs_shape)
    filters = init.shape[-1]
    se = L.GlobalAveragePooling2D()(init)
    se = L.Reshape((1, 1, filters))(se)
    se = L.Dense(filters // ratio, activation="relu", kernel_initializer="he_normal", use_bias=False)(se)
    se = L.Dense(filters, activation="sigmoid", kernel_initializer="he_normal", use_bias=False)(se)
    x = L.multiply([init, se])
    return Model(init, x)


def dense_net(blocks=(2, 2), growth=4):
    inputs = L.Input((16, 16, 3))
    x = L.Conv2D(8, 3, padding="same")(inputs)
    for b, count in enumerate(blocks):
        for _ in range(count):
            y = L.Activation("relu")(L.BatchNormalization()(x))
            y = L.Conv2D(growth, 3, padding="same")(y)
            y = L.Dropout(0.2)(y)
            x = L.Concatenate()([x, y])
        if b + 1 < len(blocks):
            x = L.AveragePooling2D(2)(x)
    x = L.Flatten()(x)
    return Model(inputs, L.Dense(3, activation=keras.activations.softmax)(x))
