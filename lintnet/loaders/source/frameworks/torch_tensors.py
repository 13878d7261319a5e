"""What torch does around layers: constant tensors, casts, sizes, and everything that changes nothing in a graph.

The latter are initialisation, random seeds, optimisers, gradient contexts and compilation.
Knows no layer. A tensor that does not depend on the model's input is a `Weight`; where its numbers are few and follow
from constants they are kept, since rates are often spread over the layers of a model by `torch.linspace`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown
from lintnet.loaders.source.frameworks import torch_shapes as shapes
from lintnet.loaders.source.frameworks.common import as_array, floored, one_number, ranged, spaced
from lintnet.loaders.source.frameworks.torch_call import (
    Attributes,
    emit,
    get,
    items_of,
    keywords,
    lines,
    listed,
    number_of,
    rest,
    signals_in,
    size_value,
)
from lintnet.loaders.source.frameworks.torch_functions import FUNCTIONS
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.objects import LocalClass, Stream, UnknownRest
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, Builtin, FrameworkClass, Instance, Signal, Symbol, Value, Weight

if TYPE_CHECKING:
    from lintnet.loaders.source.tables import Machine, Run

__all__ = ["TENSORS"]

_DTYPES: Final = (
    "float float16 float32 float64 half double bfloat16 int int8 int16 int32 int64 long short uint8 bool complex64"
    " complex128 cfloat cdouble float8_e4m3fn float8_e5m2"
)
_CASTS: Final = "float half double bfloat16 long int short bool byte char cfloat cdouble"


# Tensors stay tensors.


def _same(_machine: Machine, bound: Bound) -> Value:
    return get(bound, "input")


def _copy(_machine: Machine, bound: Bound) -> Value:
    """A copy is the same numbers under a name of its own: what overwrites one leaves the other."""
    value = get(bound, "input")
    return Signal(value.edge, value.tensor, value.width) if isinstance(value, Signal) else value


def _cast(op: str, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if not isinstance(value, Signal):
        return value
    return emit(machine, "cast", [value], (value.tensor, value.width), {}, op)


def _to(op: str, machine: Machine, bound: Bound) -> Value:
    """Move a tensor, which changes nothing, or change its type."""
    given = [*rest(bound), *keywords(bound).values()]
    return _cast(op, machine, bound) if any(_is_dtype(each) for each in given) else get(bound, "input")


def _is_dtype(value: Value) -> bool:
    return isinstance(value, Symbol) and value.path.startswith("torch.") and value.path[6:] in _DTYPES.split()


def _type(machine: Machine, bound: Bound) -> Value:
    if get(bound, "dtype") is None:
        return Unknown("the type of a tensor")
    return _cast("torch.Tensor.type", machine, bound)


def _known(_machine: Machine, bound: Bound) -> Value:
    """Return the number that a constant tensor of one element is."""
    value = get(bound, "input")
    number = one_number(value)
    if not isinstance(number, Unknown):
        return number
    if isinstance(value, Signal):
        return Unknown("a number that the model computes")
    return Unknown("the number in a constant tensor")


def _as_list(_machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight) and value.values is not None:
        return value.values[0] if value.sizes == () else list(value.values)
    return Unknown("the numbers in a tensor")


def _iterate(machine: Machine, bound: Bound) -> Value:
    """Iterate over the first axis."""
    value = get(bound, "input")
    if isinstance(value, Weight) and value.values is not None:
        return Stream([Weight((), values=(each,)) for each in value.values])
    row = FUNCTIONS["torch.Tensor.unbind"]
    known = shapes.sizes_of(value)
    if row.run is None or isinstance(known, Unknown) or not known or not isinstance(known[0], int):
        return Unknown("the elements of a tensor")
    parts = row.run(machine, Bound(bound.path, {"input": value, "dim": 0}))
    items = items_of(parts)
    return parts if items is None else Stream(items)


def _size(machine: Machine, bound: Bound) -> Value:
    """Return all sizes, or that of one axis."""
    value, dim = get(bound, "input"), get(bound, "dim")
    sizes = shapes.sizes_of(value)
    if dim is None:
        return machine.attribute(value, "shape") if isinstance(sizes, Unknown) else sizes
    axis = size_value(dim)
    if isinstance(value, Signal):
        return shapes.size_at(value, axis)
    if isinstance(sizes, Unknown) or isinstance(axis, Unknown) or not -len(sizes) <= axis < len(sizes):
        return UNKNOWN
    return sizes[axis]


def _rank(_machine: Machine, bound: Bound) -> Value:
    sizes = shapes.sizes_of(get(bound, "input"))
    return Unknown("the rank of a tensor") if isinstance(sizes, Unknown) else len(sizes)


def _count(_machine: Machine, bound: Bound) -> Value:
    sizes = shapes.sizes_of(get(bound, "input"))
    return Unknown("the size of a tensor") if isinstance(sizes, Unknown) else shapes.product(sizes)


def _length(_machine: Machine, bound: Bound) -> Value:
    sizes = shapes.sizes_of(get(bound, "input"))
    return Unknown("the size of a tensor") if isinstance(sizes, Unknown) or not sizes else sizes[0]


def _constantly(_machine: Machine, _bound: Bound, *, value: Value) -> Value:
    return value


def _unknown(why: str, _machine: Machine, _bound: Bound) -> Value:
    return Unknown(why)


def _turned(machine: Machine, bound: Bound) -> Value:
    """`x.T`: all axes in reverse order; of a matrix its transpose."""
    value = get(bound, "input")
    rank = shapes.rank_of(value) if isinstance(value, Signal) else UNKNOWN
    if isinstance(value, Weight) and isinstance(value.sizes, tuple):
        return Weight(tuple(reversed(value.sizes)), trainable=value.trainable, owner=value.owner, name=value.name)
    if not isinstance(value, Signal) or isinstance(rank, Unknown):
        row = FUNCTIONS["torch.Tensor.t"]
        return UNKNOWN if row.run is None else row.run(machine, bound)
    order = tuple(reversed(range(rank)))
    attributes: Attributes = {"permutation": order, "keeps_channel": True}
    return emit(machine, "transpose", [value], shapes.permuted(value, order), attributes, "torch.Tensor.T")


# Constant tensors.


def _sizes_in(values: list[Value]) -> shapes.Sizes:
    if any(isinstance(each, UnknownRest) for each in values) or (len(values) == 1 and isinstance(values[0], Unknown)):
        return UNKNOWN
    return tuple(size_value(each) for each in values)


def _filled(_machine: Machine, bound: Bound) -> Value:
    """Run zeros, ones, randn and the like: sizes one by one or as one sequence."""
    return Weight(_sizes_in(listed(keywords(bound).get("size", get(bound, "size")))))


def _uniform(machine: Machine, bound: Bound) -> Value:
    made = _filled(machine, bound)
    return Weight(made.sizes, uniform=0.0) if isinstance(made, Weight) else made


def _bernoulli(machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight):
        return Weight(value.sizes, keep=UNKNOWN)
    row = FUNCTIONS["torch.bernoulli"]
    return UNKNOWN if row.run is None else row.run(machine, bound)


def _full(_machine: Machine, bound: Bound) -> Value:
    return Weight(_sizes_in(listed(get(bound, "size"))))


def _randint(_machine: Machine, bound: Bound) -> Value:
    given = [items for each in (*rest(bound), keywords(bound).get("size")) if (items := items_of(each)) is not None]
    return Weight(_sizes_in(given[-1])) if given else Weight()


def _eye(_machine: Machine, bound: Bound) -> Value:
    rows, columns = size_value(get(bound, "n")), get(bound, "m")
    return Weight((rows, rows if columns is None else size_value(columns)))


def _like(_machine: Machine, bound: Bound) -> Value:
    return Weight(shapes.sizes_of(get(bound, "input")))


def _tensor(_machine: Machine, bound: Bound) -> Value:
    value = get(bound, "data")
    return value if isinstance(value, Signal) or not signals_in(value) else Unknown("a tensor made of computed numbers")


def _made_tensor(machine: Machine, bound: Bound) -> Value:
    return as_array(_tensor(machine, bound))


def _legacy(_machine: Machine, bound: Bound) -> Value:
    """`torch.Tensor(3, 4)` is a tensor of these sizes, `torch.Tensor([1, 2])` one of these numbers."""
    values = rest(bound)
    if len(values) == 1 and not isinstance(values[0], int | Unknown):
        return as_array(values[0])
    return Weight(_sizes_in(values))


def _linspace(_machine: Machine, bound: Bound) -> Value:
    return spaced(get(bound, "start"), get(bound, "end"), get(bound, "steps"))


def _arange(_machine: Machine, bound: Bound) -> Value:
    given = keywords(bound)
    return ranged([*rest(bound), *(given[name] for name in ("start", "end", "step") if name in given)])


def _meshgrid(_machine: Machine, bound: Bound) -> Value:
    tensors = listed(get(bound, "tensors"))
    lengths: list[Size] = []
    for tensor in tensors:
        sizes = shapes.sizes_of(tensor)
        lengths.append(sizes[0] if isinstance(sizes, tuple) and len(sizes) == 1 else UNKNOWN)
    return tuple(Weight(tuple(lengths)) for _ in tensors)


def _parameter(_machine: Machine, bound: Bound, *, trainable: bool) -> Value:
    """Make a parameter of a tensor."""
    value = get(bound, "data")
    flag = bound.arguments.get("requires_grad", trainable)
    sizes = value.sizes if isinstance(value, Weight) else UNKNOWN
    return Weight(sizes, trainable=flag is not False and trainable)


def _first(_machine: Machine, bound: Bound) -> Value:
    """Return the first argument: the function changes nothing that a graph shows."""
    return next(iter((*rest(bound), *keywords(bound).values())), UNKNOWN)


def _second(_machine: Machine, bound: Bound) -> Value:
    values = rest(bound)
    return values[1] if len(values) > 1 else UNKNOWN


def _unchanged(_machine: Machine, bound: Bound) -> Value:
    """A context or a decorator that changes nothing: of a function the function, else what returns the function."""
    first = next(iter(rest(bound)), keywords(bound).get("model"))
    plain = isinstance(first, bool | int | float | str | Unknown | Symbol) or first is None
    if not plain and items_of(first) is None:
        return first
    return Builtin("unchanged", lambda arguments, _keywords: arguments[0] if arguments else None)


def _gain(_machine: Machine, bound: Bound) -> Value:
    """Return the gain of a nonlinearity, as torch.nn.init.calculate_gain does."""
    name, param = get(bound, "nonlinearity"), get(bound, "param")
    known = {"relu": math.sqrt(2), "tanh": 5 / 3, "selu": 0.75}
    if name == "leaky_relu":
        slope = 0.01 if param is None else number_of(param)
        return UNKNOWN if isinstance(slope, Unknown) else math.sqrt(2 / (1 + slope * slope))
    return known.get(name, 1.0) if isinstance(name, str) else UNKNOWN


def _checkpoint(machine: Machine, bound: Bound) -> Value:
    """Call the function: what it computes is kept or computed again, the graph is the same."""
    own = {"use_reentrant", "context_fn", "determinism_check", "debug", "early_stop", "preserve_rng_state"}
    passed = {name: each for name, each in keywords(bound).items() if name not in own}
    return machine.call(get(bound, "function"), rest(bound), passed)


def _checkpoint_chain(machine: Machine, bound: Bound) -> Value:
    """Call functions one after the other."""
    functions, x = get(bound, "functions"), get(bound, "input")
    items = machine.iterate(functions)
    if items is None:
        return machine.call(functions, [x])
    for each in items:
        x = machine.call(each, [x])
    return x


_CONTEXT: Final = "torch.autograd.function.FunctionCtx"


def _apply_function(machine: Machine, bound: Bound) -> Value:
    """Run `forward` of a function with a gradient of its own; in the newer style it gets no context."""
    cls, arguments = get(bound, "cls"), rest(bound)
    if not isinstance(cls, LocalClass):
        return machine.barrier(
            "torch.autograd.Function.apply", signals_in(cls, arguments), "it is not known which function is applied"
        )
    if cls.find("setup_context") is MISSING:
        row = TENSORS[_CONTEXT]
        arguments.insert(0, Instance(FrameworkClass(_CONTEXT, row), row))
    return machine.call(machine.attribute(cls, "forward"), arguments)


def _pad_packed(_machine: Machine, bound: Bound) -> Value:
    return get(bound, "sequence"), Weight()


def _pad_sequence(op: str, machine: Machine, bound: Bound) -> Value:
    inputs = signals_in(get(bound, "sequences"))
    if not inputs:
        return Weight()
    return emit(machine, "stack", inputs, (Tensor(), UNKNOWN), {}, op)


def _is_tensor(_machine: Machine, bound: Bound) -> Value:
    value = get(bound, "obj")
    return UNKNOWN if isinstance(value, Unknown) else isinstance(value, Signal | Weight)


def _resplit(op: str, machine: Machine, bound: Bound) -> Value:
    x = get(bound, "input")
    inputs = signals_in(x)
    return Weight() if not inputs else emit(machine, "signal", inputs, (Tensor(), UNKNOWN), {}, op)


def _loss_step(_machine: Machine, _bound: Bound) -> Value:
    return None


# Tables.

_ANY: Final = "*args, **kwargs"
_FILLS: Final = "zeros ones empty rand randn"
_INIT: Final = (
    "uniform_ normal_ trunc_normal_ constant_ ones_ zeros_ eye_ dirac_ xavier_uniform_ xavier_normal_ kaiming_uniform_"
    " kaiming_normal_ orthogonal_ sparse_ uniform normal constant eye dirac xavier_uniform xavier_normal"
    " kaiming_uniform kaiming_normal orthogonal sparse"
)
_CONTEXTS: Final = """
torch.no_grad torch.enable_grad torch.inference_mode torch.set_grad_enabled torch.autocast torch.amp.autocast
torch.cuda.amp.autocast torch.cpu.amp.autocast torch.autograd.no_grad torch.autograd.set_detect_anomaly
torch.autograd.enable_grad torch.autograd.detect_anomaly torch.autograd.profiler.profile
torch.autograd.profiler.record_function torch.profiler.record_function torch.profiler.profile
torch.autograd.graph.save_on_cpu torch.autograd.set_grad_enabled torch.cuda.amp.custom_fwd torch.cuda.amp.custom_bwd
torch.amp.custom_fwd torch.amp.custom_bwd torch.backends.cuda.sdp_kernel torch.nn.attention.sdpa_kernel
torch.cuda.device torch.cuda.stream torch.compile torch.jit.script torch.jit.script_method torch.jit.ignore
torch.jit.unused torch.jit.export torch.jit.interface torch.jit.script_if_tracing torch.jit.fork
torch.jit.optimized_execution
torch.fx.wrap torch._dynamo.disable torch.compiler.disable torch._dynamo.allow_in_graph torch.compiler.allow_in_graph
torch._disable_dynamo torch.autograd.function.once_differentiable torch.nn.utils.skip_init
torch.jit.freeze torch.jit.optimize_for_inference torch.func.functional_call torch.autograd.function.once_differentiable
torch.nn.utils.fusion.fuse_conv_bn_eval torch.utils._contextlib.context_decorator
"""
# Functions whose first argument is what they give back.
_FIRST: Final = """
torch.nn.utils.weight_norm torch.nn.utils.spectral_norm torch.nn.utils.remove_weight_norm
torch.nn.utils.remove_spectral_norm torch.nn.utils.parametrizations.weight_norm
torch.nn.utils.parametrizations.spectral_norm torch.nn.utils.parametrizations.orthogonal
torch.nn.utils.parametrize.register_parametrization torch.nn.utils.parametrize.remove_parametrizations
torch.nn.utils.prune.l1_unstructured torch.nn.utils.prune.random_unstructured torch.nn.utils.prune.remove
torch.nn.utils.rnn.pack_padded_sequence torch.nn.utils.rnn.pack_sequence torch.nn.SyncBatchNorm.convert_sync_batchnorm
torch.jit.trace torch.jit.trace_module torch.jit.freeze  torch.quantization.fuse_modules torch.quantization.prepare
torch.ao.quantization.fuse_modules torch.ao.quantization.fuse_modules_qat torch.quantization.convert
torch.quantization.prepare_qat
torch.ao.quantization.prepare_qat torch.ao.quantization.convert torch.ao.quantization.prepare
torch.nn.parallel.data_parallel torch.fx.symbolic_trace torch.nn.modules.utils.consume_prefix_in_state_dict_if_present
torch.cuda.amp.GradScaler.scale torch.from_dlpack
"""
_NONE: Final = """
torch.manual_seed torch.seed torch.cuda.manual_seed torch.cuda.manual_seed_all torch.cuda.empty_cache
torch.cuda.set_device torch.cuda.synchronize torch.save torch.set_printoptions torch.set_default_dtype
torch.set_default_tensor_type torch.set_default_device torch.use_deterministic_algorithms torch.set_num_threads
torch.set_float32_matmul_precision torch.backends.cudnn.set_flags torch._assert torch._C._log_api_usage_once
torch.distributed.init_process_group torch.distributed.barrier torch.distributed.destroy_process_group
torch.autograd.backward torch.nn.utils.clip_grad_norm_ torch.nn.utils.clip_grad_value_ torch.nn.utils.clip_grad_norm
torch.onnx.export torch.utils.rename_privateuse1_backend torch.multiprocessing.set_start_method
torch.set_rng_state torch.cuda.set_rng_state torch.cuda.reset_peak_memory_stats torch.nn.init.sparse
torch.fx.node.map_arg torch.jit.save torch._check torch._check_is_size torch.compiler.cudagraph_mark_step_begin
"""
# Questions about the machine the program runs on, or how it runs: as on a plain one, in eager mode.
_ANSWERS: Final[dict[str, Value]] = {
    "torch.cuda.is_available": False,
    "torch.cuda.device_count": 0,
    "torch.cuda.is_bf16_supported": False,
    "torch.backends.mps.is_available": False,
    "torch.backends.mps.is_built": False,
    "torch.xpu.is_available": False,
    "torch.distributed.is_available": False,
    "torch.distributed.is_initialized": False,
    "torch.distributed.get_world_size": 1,
    "torch.distributed.get_rank": 0,
    "torch.jit.is_scripting": False,
    "torch.jit.is_tracing": False,
    "torch._C._get_tracing_state": None,
    "torch._C._jit_set_profiling_mode": None,
    "torch.onnx.is_in_onnx_export": False,
    "torch.compiler.is_compiling": False,
    "torch.compiler.is_dynamo_compiling": False,
    "torch._dynamo.is_compiling": False,
    "torch.is_autocast_enabled": False,
    "torch.is_grad_enabled": True,
    "torch.is_inference_mode_enabled": False,
    "torch.is_floating_point": True,
    "torch.is_complex": False,
    "torch.are_deterministic_algorithms_enabled": False,
    "torch.fx._symbolic_trace.is_fx_tracing": False,
    "torch.overrides.has_torch_function": False,
    "torch.overrides.has_torch_function_unary": False,
    "torch.overrides.has_torch_function_variadic": False,
    "torch.overrides.is_tensor_like": True,
    "torch.get_default_dtype": Unknown("the default type of tensors"),
    "torch.get_default_device": Unknown("the default device"),
    "torch.cuda.current_device": Unknown("a device"),
    "torch.cuda.get_device_name": Unknown("a device"),
    "torch.device": Unknown("a device"),
    "torch.finfo": Unknown("the limits of a type"),
    "torch.iinfo": Unknown("the limits of a type"),
    "torch.Generator": Unknown("a random generator"),
    "torch.load": Unknown("what is in a file"),
    "torch.hub.load_state_dict_from_url": Unknown("what is in a file"),
    "torch.utils.model_zoo.load_url": Unknown("what is in a file"),
    "torch.get_rng_state": Unknown("the state of a random generator"),
    "torch.initial_seed": Unknown("a random seed"),
    "torch.utils.data.DataLoader": Unknown("a data loader"),
    "torch.utils.data.random_split": Unknown("parts of a data set"),
    "torch.utils.data.TensorDataset": Unknown("a data set"),
    "torch.utils.data.Subset": Unknown("a data set"),
    "torch.utils.data.ConcatDataset": Unknown("a data set"),
    "torch.utils.data.distributed.DistributedSampler": Unknown("a sampler"),
    "torch.utils.tensorboard.SummaryWriter": Unknown("a log"),
    "torch.cuda.amp.GradScaler": Unknown("a scaler of gradients"),
    "torch.amp.GradScaler": Unknown("a scaler of gradients"),
}
_OPTIMIZERS: Final = (
    "Adadelta Adafactor Adagrad Adam AdamW Adamax ASGD LBFGS Muon NAdam RAdam RMSprop Rprop SGD SparseAdam Optimizer"
)
_SCHEDULERS: Final = (
    "LambdaLR MultiplicativeLR StepLR MultiStepLR ConstantLR LinearLR ExponentialLR CosineAnnealingLR ChainedScheduler"
    " SequentialLR ReduceLROnPlateau CyclicLR OneCycleLR CosineAnnealingWarmRestarts PolynomialLR"
)
_FFT: Final = "fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn fftshift ifftshift"
# method of tensors | signature
_SAME: Final = """
contiguous | input, memory_format=None
detach | input
detach_ | input
cpu | input, memory_format=None
cuda | input, device=None, non_blocking=False, memory_format=None
xpu | input, *args, **kwargs
requires_grad_ | input, requires_grad=True
pin_memory | input, device=None
share_memory_ | input
to_dense | input, *args, **kwargs
coalesce | input
dequantize | input
as_subclass | input, cls
resolve_neg | input
real | input
data | input
grad | input
module_load | input, *args, **kwargs
"""


def _methods(rows: dict[str, Row]) -> None:
    tensor = "torch.Tensor."
    for name, signature in lines(_SAME, 2):
        rows[f"{tensor}{name}"] = Row(signature, _same, pure=True)
    rows[f"{tensor}grad"] = Row("input", partial(_unknown, "a gradient"), pure=True)
    rows["torch.detach"] = rows["torch.detach_"] = Row("input", _same, pure=True)
    for name in ("clone", "__deepcopy__"):
        rows[f"{tensor}{name}"] = Row("input, *args, memory_format=None", _copy, pure=True)
    rows["torch.clone"] = Row("input, *, memory_format=None", _copy, pure=True)
    for name in _CASTS.split():
        rows[f"{tensor}{name}"] = Row("input, memory_format=None", partial(_cast, f"torch.Tensor.{name}"), pure=True)
    rows[f"{tensor}to"] = Row("input, *args, **kwargs", partial(_to, "torch.Tensor.to"), pure=True)
    rows[f"{tensor}type"] = Row("input, dtype=None, non_blocking=False, **kwargs", _type, pure=True)
    rows[f"{tensor}type_as"] = Row("input, other", _same, pure=True)
    for prefix in ("T", "mT", "H", "mH"):
        turn = _turned if prefix in {"T", "H"} else FUNCTIONS["torch.Tensor.adjoint"].run
        rows[f"{tensor}{prefix}"] = Row("input", turn, pure=prefix in {"T", "H"})
    several: list[tuple[str, str, Run]] = [
        ("item", "input", _known),
        ("tolist", "input", _as_list),
        ("numpy", "input, *args, **kwargs", partial(_unknown, "a tensor as numpy's array")),
        ("__iter__", "input", _iterate),
        ("__len__", "input", _length),
        ("__contains__", "input, element", partial(_unknown, "whether a tensor contains something")),
        ("__float__", "input", _known),
        ("__int__", "input", _known),
        ("__bool__", "input", partial(_unknown, "whether a tensor is true")),
        ("size", "input, dim=None", _size),
        ("dim", "input", _rank),
        ("ndimension", "input", _rank),
        ("numel", "input", _count),
        ("nelement", "input", _count),
        ("stride", "input, dim=None", partial(_unknown, "the strides of a tensor")),
        ("storage_offset", "input", partial(_unknown, "the offset of a tensor")),
        ("data_ptr", "input", partial(_unknown, "where a tensor lies")),
        ("get_device", "input", partial(_unknown, "a device")),
        ("element_size", "input", partial(_unknown, "the type of a tensor")),
        ("is_contiguous", "input, *args, **kwargs", partial(_constantly, value=True)),
        ("is_floating_point", "input", partial(_constantly, value=True)),
        ("is_complex", "input", partial(_constantly, value=False)),
        ("is_pinned", "input", partial(_constantly, value=False)),
        ("is_quantized", "input", partial(_constantly, value=False)),
        ("backward", "input, *args, **kwargs", _loss_step),
        ("register_hook", "input, hook", _loss_step),
        ("retain_grad", "input", _loss_step),
        ("record_stream", "input, stream", _loss_step),
        ("new_tensor", "input, *args, **kwargs", partial(_constantly, value=Weight())),
        ("new", "input, *args, **kwargs", partial(_constantly, value=Weight())),
        ("split", "input, split_size, dim=0", FUNCTIONS["torch.Tensor.split"].run or _same),
    ]
    for name, signature, run in several:
        rows[f"{tensor}{name}"] = Row(signature, run, pure=True)
    for name in ("zeros", "ones", "empty"):
        rows[f"{tensor}new_{name}"] = Row("input, *size, **kwargs", _filled)
    rows[f"{tensor}new_full"] = Row("input, size, fill_value, **kwargs", _full)
    for name in (
        "normal_",
        "uniform_",
        "bernoulli_",
        "random_",
        "exponential_",
        "cauchy_",
        "log_normal_",
        "geometric_",
    ):
        rows[f"{tensor}{name}"] = Row("input, *args, **kwargs", partial(_noise, f"torch.Tensor.{name}"), pure=True)
    for name in ("fill_", "zero_", "fill_diagonal_"):
        rows[f"{tensor}{name}"] = Row(
            "input, *args, **kwargs", partial(_overwritten, f"torch.Tensor.{name}"), pure=True
        )
    for name in ("floor", "floor_"):
        floor = FUNCTIONS[f"{tensor}{name}"].run
        rows[f"{tensor}{name}"] = Row("input, *, out=None", partial(_floor, floor), pure=True)
    rows["torch.floor"] = Row("input, *, out=None", partial(_floor, FUNCTIONS["torch.floor"].run), pure=True)
    for name in ("add", "sub", "mul", "div", "lt", "le", "gt", "ge"):
        for path in (f"{tensor}{name}", f"{tensor}{name}_", f"torch.{name}"):
            if path in FUNCTIONS:
                rows[path] = FUNCTIONS[path]._replace(pure=True)
    rows[f"{tensor}copy_"] = Row("input, src, non_blocking=False", _copied)


def _noise(op: str, machine: Machine, bound: Bound) -> Value:
    """Fill a tensor with random numbers: what was in it is gone."""
    from lintnet.loaders.source.frameworks.torch_call import overwrite  # noqa: PLC0415 - of one row only

    value = get(bound, "input")
    if isinstance(value, Weight):
        return _drawn(op, value, bound)
    if not isinstance(value, Signal):
        return value
    result = emit(machine, "random", [value], (value.tensor, value.width), {}, op)
    overwrite(value, result)
    return result


def _drawn(op: str, value: Weight, bound: Bound) -> Weight:
    """Fill a constant tensor with random numbers, of which it is known how masks are made of them."""
    arguments = [*rest(bound), *keywords(bound).values()]
    if op.endswith("bernoulli_"):
        return Weight(value.sizes, keep=one_number(arguments[0]) if arguments else 0.5)
    if op.endswith("uniform_") and arguments in ([], [0, 1]):
        return Weight(value.sizes, uniform=0.0)
    return Weight(value.sizes, trainable=value.trainable, owner=value.owner, name=value.name)


def _overwritten(op: str, machine: Machine, bound: Bound) -> Value:
    """Fill a tensor with one number."""
    from lintnet.loaders.source.frameworks.torch_call import overwrite  # noqa: PLC0415 - of few rows only

    value = get(bound, "input")
    if isinstance(value, Weight):
        return Weight(value.sizes, trainable=value.trainable, owner=value.owner, name=value.name)
    if isinstance(value, Signal):
        overwrite(value, emit(machine, "mask", [value], (value.tensor, value.width), {}, op))
    return value


def _floor(run: Run | None, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight):
        return floored(value)
    return value if run is None or not isinstance(value, Signal) else run(machine, bound)


def _copied(machine: Machine, bound: Bound) -> Value:
    """Overwrite a tensor by another."""
    from lintnet.loaders.source.frameworks.torch_call import overwrite  # noqa: PLC0415 - of one row only

    value, source = get(bound, "input"), get(bound, "src")
    if isinstance(value, Signal):
        overwrite(value, machine.as_signal(source, "torch.Tensor.copy_"))
    elif isinstance(source, Signal):
        machine.blind("a constant tensor is overwritten by activations")
    return value


def _factories(rows: dict[str, Row]) -> None:
    for name in _FILLS.split():
        rows[f"torch.{name}"] = Row("*size, **kwargs", _filled, pure=True)
    rows["torch.rand"] = Row("*size, **kwargs", _uniform, pure=True)
    rows["torch.bernoulli"] = Row("input, *args, **kwargs", _bernoulli, pure=True)
    rows["torch.full"] = Row("size, fill_value, **kwargs", _full, pure=True)
    rows["torch.empty_strided"] = Row("size, stride, **kwargs", _full, pure=True)
    rows["torch.randint"] = Row("*args, **kwargs", _randint, pure=True)
    rows["torch.normal"] = Row("*args, **kwargs", _randint, pure=True)
    rows["torch.randperm"] = Row("n, **kwargs", _permutation, pure=True)
    rows["torch.eye"] = Row("n, m=None, **kwargs", _eye, pure=True)
    rows["torch.linspace"] = Row("start, end, steps=100, **kwargs", _linspace, pure=True)
    rows["torch.arange"] = rows["torch.range"] = Row("*args, **kwargs", _arange, pure=True)
    rows["torch.meshgrid"] = Row("*tensors, indexing=None", _grid, pure=True)
    rows["torch.logspace"] = Row("start, end, steps=100, **kwargs", partial(_constantly, value=Weight()), pure=True)
    for name in ("tril_indices", "triu_indices", "hann_window", "hamming_window", "blackman_window"):
        rows[f"torch.{name}"] = Row(_ANY, partial(_constantly, value=Weight()), pure=True)
    for name in ("zeros_like", "ones_like", "empty_like"):
        rows[f"torch.{name}"] = Row("input, **kwargs", _like)
    rows["torch.full_like"] = Row("input, fill_value, **kwargs", _like)
    for name in ("tensor", "as_tensor", "from_numpy", "asarray", "scalar_tensor"):
        rows[f"torch.{name}"] = Row("data, *args, **kwargs", _made_tensor, pure=True)
    for name in (
        "Tensor",
        "FloatTensor",
        "DoubleTensor",
        "HalfTensor",
        "LongTensor",
        "IntTensor",
        "BoolTensor",
        "ByteTensor",
    ):
        rows[f"torch.{name}"] = Row(_ANY, _legacy, pure=True)
        if name != "Tensor":
            rows[f"torch.cuda.{name}"] = rows[f"torch.{name}"]
    rows["torch.nn.Parameter"] = Row("data=None, requires_grad=True", partial(_parameter, trainable=True), pure=True)
    rows["torch.nn.UninitializedParameter"] = Row(
        "requires_grad=True, **kwargs", partial(_parameter, trainable=True), pure=True
    )
    rows["torch.nn.Buffer"] = Row("data=None, *, persistent=True", partial(_parameter, trainable=False), pure=True)


def _permutation(_machine: Machine, bound: Bound) -> Value:
    return Weight((size_value(get(bound, "n")),))


def _grid(machine: Machine, bound: Bound) -> Value:
    inputs = signals_in(get(bound, "tensors"))
    if not inputs:
        return _meshgrid(machine, bound)
    row = FUNCTIONS["torch.meshgrid"]
    return UNKNOWN if row.run is None else row.run(machine, bound)


def _inert(rows: dict[str, Row]) -> None:
    for name in _INIT.split():
        rows[f"torch.nn.init.{name}"] = Row(_ANY, _first, pure=True)
    rows["torch.nn.init.calculate_gain"] = Row("nonlinearity, param=None", _gain, pure=True)
    for path in _CONTEXTS.split():
        rows[path] = Row(_ANY, _unchanged, pure=True)
    for path in _FIRST.split():
        rows[path] = Row(_ANY, _first, pure=True)
    for path in _NONE.split():
        rows[path] = Row(_ANY, partial(_constantly, value=None), pure=True)
    for path, answer in _ANSWERS.items():
        rows[path] = Row(_ANY, partial(_constantly, value=answer), pure=True)
    for name in _OPTIMIZERS.split():
        rows[f"torch.optim.{name}"] = Row(_ANY, partial(_unknown, "an optimizer"), pure=True)
    for name in _SCHEDULERS.split():
        rows[f"torch.optim.lr_scheduler.{name}"] = Row(_ANY, partial(_unknown, "a schedule"), pure=True)
    for name in _FFT.split():
        rows[f"torch.fft.{name}"] = Row("input, *args, **kwargs", partial(_resplit, f"torch.fft.{name}"))
    rows["torch.jit.annotate"] = Row(_ANY, _second, pure=True)
    rows["typing.cast"] = Row(_ANY, _second, pure=True)
    rows["torch.autograd.Function"] = Row("*args, **kwargs", is_class=True)
    rows["torch.autograd.Function.apply"] = Row("cls, *args", _apply_function, pure=True)
    rows[_CONTEXT] = Row("", is_class=True)
    for name in (
        "save_for_backward",
        "mark_dirty",
        "mark_non_differentiable",
        "set_materialize_grads",
        "save_for_forward",
    ):
        rows[f"{_CONTEXT}.{name}"] = Row(_ANY, partial(_constantly, value=None), pure=True)
    rows["torch.is_tensor"] = Row("obj", _is_tensor, pure=True)
    rows["torch.numel"] = Row("input", _count, pure=True)
    rows["torch.utils.checkpoint.checkpoint"] = Row("function, *args, **kwargs", _checkpoint, pure=True)
    rows["torch.jit.wait"] = Row(_ANY, _first, pure=True)
    rows["torch.utils.checkpoint.checkpoint_sequential"] = Row(
        "functions, segments, input, **kwargs", _checkpoint_chain, pure=True
    )
    rows["torch.nn.utils.rnn.pad_packed_sequence"] = Row("sequence, *args, **kwargs", _pad_packed, pure=True)
    rows["torch.nn.utils.rnn.pad_sequence"] = Row(
        "sequences, *args, **kwargs", partial(_pad_sequence, "torch.nn.utils.rnn.pad_sequence")
    )


def _tensors() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    _methods(rows)
    _factories(rows)
    _inert(rows)
    return rows


TENSORS: Final = _tensors()
"""Rows by canonical name."""
