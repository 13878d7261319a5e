import torch
import torch.nn as nn


class Sentiment(nn.Module):
    def __init__(self, vocab_size=100, embed_dim=16, hidden_dim=24, num_layers=2, bidirectional=True, dropout=0.5):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(
            embed_dim, hidden_dim, num_layers=num_layers, bidirectional=bidirectional, dropout=dropout, batch_first=True
        )
        self.fc = nn.Linear(hidden_dim * (2 if bidirectional else 1), 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text):
        embedded = self.dropout(self.embedding(text))
        output, (hidden, cell) = self.lstm(embedded)
        hidden = self.dropout(torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1))
        return self.fc(hidden)


class LastStep(nn.Module):
    def __init__(self, inp=6, hidden=10):
        super().__init__()
        self.gru = nn.GRU(inp, hidden, batch_first=True)
        self.rnn = nn.RNN(hidden, hidden, nonlinearity="relu", batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        out, h_n = self.rnn(out)
        return self.linear(out[:, -1, :])


class StateGiven(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(4, hidden, 1, batch_first=True)
        self.out = nn.Linear(hidden, 4)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.hidden)
        c0 = torch.zeros(1, x.size(0), self.hidden)
        y, state = self.lstm(x, (h0, c0))
        return self.out(y)
