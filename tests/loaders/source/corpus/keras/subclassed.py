"""Layers and models as classes."""

import keras
from keras import layers, ops


class Block(layers.Layer):
    def __init__(self, filters, stride=1, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)
        self.bn = layers.BatchNormalization()
        self.act = layers.Activation("relu")

    def call(self, inputs, training=None):
        x = self.conv(inputs)
        x = self.bn(x, training=training)
        return self.act(x)


class Classifier(keras.Model):
    def __init__(self, classes=4):
        super().__init__()
        self.stem = Block(8)
        self.blocks = [Block(8 * 2**i, stride=2) for i in range(2)]
        self.pool = layers.GlobalAveragePooling2D()
        self.dropout = layers.Dropout(0.5)
        self.head = layers.Dense(classes)

    def call(self, x, training=False):
        x = self.stem(x, training=training)
        for block in self.blocks:
            x = block(x, training=training)
        x = self.pool(x)
        if training:
            x = self.dropout(x, training=training)
        return self.head(x)


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs):
        attn_output = self.att(inputs, inputs)
        attn_output = self.dropout1(attn_output)
        out1 = self.layernorm1(inputs + attn_output)
        ffn_output = self.ffn(out1)
        ffn_output = self.dropout2(ffn_output)
        return self.layernorm2(out1 + ffn_output)


class TokenAndPosition(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x):
        maxlen = ops.shape(x)[-1]
        positions = ops.arange(start=0, stop=maxlen, step=1)
        positions = self.pos_emb(positions)
        x = self.token_emb(x)
        return x + positions


class TextModel(keras.Model):
    def __init__(self, maxlen=20, vocab=50, dim=8):
        super().__init__()
        self.embedding = TokenAndPosition(maxlen, vocab, dim)
        self.transformer = TransformerBlock(dim, 2, 16)
        self.pool = layers.GlobalAveragePooling1D()
        self.out = layers.Dense(2, activation="softmax")

    def call(self, x):
        x = self.embedding(x)
        x = self.transformer(x)
        return self.out(self.pool(x))


class Residual(keras.Model):
    """Made in build, with the width of the input."""

    def build(self, input_shape):
        self.hidden = layers.Dense(input_shape[-1], activation="relu")
        self.norm = layers.LayerNormalization()
        super().build(input_shape)

    def call(self, inputs):
        return self.norm(inputs + self.hidden(inputs))


class Pair(keras.Model):
    def __init__(self):
        super(Pair, self).__init__(name="pair")
        self.user = layers.Dense(6, activation="tanh")
        self.item = layers.Dense(6, activation="tanh")

    def call(self, inputs):
        user, item = inputs
        return ops.sum(self.user(user) * self.item(item), axis=-1, keepdims=True)
