"""A model, its loss, and the loop that trains it."""

import torch
import torch.nn as nn
import torch.optim as optim


class Classifier(nn.Module):
    def __init__(self, features=20, classes=4):
        super().__init__()
        self.hidden = nn.Linear(features, 32)
        self.relu = nn.ReLU()
        self.out = nn.Linear(32, classes)

    def forward(self, x):
        return self.out(self.relu(self.hidden(x)))


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for batch, target in loader:
        optimizer.zero_grad()
        logits = model(batch)
        loss = criterion(logits, target)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


def main():
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Classifier().to(device)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    data = [(torch.randn(3, 20), torch.randint(0, 4, (3,)))]
    for epoch in range(2):
        loss = train_one_epoch(model, data, criterion, optimizer)
        print(f"epoch {epoch}: {loss:.3f}")


if __name__ == "__main__":
    main()
