"""What a torch model really does: a recorder of its forward pass in training mode.

Knows torch and, by small tables of its own, what its classes and functions are called in the vocabulary of graphs. It
knows nothing of how lintnet reads source, so that the two can be compared. Modules of torch are leaves; functions that
are called outside of them are operations. Values that do not depend on the model's input are no nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from tests.loaders.source.compare import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["record"]

Edge = tuple[int, int]
Attributes = dict[str, object]

# Modules of torch that only call other modules: what is inside them is recorded.
_OPEN = {
    "Sequential",
    "ModuleList",
    "ModuleDict",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "Transformer",
}
# Functions that give no new tensor, or the same one again.
_NOTHING = {
    *("size", "dim", "numel", "__get__", "is_floating_point", "__len__", "__iter__", "item", "backward", "is_complex"),
    *("stride", "is_contiguous", "get_device", "data_ptr", "tolist", "__hash__", "register_hook", "requires_grad_"),
    *("__set__", "__format__", "__repr__", "new_empty", "new_zeros", "new_ones", "new_full", "zeros_like", "ones_like"),
    *(
        "full_like",
        "empty_like",
        "new_tensor",
        "retain_grad",
        "__bool__",
        "__int__",
        "__float__",
        "is_cuda",
        "ndimension",
    ),
}
_SAME = {
    *(
        "contiguous",
        "detach",
        "clone",
        "to",
        "float",
        "double",
        "half",
        "type",
        "type_as",
        "cpu",
        "cuda",
        "long",
        "int",
    ),
    *("bool", "alias", "requires_grad_", "bfloat16"),
}


def _words(text: str) -> dict[str, str]:
    """Read lines of `kind: names`."""
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {name: kind.strip() for kind, _, names in rows for name in names.split()}


_MODULES = _words("""
    conv: Conv1d Conv2d Conv3d
    conv_transpose: ConvTranspose1d ConvTranspose2d ConvTranspose3d
    linear: Linear NonDynamicallyQuantizableLinear
    embedding: Embedding
    lstm: LSTM
    gru: GRU
    rnn: RNN
    attention: MultiheadAttention
    batch_norm: BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm
    instance_norm: InstanceNorm1d InstanceNorm2d InstanceNorm3d
    layer_norm: LayerNorm
    group_norm: GroupNorm
    rms_norm: RMSNorm
    local_response_norm: LocalResponseNorm
    dropout: Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout
    relu: ReLU ReLU6
    leaky_relu: LeakyReLU
    prelu: PReLU
    elu: ELU
    selu: SELU
    celu: CELU
    gelu: GELU
    silu: SiLU
    mish: Mish
    hard_swish: Hardswish
    glu: GLU
    sigmoid: Sigmoid
    hard_sigmoid: Hardsigmoid
    tanh: Tanh
    hard_tanh: Hardtanh
    softplus: Softplus
    softsign: Softsign
    softmax: Softmax Softmax2d
    log_softmax: LogSoftmax
    log_sigmoid: LogSigmoid
    identity: Identity
    flatten: Flatten
    reshape: Unflatten
    max_pool: MaxPool1d MaxPool2d MaxPool3d
    average_pool: AvgPool1d AvgPool2d AvgPool3d
    depth_to_space: PixelShuffle
    channel_shuffle: ChannelShuffle
    resize: Upsample
    pad: ZeroPad2d ReflectionPad2d
