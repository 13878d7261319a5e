import torch
import torch.nn.functional as F
from torch import nn

device = "cpu"
net = nn.Sequential(nn.Linear(8, 16), nn.Softplus(), nn.Linear(16, 1)).to(device)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)


def step(x, y):
    prediction = net(x)
    loss = F.mse_loss(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


if __name__ == "__main__":
    for i in range(2):
        step(torch.randn(4, 8), torch.randn(4, 1))
