import torch.nn as nn
import torch.nn.functional as F


class Base(nn.Module):
    width = 24

    def __init__(self, classes=6):
        super().__init__()
        self.features = self.build_features()
        self.classifier = nn.Linear(self.width, classes)

    def build_features(self):
        raise NotImplementedError

    def pool(self, x):
        return F.adaptive_avg_pool2d(x, 1).flatten(1)

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)))


class Plain(Base):
    def build_features(self):
        return nn.Sequential(nn.Conv2d(1, self.width, 3), nn.ELU(0.5))


class Wide(Plain):
    width = 48

    def __init__(self, *args, **kwargs):
        super().__init__(*args, classes=9, **kwargs)
        self.drop = nn.Dropout2d(0.1)

    def pool(self, x):
        return super().pool(self.drop(x))

    def forward(self, x):
        x = super().forward(x)
        return x.softmax(dim=-1)
