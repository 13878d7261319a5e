"""The table of torch and the libraries around it, and under which other names its rows are found.

Only puts together; what rows mean stands in the modules they come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.loaders.source.frameworks.torch_containers import CONTAINERS
from lintnet.loaders.source.frameworks.torch_functions import FUNCTIONS
from lintnet.loaders.source.frameworks.torch_layers import LAYERS
from lintnet.loaders.source.frameworks.torch_losses import LOSSES
from lintnet.loaders.source.frameworks.torch_others import ALIASES as OTHER_ALIASES
from lintnet.loaders.source.frameworks.torch_others import OTHERS
from lintnet.loaders.source.frameworks.torch_tensors import TENSORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.loaders.source.tables import Table

__all__ = ["ALIASES", "TABLE"]

TABLE: Final[Table] = {**FUNCTIONS, **TENSORS, **LAYERS, **LOSSES, **CONTAINERS, **OTHERS}
"""Rows by canonical name."""

_MODULES: Final = (
    "activation adaptive batchnorm channelshuffle container conv distance dropout flatten fold instancenorm linear loss"
    " module normalization padding pixelshuffle pooling rnn sparse transformer upsampling"
)

ALIASES: Final[Mapping[str, str]] = {
    **{f"torch.nn.modules.{name}": "torch.nn" for name in _MODULES.split()},
    "torch.nn.modules": "torch.nn",
    "torch.nn.parameter": "torch.nn",
    "torch.functional": "torch",
    "torch.autograd.Variable": "torch.as_tensor",
    "torch.autograd.variable.Variable": "torch.as_tensor",
    "torch.nn.parallel.DataParallel": "torch.nn.DataParallel",
    "torch.nn.parallel.distributed.DistributedDataParallel": "torch.nn.parallel.DistributedDataParallel",
    **OTHER_ALIASES,
}
"""Canonical names of names, or of what stands in front of them."""
