import tensorflow as tf
from tensorflow.keras import layers, models
from tensorflow.keras.layers import Dense as FullyConnected


def simple():
    return tf.keras.models.Sequential(
        [
            tf.keras.layers.Input((28, 28)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(128, activation="relu"),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(10),
        ]
    )


simple_model = simple()
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
simple_model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])

cnn = models.Sequential()
cnn.add(layers.Input((32, 32, 3)))
cnn.add(layers.Conv2D(32, (3, 3), activation="relu"))
cnn.add(layers.MaxPooling2D((2, 2)))
cnn.add(layers.Flatten())
cnn.add(FullyConnected(10))
cnn.compile(
    optimizer="adam",
    loss=tf.keras.losses.CategoricalCrossentropy(),
    metrics=["accuracy"],
)
