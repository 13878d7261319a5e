"""The losses of torch, as classes and as functions: which tensor is the prediction, and what is computed of it.

Knows no graph: the machine hangs the loss behind the tensor. torch puts the prediction first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Unknown
from lintnet.loaders.source.frameworks.torch_call import MODULE, Attributes, emit, lines, signals_in
from lintnet.loaders.source.frameworks.torch_shapes import last, size_at
from lintnet.loaders.source.tables import Row

if TYPE_CHECKING:
    from lintnet.loaders.source.tables import Machine
    from lintnet.loaders.source.values import Bound, Value

__all__ = ["LOSSES"]

_WEIGHTED: Final = "weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean'"
_OLD: Final = "size_average=None, reduce=None, reduction='mean'"
_DISTANCE: Final = "*, distance_function=None, margin=1.0, swap=False, reduction='mean'"
_POISSON: Final = "log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean'"
_PAIR: Final = "input, target"

# class | constructor | call | family | from logits
_CLASSES: Final = f"""
CrossEntropyLoss | {_WEIGHTED}, label_smoothing=0.0 | {_PAIR} | cross_entropy | yes
NLLLoss | {_WEIGHTED} | {_PAIR} | nll | no
NLLLoss2d | {_WEIGHTED} | {_PAIR} | nll | no
BCELoss | weight=None, {_OLD} | {_PAIR} | binary_cross_entropy | no
BCEWithLogitsLoss | weight=None, {_OLD}, pos_weight=None | {_PAIR} | binary_cross_entropy | yes
MultiLabelSoftMarginLoss | weight=None, {_OLD} | {_PAIR} | binary_cross_entropy | yes
SoftMarginLoss | {_OLD} | {_PAIR} | binary_cross_entropy | yes
MSELoss | {_OLD} | {_PAIR} | squared_error |
L1Loss | {_OLD} | {_PAIR} | absolute_error |
SmoothL1Loss | {_OLD}, beta=1.0 | {_PAIR} | other |
HuberLoss | reduction='mean', delta=1.0 | {_PAIR} | other |
KLDivLoss | {_OLD}, log_target=False | {_PAIR} | divergence |
HingeEmbeddingLoss | margin=1.0, {_OLD} | {_PAIR} | hinge |
MultiMarginLoss | p=1, margin=1.0, weight=None, {_OLD} | {_PAIR} | hinge |
MultiLabelMarginLoss | {_OLD} | {_PAIR} | hinge |
MarginRankingLoss | margin=0.0, {_OLD} | input1, input2, target | hinge |
CosineEmbeddingLoss | margin=0.0, {_OLD} | input1, input2, target | other |
TripletMarginLoss | margin=1.0, p=2.0, eps=1e-06, swap=False, {_OLD} | anchor, positive, negative | other |
TripletMarginWithDistanceLoss | {_DISTANCE} | anchor, positive, negative | other |
PoissonNLLLoss | {_POISSON} | log_input, target | other |
GaussianNLLLoss | *, full=False, eps=1e-06, reduction='mean' | input, target, var | other |
CTCLoss | blank=0, reduction='mean', zero_infinity=False | log_probs, targets, input_lengths, target_lengths | other |
"""
# function | signature | family | from logits
_FUNCTIONS: Final = f"""
cross_entropy | input, target, {_WEIGHTED}, label_smoothing=0.0 | cross_entropy | yes
nll_loss | input, target, {_WEIGHTED} | nll | no
binary_cross_entropy | input, target, weight=None, {_OLD} | binary_cross_entropy | no
binary_cross_entropy_with_logits | input, target, weight=None, {_OLD}, pos_weight=None | binary_cross_entropy | yes
multilabel_soft_margin_loss | input, target, weight=None, {_OLD} | binary_cross_entropy | yes
soft_margin_loss | input, target, {_OLD} | binary_cross_entropy | yes
mse_loss | input, target, {_OLD}, weight=None | squared_error |
l1_loss | input, target, {_OLD}, weight=None | absolute_error |
smooth_l1_loss | input, target, {_OLD}, beta=1.0 | other |
huber_loss | input, target, reduction='mean', delta=1.0, weight=None | other |
kl_div | input, target, {_OLD}, log_target=False | divergence |
hinge_embedding_loss | input, target, margin=1.0, {_OLD} | hinge |
multi_margin_loss | input, target, p=1, margin=1.0, weight=None, {_OLD} | hinge |
multilabel_margin_loss | input, target, {_OLD} | hinge |
margin_ranking_loss | input1, input2, target, margin=0, {_OLD} | hinge |
cosine_embedding_loss | input1, input2, target, margin=0, {_OLD} | other |
triplet_margin_loss | anchor, positive, negative, margin=1.0, p=2, eps=1e-06, swap=False, {_OLD} | other |
triplet_margin_with_distance_loss | anchor, positive, negative, {_DISTANCE} | other |
poisson_nll_loss | input, target, {_POISSON} | other |
gaussian_nll_loss | input, target, var, full=False, eps=1e-06, reduction='mean' | other |
ctc_loss | log_probs, targets, input_lengths, target_lengths, blank=0, reduction='mean', zero_infinity=False | other |
"""
_SEVERAL: Final = frozenset({"input1", "anchor"})
"""First parameters of losses that compare several outputs of the model."""
_TARGETS: Final = frozenset({"target", "targets", "var", "input_lengths", "target_lengths"})


def _reduction(settings: Bound) -> str | Unknown:
    """Return how the loss is reduced; the two older flags outweigh the word."""
    average, reduce = settings.arguments.get("size_average"), settings.arguments.get("reduce")
    if average is None and reduce is None:
        return settings.text("reduction")
    if isinstance(average, Unknown) or isinstance(reduce, Unknown):
        return UNKNOWN
    return "none" if reduce is False else "sum" if average is False else "mean"


def _lose(  # noqa: PLR0917 - the columns of the table, then what every row is given
    family: str, logits: str, op: str, parameters: tuple[str, ...], machine: Machine, bound: Bound
) -> Value:
    """Hang a loss behind its prediction."""
    settings = bound if bound.layer is None else bound.layer.settings
    attributes: Attributes = {"family": family, "reduction": UNKNOWN if settings is None else _reduction(settings)}
    if logits:
        attributes["from_logits"] = logits == "yes"
    if family == "nll":
        attributes["sparse"] = True
    elif family == "cross_entropy":
        # Class indices or probabilities: the targets' type says, which is not seen.
        attributes["sparse"] = UNKNOWN
    result: Value = UNKNOWN
    for name in parameters:
        result = machine.lose(bound.arguments.get(name, UNKNOWN), attributes, op=op)
    return result


def _predictions(call: str) -> tuple[str, ...]:
    names = tuple(each.partition("=")[0].strip() for each in call.split(","))
    return tuple(name for name in names[:3] if name not in _TARGETS) if names[0] in _SEVERAL else names[:1]


def _linear_loss(machine: Machine, bound: Bound) -> Value:
    """A linear layer and the cross entropy of what it gives, in one."""
    layer = bound.layer
    settings = None if layer is None else layer.settings
    x = machine.as_signal(bound.arguments.get("input", UNKNOWN), "LinearCrossEntropyLoss")
    if settings is None:
        return machine.barrier("LinearCrossEntropyLoss", [x], "its constructor was not run", layer=layer)
    inp, out = settings.integer("in_features"), settings.integer("num_classes")
    attributes: Attributes = {
        "inp": size_at(x, -1) if isinstance(inp, Unknown) else inp,
        "out": out,
        "bias": settings.flag("bias"),
    }
    logits = emit(machine, "linear", [x], last(x, out), attributes, "LinearCrossEntropyLoss", layer)
    loss: Attributes = {
        "family": "cross_entropy", "from_logits": True, "sparse": UNKNOWN, "reduction": settings.text("reduction"),
    }  # fmt: skip
    return machine.lose(logits, loss, op="torch.nn.LinearCrossEntropyLoss")


def _adaptive_loss(machine: Machine, bound: Bound) -> Value:
    """A hierarchical softmax with its own weights: nothing is known of its inside here."""
    inputs = signals_in(bound.arguments.get("input_", UNKNOWN))
    loss = machine.lose(inputs[0] if inputs else UNKNOWN, {"family": "other"}, op="torch.nn.AdaptiveLogSoftmaxWithLoss")
    return UNKNOWN, loss


def _losses() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for name, signature, call, family, logits in lines(_CLASSES, 5):
        run = partial(_lose, family, logits, f"torch.nn.{name}", _predictions(call))
        rows[f"torch.nn.{name}"] = Row(signature, run, layer=True, call=call, base=MODULE, is_class=True)
    for name, signature, family, logits in lines(_FUNCTIONS, 4):
        path = f"torch.nn.functional.{name}"
        run = partial(_lose, family, logits, path, _predictions(signature))
        rows[path] = Row(signature, run)
    for name in ("binary_cross_entropy_with_logits", "ctc_loss", "cosine_embedding_loss", "triplet_margin_loss"):
        rows[f"torch.{name}"] = rows[f"torch.nn.functional.{name}"]
    rows["torch.nn.LinearCrossEntropyLoss"] = Row(
        "in_features, num_classes, *, out_features=(), bias=False, device=None, dtype=None, reduction='mean', "
        "weight=None, ignore_index=None, label_smoothing=0.0, options=None",
        _linear_loss,
        layer=True,
        call=_PAIR,
        base=MODULE,
        is_class=True,
    )
    rows["torch.nn.AdaptiveLogSoftmaxWithLoss"] = Row(
        "in_features, n_classes, cutoffs, div_value=4.0, head_bias=False, device=None, dtype=None",
        _adaptive_loss,
        layer=True,
        call="input_, target_",
        base=MODULE,
        is_class=True,
    )
    rows["torchvision.ops.sigmoid_focal_loss"] = Row(
        "inputs, targets, alpha=0.25, gamma=2, reduction='none'",
        partial(_lose, "binary_cross_entropy", "yes", "sigmoid_focal_loss", ("inputs",)),
    )
    return rows


LOSSES: Final = _losses()
"""Rows of the losses by canonical name."""
