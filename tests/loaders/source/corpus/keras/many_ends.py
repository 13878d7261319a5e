"""Several inputs, several outputs, losses for each."""

import keras
from keras import layers

num_tags, num_words, num_departments = 12, 100, 4

title_input = keras.Input(shape=(None,), name="title")
body_input = keras.Input(shape=(None,), name="body")
tags_input = keras.Input(shape=(num_tags,), name="tags")

title_features = layers.Embedding(num_words, 64)(title_input)
body_features = layers.Embedding(num_words, 64)(body_input)
title_features = layers.LSTM(32)(title_features)
body_features = layers.LSTM(32, dropout=0.2)(body_features)
x = layers.concatenate([title_features, body_features, tags_input])

priority_pred = layers.Dense(1, name="priority")(x)
department_pred = layers.Dense(num_departments, name="department")(x)

tickets = keras.Model(
    inputs=[title_input, body_input, tags_input],
    outputs={"priority": priority_pred, "department": department_pred},
)
tickets.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
)


def two_heads():
    inputs = keras.Input((6,))
    x = layers.Dense(8, activation="elu")(inputs)
    first = layers.Dense(3, activation="softmax")(x)
    second = layers.Dense(1)(x)
    model = keras.Model(inputs, [first, second])
    model.compile("adam", ["categorical_crossentropy", "huber"])
    return model
