import torch
import torch.nn as nn
import torch.nn.functional as F


class Digits(nn.Module):
    def __init__(self):
        super(Digits, self).__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        x = self.fc2(x)
        return F.log_softmax(x, dim=1)


class Arithmetic(nn.Module):
    """Operators, means and views without any layer between them."""

    def __init__(self, channels=12):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.left = nn.Conv2d(4, channels, 1)
        self.right = nn.Conv2d(4, channels, (1, 3), padding=(0, 1))

    def forward(self, x):
        a, b = self.left(x), self.right(x)
        gate = torch.sigmoid(a)
        y = gate * b + (1 - gate) * a
        y = torch.cat((y, a - b), dim=1)
        y, z = y.chunk(2, dim=1)
        y = y * self.scale / 2.0
        y = torch.tanh(y).permute(0, 2, 3, 1).contiguous()
        y = y.reshape(y.size(0), -1, y.shape[-1])
        return y.mean(dim=1), z.flatten(2).transpose(1, 2).sum(-1)


class Upsampler(nn.Module):
    def __init__(self, out=3):
        super().__init__()
        self.up = nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1)
        self.conv = nn.Conv2d(8, out * 4, 3, padding="same")
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x):
        x = F.leaky_relu(self.up(x), 0.2)
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = F.pad(x, (1, 1, 1, 1))
        x = self.shuffle(self.conv(x))
        return torch.clamp(x, 0.0, 1.0)
