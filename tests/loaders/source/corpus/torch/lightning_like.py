import torch
from torch import nn
from torch.nn import functional as F


class LightningModule(nn.Module):
    """Stands for that of Lightning, which is not needed to read this file."""

    def log(self, name, value, **kwargs):
        return None

    def save_hyperparameters(self):
        return None


class Multilabel(LightningModule):
    def __init__(self, labels: int = 20, lr: float = 0.01):
        super().__init__()
        self.save_hyperparameters()
        self.lr = lr
        self.backbone = nn.Sequential(nn.Linear(30, 64), nn.BatchNorm1d(64), nn.ReLU())
        self.head = nn.Linear(64, labels)

    def forward(self, x):
        return self.head(self.backbone(x))

    def training_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        loss = F.binary_cross_entropy_with_logits(logits, y)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)
