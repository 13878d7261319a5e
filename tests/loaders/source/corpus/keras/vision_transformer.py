import keras
from keras import layers, ops

image_size, patch_size, projection_dim, num_heads, transformer_layers = 24, 8, 16, 2, 2
num_patches = (image_size // patch_size) ** 2
transformer_units = [projection_dim * 2, projection_dim]


def mlp(x, hidden_units, dropout_rate):
    for units in hidden_units:
        x = layers.Dense(units, activation=keras.activations.gelu)(x)
        x = layers.Dropout(dropout_rate)(x)
    return x


class PatchEncoder(layers.Layer):
    def __init__(self, num_patches, projection_dim):
        super().__init__()
        self.num_patches = num_patches
        self.position_embedding = layers.Embedding(input_dim=num_patches, output_dim=projection_dim)

    def call(self, patch):
        positions = ops.expand_dims(ops.arange(start=0, stop=self.num_patches, step=1), axis=0)
        return patch + self.position_embedding(positions)


class ViT(keras.Model):
    def __init__(self, classes=7):
        super().__init__()
        self.project = layers.Conv2D(projection_dim, patch_size, strides=patch_size)
        self.flatten = layers.Reshape((num_patches, projection_dim))
        self.encoder = PatchEncoder(num_patches, projection_dim)
        self.head = layers.Dense(classes)

    def call(self, x):
        x = self.encoder(self.flatten(self.project(x)))
        return self.head(ops.mean(x, axis=1))


def create_encoder(tokens=num_patches):
    inputs = layers.Input((tokens, projection_dim))
    encoded = inputs
    for _ in range(transformer_layers):
        x1 = layers.LayerNormalization(epsilon=1e-6)(encoded)
        attention = layers.MultiHeadAttention(num_heads=num_heads, key_dim=projection_dim, dropout=0.1)(x1, x1)
        x2 = layers.Add()([attention, encoded])
        x3 = layers.LayerNormalization(epsilon=1e-6)(x2)
        x3 = mlp(x3, hidden_units=transformer_units, dropout_rate=0.1)
        encoded = layers.Add()([x3, x2])
    representation = layers.LayerNormalization(epsilon=1e-6)(encoded)
    representation = layers.Flatten()(representation)
    return keras.Model(inputs=inputs, outputs=layers.Dense(5)(representation))