""")
_FUNCTIONS = _words("""
    relu: relu relu_ relu6
    leaky_relu: leaky_relu leaky_relu_
    prelu: prelu
    elu: elu elu_
    selu: selu
    celu: celu
    gelu: gelu
    silu: silu
    mish: mish
    hard_swish: hardswish
    glu: glu
    sigmoid: sigmoid sigmoid_
    hard_sigmoid: hardsigmoid
    tanh: tanh tanh_
    hard_tanh: hardtanh
    softplus: softplus
    softsign: softsign
    softmax: softmax
    log_softmax: log_softmax
    log_sigmoid: logsigmoid
    linear: linear
    embedding: embedding
    conv: conv1d conv2d conv3d
    conv_transpose: conv_transpose1d conv_transpose2d conv_transpose3d
    layer_norm: layer_norm
    group_norm: group_norm
    batch_norm: batch_norm
    instance_norm: instance_norm
    rms_norm: rms_norm
    unit_norm: normalize
    dropout: dropout dropout1d dropout2d dropout3d alpha_dropout
    attention: scaled_dot_product_attention
    max_pool: max_pool1d max_pool2d max_pool3d
    average_pool: avg_pool1d avg_pool2d avg_pool3d
    concat: cat concat concatenate
    stack: stack
    matmul: matmul bmm mm __matmul__
    einsum: einsum
    reshape: view reshape unflatten view_as reshape_as
    flatten: flatten
    transpose: transpose permute swapaxes movedim t
    squeeze: squeeze
    unsqueeze: unsqueeze
    expand: expand expand_as broadcast_to
    split: split chunk unbind tensor_split split_with_sizes
    slice: __getitem__ narrow select
    gather: gather index_select
    tile: repeat tile repeat_interleave
    roll: roll
    pad: pad
    resize: interpolate
    depth_to_space: pixel_shuffle
    reduce: mean sum amax amin norm prod logsumexp var std
    max: max
    min: min
    maximum: maximum
    minimum: minimum
    absolute: abs absolute
    clamp: clamp clamp_ clip
    compare: eq ne lt gt le ge __eq__ __ne__ __lt__ __gt__ __le__ __ge__
    select: where
    mask: masked_fill masked_fill_
    power: square pow __pow__
    exp: exp
    log: log
    sqrt: sqrt
    erf: erf
    sine: sin cos
    reciprocal: reciprocal
    random: randn_like rand_like bernoulli bernoulli_
    top_k: topk
    arg_max: argmax
    cumulative: cumsum
    logical: logical_not
""")
_ARITHMETIC = _words("""
    add: add add_ __add__ __radd__ __iadd__
    subtract: sub sub_ subtract rsub __sub__ __rsub__ __isub__
    multiply: mul mul_ multiply __mul__ __rmul__ __imul__
    divide: div div_ divide true_divide __truediv__ __rtruediv__ __itruediv__
