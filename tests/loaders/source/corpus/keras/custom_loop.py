"""No compile: the loss is computed in a loop of one's own."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input(shape=(784,), name="digits")
x1 = layers.Dense(64, activation="relu")(inputs)
x2 = layers.Dense(64, activation=tf.nn.relu)(x1)
outputs = layers.Dense(10, name="predictions")(x2)
model = keras.Model(inputs=inputs, outputs=outputs)

optimizer = keras.optimizers.SGD(learning_rate=1e-3)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def train(dataset):
    for step, (x_batch, y_batch) in enumerate(dataset):
        with tf.GradientTape() as tape:
            logits = model(x_batch, training=True)
            loss_value = loss_fn(y_batch, logits)
        grads = tape.gradient(loss_value, model.trainable_weights)
        optimizer.apply_gradients(zip(grads, model.trainable_weights))


class Attend(keras.Model):
    """tf.nn in the body."""

    def __init__(self):
        super().__init__()
        self.query = layers.Dense(8)
        self.key = layers.Dense(8)

    def call(self, x):
        weights = tf.nn.softmax(tf.matmul(self.query(x), self.key(x), transpose_b=True), axis=-1)
        return tf.reduce_mean(tf.matmul(weights, x), axis=1)
