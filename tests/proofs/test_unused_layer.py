"""SHP108: a layer that forward does not call."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_no_gradient_and_saved_all_the_same() -> None:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc2, self.fc3 = nn.Linear(20, 20), nn.Linear(20, 20), nn.Linear(20, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc3(torch.relu(self.fc1(torch.relu(self.fc1(x)))))

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    before = net.fc2.weight.detach().clone()
    net(torch.randn(8, 20)).square().mean().backward()
    optimizer.step()
    assert net.fc2.weight.grad is None
    assert net.fc1.weight.grad is not None
    assert torch.equal(net.fc2.weight, before)
    assert "fc2.weight" in net.state_dict()