""")
_LOSSES: dict[str, Attributes] = {
    "cross_entropy": {"family": "cross_entropy", "from_logits": True},
    "nll_loss": {"family": "nll"},
    "binary_cross_entropy": {"family": "binary_cross_entropy", "from_logits": False},
    "binary_cross_entropy_with_logits": {"family": "binary_cross_entropy", "from_logits": True},
    "mse_loss": {"family": "squared_error"},
    "l1_loss": {"family": "absolute_error"},
    "kl_div": {"family": "divergence"},
}
_LOSS_MODULES = {
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "KLDivLoss": "kl_div",
}


class _Layer(NamedTuple):
    """The address of a module, and which one it is; an operation has that of the module that runs, and no identity."""

    path: str
    identity: str = ""


def record(root: nn.Module, run: Callable[[], object]) -> tuple[Seen, ...]:
    """Run something that calls `root` at least once, in training mode, and return the nodes of its first call.

    What is computed from its outputs afterwards is recorded where it leads to a loss.
    """
    root.train()
    recorder = _Recorder(root)
    original = nn.Module.__call__

    def call(module: nn.Module, /, *args: Any, **kwargs: Any) -> Any:
        return recorder.call(original, module, args, kwargs)

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        with recorder:
            run()
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]
    return recorder.finish()


class _Recorder(TorchFunctionMode):  # pyright: ignore[reportUntypedBaseClass]
    """Notes every call of a module of torch and every function on tensors that follow from the model's input."""

    def __init__(self, root: nn.Module) -> None:
        super().__init__()
        self.root = root
        self.nodes: list[Seen] = []
        self.edges: dict[int, Edge] = {}
        self.kept: list[object] = []  # ids stay their own as long as the tensors live
        self.names = {id(module): name for name, module in root.named_modules()}
        # Features of a sequence come last, unless the model convolves over sequences.
        self.channel = 1 if any(isinstance(each, nn.Conv1d) for each in root.modules()) else 2
        self.masks: dict[int, float] = {}  # tensors of zeros and ones that were drawn, and the part of ones
        self.path: list[str] = []
        self.quiet = 0
        self.inside = False
        self.first: Any = None
        self.outside: set[int] = set()

    # Calls.

    def call(self, original: Any, module: nn.Module, args: Any, kwargs: Any) -> Any:
        if self.quiet:
            return original(module, *args, **kwargs)
        if module is self.root and not self.inside:
            return self._call_root(original, module, args, kwargs)
        name = type(module).__name__
        if type(module).__module__.startswith("torch.nn") and name in _LOSS_MODULES:
            result = self._silently(original, module, args, kwargs)
            reduction = getattr(module, "reduction", None)
            self._lose({**_LOSSES[_LOSS_MODULES[name]], "reduction": reduction}, args[0])
            return result
        if id(module) not in self.names:
            return self._silently(original, module, args, kwargs)
        if type(module).__module__.startswith("torch.nn") and name not in _OPEN:
            inputs = self._inputs((args, kwargs))
            shape = _shape_of((args, kwargs))
            result = self._silently(original, module, args, kwargs)
            if inputs:
                attributes = _module_attributes(module, shape, self.channel)
                kind = _adaptive(module.output_size, name) if "Adaptive" in name else _MODULES.get(name, f"?{name}")
                self._add(_Layer(self.names[id(module)], str(id(module))), kind, inputs, attributes, result)
            return result
        self.path.append(self.names[id(module)])
        try:
            return original(module, *args, **kwargs)
        finally:
            self.path.pop()

    def _silently(self, original: Any, module: nn.Module, args: Any, kwargs: Any) -> Any:
        self.quiet += 1
        try:
            return original(module, *args, **kwargs)
        finally:
            self.quiet -= 1

    def _call_root(self, original: Any, module: nn.Module, args: Any, kwargs: Any) -> Any:
        if self.first is not None:
            result = self._silently(original, module, args, kwargs)
            for old, new in zip(_tensors(self.first), _tensors(result), strict=True):
                if id(old) in self.edges:
                    self._know(new, self.edges[id(old)])
            return result
        for tensor in _tensors((args, kwargs)):
            self._add(_Layer(""), "input", (), {}, tensor)
        self.inside = True
        self.path.append("")
        try:
            result = original(module, *args, **kwargs)
        finally:
            self.inside = False
            self.path.pop()
        self.first = result
        self.kept.append(result)
        for tensor in _tensors(result):
            edge = self.edges.get(id(tensor))
            if edge is not None:
                self.nodes.append(Seen("output", "", f"output {len(self.nodes)}", (edge,)))
        return result

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.quiet:
            return func(*args, **kwargs)
        inputs = self._inputs((args, kwargs))
        shape = _shape_of((args, kwargs))
        result = func(*args, **kwargs)
        name = str(getattr(func, "__name__", func))
        if name == "bernoulli_" and not inputs and len(args) > 1:
            self.masks[id(result)] = float(args[1])
            self.kept.append(result)
        if not inputs or name in _NOTHING or (self.first is None and not self.inside):
            return result
        if name in _LOSSES:
            self._lose(
                {**_LOSSES[name], "reduction": kwargs.get("reduction", "mean")}, args[0] if args else kwargs["input"]
            )
        elif name in _SAME:
            for tensor in _tensors(result):
                self._know(tensor, inputs[0])
        else:
            self._operation(name, inputs, shape, (args, kwargs), result)
        return result

    def _operation(self, name: str, inputs: tuple[Edge, ...], shape: Any, given: tuple[Any, Any], result: Any) -> None:
        args, kwargs = given
        attributes: Attributes = {}
        drawn = [self.masks[id(each)] for each in args if id(each) in self.masks]
        if drawn and _ARITHMETIC.get(name) == "multiply":
            kind = "dropout"
            attributes |= {"rate": 1 - drawn[0], "form": "path"}
        elif name in _ARITHMETIC:
            kind, attributes = _arithmetic(_ARITHMETIC[name], inputs, args)
        elif name.startswith("adaptive_"):
            kind = _adaptive(args[1] if len(args) > 1 else kwargs["output_size"], name)
        else:
            kind, attributes = _function(name, shape, self.channel, args, kwargs)
        if kind == "mask":
            inputs = (*inputs[1:], *inputs[:1])  # what decides comes first, as in `where`
        self._add(_Layer(self.path[-1] if self.path else ""), kind, inputs, attributes, result)

    # Nodes.

    def _inputs(self, value: object) -> tuple[Edge, ...]:
        found = (self.edges.get(id(tensor)) for tensor in _tensors(value))
        return tuple(edge for edge in found if edge is not None)

    def _know(self, tensor: torch.Tensor, edge: Edge) -> None:
        self.edges[id(tensor)] = edge
        self.kept.append(tensor)

    def _add(self, at: _Layer, kind: str, inputs: tuple[Edge, ...], attributes: Attributes, result: object) -> None:
        tensors = _tensors(result)
        sizes = tuple(tuple(tensor.shape)[1:] for tensor in tensors)
        index = len(self.nodes)
        if not self.inside and kind != "input":
            self.outside.add(index)
        self.nodes.append(Seen(kind, at.path, at.identity or f"{kind} {index}", inputs, attributes, sizes))
        for number, tensor in enumerate(tensors):
            self._know(tensor, (index, number))

    def _lose(self, attributes: Attributes, prediction: object) -> None:
        edge = self.edges.get(id(prediction))
        if edge is None:
            return
        output = next(
            (i for i, node in enumerate(self.nodes) if node.kind == "output" and node.inputs == (edge,)), None
        )
        if output is None:
            output = len(self.nodes)
            self.nodes.append(Seen("output", "", f"output {output}", (edge,)))
        inputs = ((output, 0),)
        if not any(node.kind == "loss" and node.inputs == inputs for node in self.nodes):
            self.nodes.append(Seen("loss", "", f"loss {len(self.nodes)}", inputs, attributes))

    def finish(self) -> tuple[Seen, ...]:
        """Drop what was computed behind the model and leads to no loss."""
        wanted = {index for index in range(len(self.nodes)) if index not in self.outside}
        pending = [edge[0] for index in wanted for edge in self.nodes[index].inputs]
        while pending:
            index = pending.pop()
            if index not in wanted:
                wanted.add(index)
                pending += [edge[0] for edge in self.nodes[index].inputs]
        number = {index: position for position, index in enumerate(sorted(wanted))}
        return tuple(
            self.nodes[index]._replace(inputs=tuple((number[e[0]], e[1]) for e in self.nodes[index].inputs))
            for index in sorted(wanted)
        )


