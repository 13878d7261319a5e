import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, vocab=40, width=16):
        super().__init__()
        self.embedding = nn.Embedding(vocab, width, padding_idx=0)
        layer = nn.TransformerEncoderLayer(d_model=width, nhead=2, dim_feedforward=32, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.fc = nn.Linear(width, 2)

    def forward(self, tokens):
        x = self.encoder(self.embedding(tokens))
        return self.fc(x.mean(dim=1))


class PreNorm(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(width, 4, 24, activation="gelu", norm_first=True, batch_first=True)

    def forward(self, x):
        return self.layer(x)


class CrossAttention(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, 4, dropout=0.2, batch_first=True)
        self.norm = nn.LayerNorm(width)

    def forward(self, query, memory):
        out, _ = self.attention(query, memory, memory, need_weights=False)
        return self.norm(query + out)
