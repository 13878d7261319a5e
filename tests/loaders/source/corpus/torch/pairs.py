"""Towers, autoencoders, an adversarial pair."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 5))
        self.out = nn.Linear(5, 1)

    def forward_one(self, x):
        return self.tower(x)

    def forward(self, left, right):
        a = self.forward_one(left)
        b = self.forward_one(right)
        return torch.sigmoid(self.out(torch.abs(a - b)))


class Encoder(nn.Module):
    def __init__(self, latent):
        super().__init__()
        self.hidden = nn.Linear(64, 32)
        self.mean = nn.Linear(32, latent)
        self.log_var = nn.Linear(32, latent)

    def forward(self, x):
        h = F.relu(self.hidden(x))
        return self.mean(h), self.log_var(h)


class Decoder(nn.Module):
    def __init__(self, latent):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())

    def forward(self, z):
        return self.net(z)


class Variational(nn.Module):
    def __init__(self, latent=4):
        super().__init__()
        self.encoder = Encoder(latent)
        self.decoder = Decoder(latent)

    def reparameterize(self, mu, log_var):
        std = torch.exp(0.5 * log_var)
        eps = torch.randn_like(std)
        return mu + eps * std

    def forward(self, x):
        mu, log_var = self.encoder(x)
        z = self.reparameterize(mu, log_var)
        return self.decoder(z), mu, log_var


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, 8, 3, stride=2, padding=1)
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 2, 2),
            nn.Tanh(),
        )

    def encode(self, x):
        return self.encoder(x)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        return self.decode(self.encode(x))