def _tensors(value: object) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for each in value.values() for tensor in _tensors(each)]
    if isinstance(value, list | tuple):
        return [tensor for each in value for tensor in _tensors(each)]
    return []


def _shape_of(value: object) -> tuple[int, ...]:
    tensors = _tensors(value)
    return tuple(tensors[0].shape) if tensors else ()


def _axes(value: object, count: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (int(str(value)),) * count


def _padding(padding: object, count: int) -> Attributes:
    if isinstance(padding, str):
        return {"padding": padding}
    pads = _axes(padding, count)
    return {"padding": "explicit", "pads": pads * 2} if any(pads) else {"padding": "valid"}


def _axis(shape: tuple[int, ...], axis: int, channel: int) -> Attributes:
    """Name an axis by where it is: rank 4 is a map with channels second, rank 2 has features last.

    `channel` is the axis of the features in a sequence, which cannot be seen from the shape.
    """
    rank = len(shape)
    axis %= rank
    if axis == 0:
        return {"axis": "batch"}
    return {"axis": "channel" if axis == {2: 1, 3: channel}.get(rank, 1) else "spatial"}


def _module_attributes(module: Any, shape: tuple[int, ...], channel: int) -> Attributes:
    name = type(module).__name__
    if name.startswith("Conv"):
        count = int(name[-2])
        found: Attributes = {
            "inp": module.in_channels,
            "out": module.out_channels,
            "kernel": tuple(module.kernel_size),
            "stride": tuple(module.stride),
            "dilation": tuple(module.dilation),
            "groups": module.groups,
            "bias": module.bias is not None,
        }
        return {**found, **_padding(module.padding, count)}
    if name in {"Linear", "NonDynamicallyQuantizableLinear"}:
        return {"inp": module.in_features, "out": module.out_features, "bias": module.bias is not None}
    if name == "Embedding":
        return {"rows": module.num_embeddings, "out": module.embedding_dim}
    if name in {"LSTM", "GRU", "RNN"}:
        found = {
            "out": module.hidden_size,
            "layers": module.num_layers,
            "directions": 1 + module.bidirectional,
            "bias": module.bias,
            "layer_dropout": module.dropout,
            "sequence": True,
            "dropout": 0.0,
            "recurrent_dropout": 0.0,
        }
        return {**found, "activation": module.nonlinearity} if name == "RNN" else found
    if name == "MultiheadAttention":
        return {"heads": module.num_heads, "dropout": module.dropout, "causal": False}
    if "Norm" in name and hasattr(module, "eps"):
        scale = getattr(module, "weight", None) is not None
        found = {"epsilon": module.eps, "scale": scale, "shift": getattr(module, "bias", None) is not None}
        if name.startswith(("BatchNorm", "SyncBatch")):
            found |= {"out": module.num_features, "momentum": module.momentum, "axis": "channel"}
        if name.startswith(("BatchNorm", "SyncBatch", "InstanceNorm")):
            found["running"] = module.track_running_stats
        if name == "LayerNorm" and len(module.normalized_shape) == 1:
            found["axis"] = "channel"
        if name == "GroupNorm":
            found["groups"] = module.num_groups
        return found
    if "Dropout" in name:
        return {"rate": module.p, "form": _form(name)}
    if name in {"ReLU", "ReLU6"}:
        return {"ceiling": 6 if name == "ReLU6" else None}
    if name == "LeakyReLU":
        return {"slope": module.negative_slope}
    if name == "ELU":
        return {"slope": module.alpha}
    if name == "GELU":
        return {"approximate": module.approximate}
    if name in {"Softmax", "LogSoftmax"}:
        return {**_axis(shape, module.dim, channel), "extent": shape[module.dim]}
    if name.startswith(("MaxPool", "AvgPool")):
        count = int(name[-2])
        stride = module.kernel_size if module.stride is None else module.stride
        found = {"kernel": _axes(module.kernel_size, count), "stride": _axes(stride, count)}
        return {**found, **_padding(module.padding, count)}
    if name == "Upsample":
        return {"method": _METHODS[module.mode]}
    return {}


_METHODS = {
    "nearest": "nearest",
    "linear": "linear",
    "bilinear": "linear",
    "trilinear": "linear",
    "bicubic": "cubic",
}


def _form(name: str) -> str:
    name = name.lower().replace("_", "")
    if "alpha" in name:
        return "alpha"
    return "channel" if name[-2:] in {"1d", "2d", "3d"} else "element"


def _adaptive(size: object, name: str) -> str:
    sizes = size if isinstance(size, tuple | list) else (size,)
    if any(each != 1 for each in sizes):
        return "adaptive_pool"
    return "global_max_pool" if "max" in name.lower() else "global_average_pool"


def _arithmetic(function: str, inputs: tuple[Edge, ...], args: Any) -> tuple[str, Attributes]:
    if len(inputs) > 1:
        return function, {}
    found: Attributes = {"function": function}
    numbers = [each for each in args if isinstance(each, int | float)]
    if len(numbers) == 1:
        found["constant"] = numbers[0]
    return "affine", found


def _function(name: str, shape: tuple[int, ...], channel: int, args: Any, kwargs: Any) -> tuple[str, Attributes]:
    def given(place: int, key: str, default: Any = None) -> Any:
        return args[place] if len(args) > place else kwargs.get(key, default)

    kind = _FUNCTIONS.get(name, f"?{name}")
    rank = len(shape)
    if kind in {"softmax", "log_softmax"}:
        dim = given(1, "dim")
        return kind, {**_axis(shape, dim, channel), "extent": shape[dim]}
    if kind == "dropout":
        p, training = given(1, "p", 0.5), given(2, "training", default=True)
        return (kind, {"rate": p, "form": _form(name)}) if training else ("identity", {})
    if kind == "concat":
        return kind, _axis(shape, given(1, "dim", given(1, "axis", 0)), channel)
    if kind == "relu":
        return kind, {"ceiling": 6 if name == "relu6" else None}
    if kind == "leaky_relu":
        return kind, {"slope": given(1, "negative_slope", 0.01)}
    if kind == "elu":
        return kind, {"slope": given(1, "alpha", 1.0)}
    if kind == "gelu":
        return kind, {"approximate": kwargs.get("approximate", "none")}
    if kind in {"max_pool", "average_pool"}:
        count = int(name[-2])
        kernel = _axes(given(1, "kernel_size"), count)
        stride = given(2, "stride")
        stride = kernel if stride is None or stride == [] else _axes(stride, count)
        return kind, {"kernel": kernel, "stride": stride, **_padding(given(3, "padding", 0), count)}
    if kind == "reduce":
        over = given(1, "dim")
        over = tuple(sorted(axis % rank for axis in _axes(over, 1))) if over is not None else tuple(range(rank))
        if name == "mean" and rank in {4, 5} and over in {tuple(range(1, rank - 1)), tuple(range(2, rank))}:
            return "global_average_pool", {}
        function = {"amax": "max", "amin": "min", "prod": "product"}.get(name, name)
        return kind, {"over": over, "function": function, "keepdims": bool(given(2, "keepdim"))}
    if kind in {"max", "min"}:
        return ("reduce", {"function": kind}) if len(args) < 2 or isinstance(args[1], int) else (f"{kind}imum", {})
    if kind == "flatten" and (given(1, "start_dim", 0) % rank, given(2, "end_dim", -1) % rank) != (1, rank - 1):
        return "reshape", {}
    if kind == "clamp" and isinstance(given(1, "min"), int | float) and not given(1, "min"):
        return "relu", {"ceiling": given(2, "max")}
    if kind == "clamp":
        return kind, {"low": given(1, "min"), "high": given(2, "max")}
    if kind == "resize":
        return kind, {"method": _METHODS[kwargs.get("mode", "nearest")]}
    if kind == "transpose":
        order = list(range(rank))
        if name == "permute":
            dims = args[1] if len(args) == 2 and isinstance(args[1], tuple | list) else args[1:]
            order = [axis % rank for axis in dims]
        elif name == "transpose":
            one, two = given(1, "dim0") % rank, given(2, "dim1") % rank
            order[one], order[two] = order[two], order[one]
        return kind, {"permutation": tuple(order)}
    if kind == "attention":
        found: Attributes = {"heads": shape[1]} if rank == 4 else {}
        return kind, {**found, "dropout": float(kwargs.get("dropout_p", 0)), "causal": bool(kwargs.get("is_causal"))}
    return kind, {}
