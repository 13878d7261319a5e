"""The closed vocabulary: every kind of layer or operation a graph can hold, with its groups and attributes.

Knows no model format and no rule. A kind carries the field's own word; what a framework calls it stays in
`Node.op`. Three decisions are made here once, so that no rule meets them:

* `dropout.rate` is the probability of *dropping*; batch-norm `momentum` is the weight of the *new* batch.
* axes are named: `axis` is "batch", "channel" or "spatial" (any other position: pixels, time steps, tokens).
* an attribute that is absent from a node is unknown. `implied` lists what the bare name of a kind already
  says, for the graph notation only (`batch_norm` alone means one that keeps running statistics); loaders
  always write what they know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.ir.unknown import Value

__all__ = ["ATTRIBUTES", "GROUPS", "KINDS", "LOSS_FAMILIES", "Attribute", "Kind", "kinds_of"]

LOSS_FAMILIES: Final = (
    "cross_entropy",
    "binary_cross_entropy",
    "nll",
    "squared_error",
    "absolute_error",
    "hinge",
    "divergence",
    "other",
)
"""What `family` of a loss can be, in a reader's graph and as a user states it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One typed attribute: its `type` (number, integer, flag, text or axes) and what it means, with unit."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One word of the vocabulary.

    `groups` are names a path may use for several kinds at once. `transparent` kinds are skipped by a path
    that does not name them: "yes", "no", or "channel" (only where the node's `keeps_channel` is true).
    """

    name: str
    meaning: str
    groups: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    transparent: str = "no"
    implied: Mapping[str, Value] = field(default_factory=dict[str, "Value"])


def _attributes() -> dict[str, Attribute]:
    table = """
    inp          integer  width of the input: channels of a conv, features of a linear layer
    out          integer  width of the output: channels of a conv, features or units otherwise
    kernel       axes     window size per spatial axis, in positions
    stride       axes     step per spatial axis, in positions
    dilation     axes     spacing of the kernel taps per spatial axis; 1 is dense
    padding      text     valid, same or explicit
    pads         axes     padded positions: begin of each spatial axis, then end of each
    groups       integer  number of independent channel groups
    bias         flag     whether a trainable bias is added
    axis         text     batch, channel or spatial: the axis acted on
    extent       integer  number of elements along the axis acted on
    running      flag     keeps running statistics in training and uses them at inference
    mode         text     training, inference, phase (follows the model's mode), or unstated
    asked        flag     training mode was asked for in so many words
    momentum     number   weight of the new batch in the running statistics, 0 to 1
    epsilon      number   constant added to the variance
    scale        flag     has a trainable scale
    shift        flag     has a trainable shift
    rate         number   probability of dropping, 0 to 1
    form         text     dropout: element, channel, path or alpha; attention: dot_product or multi_head
    ceiling      number   upper bound of the output, none if unbounded
    slope        number   slope for negative inputs
    approximate  text     tanh or none
    threshold    number   input below which the output is zero
    low          number   lower bound of a clamp
    high         number   upper bound of a clamp
    heads        integer  number of attention heads
    head_width   integer  features per head
    dropout      number   probability of dropping attention weights or, in a recurrent layer, inputs
    recurrent_dropout number probability of dropping the recurrent state
    layer_dropout number  probability of dropping what one stacked recurrent layer gives the next
    kind         text     kind that an unused layer would have had
    parameters   integer  number of trained numbers of an unused layer
    causal       flag     later positions are masked
    rows         integer  size of the vocabulary
    layers       integer  stacked layers inside one module
    directions   integer  1, or 2 for a bidirectional layer
    sequence     flag     returns every time step, not the last one only
    activation   text     activation inside a recurrent cell
    gate         text     activation of the gates of a recurrent cell
    keeps_channel flag    the channel axis stays one axis with the same elements
    permutation  axes     input axis that stands at each output axis
    shape        axes     target shape of a reshape, batch first; -1 is inferred
    constant     number   the constant of an elementwise affine operation, when it is one number
    function     text     what is computed: add, subtract, multiply, divide; mean, sum, max; equal, less
    over         axes     reduced axes, counted from 0
    keepdims     flag     reduced axes stay with size 1
    function  text     mean, sum, max, min, product or another reduction
    size         axes     output size per spatial axis
    method    text     nearest, linear, cubic or another interpolation
    family       text     what kind of loss it is: a word of LOSS_FAMILIES
    from_logits  flag     the loss applies the squashing function itself
    reduction    text     mean, sum or none
    sparse       flag     targets are class indices
    reason       text     why the node was not understood
    steps        integer  leading axes behind the batch over which the layer is repeated, as TimeDistributed does
    init         text     initial weights: zeros ones constant identity orthogonal normal uniform fan_in fan_out fan_avg
    init_scale   number   constant; gain of orthogonal; variance of normal and uniform; for a fan, variance times fan
    init_bias    number   initial value of every bias, none without bias
    module_class text     class of the module an exporter recorded around the node
    """
    rows = (line.split(None, 2) for line in table.strip().splitlines())
    return {name: Attribute(name, type_, meaning) for name, type_, meaning in rows}


ATTRIBUTES: Final[Mapping[str, Attribute]] = MappingProxyType(_attributes())

_LISTS: Final = {
    "WINDOW": "kernel stride dilation padding pads",
    "RECURRENT": "inp out bias layers directions sequence dropout recurrent_dropout layer_dropout activation gate",
    "NORM": "out epsilon scale shift axis",
    "INIT": "init init_scale init_bias",
}

# name | groups | attributes (capitals stand for one of the lists below) | transparent | meaning
_TABLE: Final = """
input | boundary | | no | a tensor the model is fed with
output | boundary | | no | a tensor the model returns
loss | boundary | family from_logits reduction sparse | no | the loss known to be applied to an output
discarded | boundary | | no | a result that the program throws away
unused | boundary | kind parameters | no | a layer that is defined and never called
unknown | barrier | reason | no | an operator or layer that was not understood
choice | barrier | | no | one of several alternatives, decided while running
loop | barrier | | no | a loop; its body is in the graph, its repetition is not
body_input | barrier | | no | a value that a loop body gets from its loop

conv | weight | inp out WINDOW groups bias INIT | no | convolution over spatial axes
conv_transpose | weight | inp out WINDOW groups bias INIT | no | transposed convolution
linear | weight | inp out bias INIT | no | matrix product with a weight, dense layer
embedding | | rows out | no | lookup of a row per token
lstm | recurrent | RECURRENT | no | long short-term memory
gru | recurrent | RECURRENT | no | gated recurrent unit
rnn | recurrent | RECURRENT | no | simple recurrent layer
attention | | form heads head_width out dropout mode causal | no | attention of queries over keys and values

batch_norm | norm running_norm | NORM running mode momentum | no | normalisation by batch statistics
layer_norm | norm | NORM | no | normalisation over the features of one sample
group_norm | norm | NORM groups | no | normalisation over groups of channels of one sample
instance_norm | norm | NORM running momentum | no | normalisation per channel and sample
rms_norm | norm | NORM | no | division by the root mean square, no mean subtraction
local_response_norm | norm | | no | division by the energy of neighbouring channels
unit_norm | norm | | no | scaling to unit length

dropout | | rate form mode asked | no | random zeroing with rescaling
noise | | rate | no | random noise added or multiplied
random | | | no | a tensor of random numbers

relu | activation rectifier homogeneous zero_preserving | ceiling | no | rectified linear unit
leaky_relu | activation rectifier homogeneous zero_preserving | slope | no | leaky rectified linear unit
prelu | activation rectifier homogeneous zero_preserving | | no | rectified linear unit with trained slope
elu | activation zero_preserving | slope | no | exponential linear unit
selu | activation zero_preserving | | no | self-normalising exponential linear unit
celu | activation zero_preserving | slope | no | continuously differentiable exponential linear unit
gelu | activation zero_preserving | approximate | no | Gaussian error linear unit
silu | activation zero_preserving | | no | x times sigmoid(x), swish
mish | activation zero_preserving | | no | x times tanh(softplus(x))
hard_swish | activation zero_preserving | | no | x times a piecewise linear sigmoid
sigmoid | activation saturating probability | | no | logistic function
hard_sigmoid | activation saturating probability | | no | piecewise linear sigmoid
tanh | activation saturating zero_preserving | | no | hyperbolic tangent
hard_tanh | activation saturating zero_preserving | low high | no | clamp to a symmetric range
softplus | activation | | no | log(1 + exp(x))
softsign | activation saturating zero_preserving | | no | x over one plus its absolute value
softmax | activation probability | axis extent over | no | exponentials normalised to sum one
log_softmax | activation | axis extent over | no | logarithm of softmax
log_sigmoid | activation | | no | logarithm of the logistic function
shrink | activation zero_preserving | threshold | no | hard, soft or tanh shrinkage
threshold | activation | threshold | no | zero below a threshold
glu | activation | axis | no | gated linear unit: half the channels gate the other half
maxout | activation | | no | maximum over groups of channels
other_activation | activation | | no | an activation that has no word of its own here

max_pool | pool local_pool | WINDOW | no | maximum over a window
average_pool | pool local_pool | WINDOW | no | mean over a window
lp_pool | pool local_pool | WINDOW | no | p-norm over a window
adaptive_pool | pool | size | no | pooling to a given output size larger than 1
global_max_pool | pool global_pool | | no | maximum over all positions
global_average_pool | pool global_pool | | no | mean over all positions

add | merge | | no | sum of activations
subtract | merge | | no | difference of activations
multiply | merge | | no | elementwise product of activations
divide | merge | | no | elementwise quotient of activations
maximum | merge | | no | elementwise maximum of activations
minimum | merge | | no | elementwise minimum of activations
average | merge | | no | elementwise mean of activations
concat | merge | axis | no | concatenation
stack | merge | | no | concatenation along a new axis
matmul | merge | | no | product of two activations
einsum | merge | | no | contraction of activations
select | merge | | no | elementwise choice between activations

affine | elementwise | function constant | no | elementwise arithmetic with a constant
exp | elementwise | | no | exponential
log | elementwise | | no | logarithm
sqrt | elementwise | | no | square root
reciprocal | elementwise | | no | one over x
power | elementwise | constant | no | x to a constant power
absolute | elementwise | | no | absolute value
erf | elementwise | | no | error function
sine | elementwise | | no | a trigonometric function
round | elementwise | | no | rounding, sign and similar steps
clamp | elementwise | low high | no | limits to a range
compare | elementwise | function constant | no | comparison, gives truth values
logical | elementwise | | no | logic on truth values
mask | elementwise | | no | marks or hides positions
reduce | | over keepdims function | no | reduction over axes
cumulative | | | no | running sum or product
arg_max | | over | no | index of the largest element
top_k | | | no | largest elements and their indices
rotary | | | no | rotates features by their position
index_math | | | no | arithmetic on shapes, indices and boxes

identity | | | yes | returns its input
cast | | | yes | changes the data type
quantize | | | yes | to integers and scale
dequantize | | | yes | from integers and scale
squeeze | reshaping | | yes | drops axes of size 1
unsqueeze | reshaping | | yes | adds axes of size 1
reshape | reshaping | shape keeps_channel | channel | same elements in another shape
flatten | reshaping | keeps_channel | channel | merges axes
transpose | reshaping | permutation keeps_channel | channel | permutes axes
expand | | | no | repeats along axes of size 1
slice | | over | no | part of a tensor
split | | axis | no | parts of a tensor, several outputs
gather | | | no | elements at given indices
scatter | | | no | writes elements at given indices
pad | | pads | no | adds positions at the border
crop | | | no | removes positions at the border
resize | | method size | no | interpolation to another spatial size
depth_to_space | | | no | channels become positions, pixel shuffle
space_to_depth | | | no | positions become channels
channel_shuffle | | | no | permutes channels
tile | | | no | repeats a tensor
roll | | | no | shifts positions cyclically
extract | | | no | a part of a structure, sequence or window
spatial_transform | | | no | samples a map at computed positions
augment | | | no | random or fixed change of the input data
signal | | | no | Fourier and window transforms
detect | | | no | selects boxes: non-maximum suppression, region pooling
classic | | | no | a model that is no network: trees, scalers, support vectors
state | | | no | optimizer or parameter update inside a graph
"""

# What the bare name says in the graph notation. Nothing else is implied.
_IMPLIED: Final[dict[str, dict[str, Value]]] = {
    "batch_norm": {"running": True, "mode": "phase", "axis": "channel"},
    "instance_norm": {"running": False, "axis": "channel"},
    "group_norm": {"axis": "channel"},
    "dropout": {"form": "element", "mode": "phase"},
    "relu": {"ceiling": None},
    "elu": {"slope": 1},
    "reshape": {"keeps_channel": False},
    "flatten": {"keeps_channel": False},
    "transpose": {"keeps_channel": False},
    "softmax": {"axis": "channel"},
    "log_softmax": {"axis": "channel"},
    "concat": {"axis": "channel"},
}


def _kinds() -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for line in _TABLE.strip().splitlines():
        if line:
            name, groups, attributes, transparent, meaning = (part.strip() for part in line.split("|", 4))
            kinds[name] = Kind(
                name,
                meaning,
                frozenset(groups.split()),
                frozenset(" ".join(_LISTS.get(each, each) for each in attributes.split()).split()),
                transparent,
                MappingProxyType(_IMPLIED.get(name, {})),
            )
    return kinds


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(_kinds())
"""Every kind by name."""


def _groups() -> dict[str, frozenset[str]]:
    members: dict[str, set[str]] = {}
    for kind in KINDS.values():
        for group in kind.groups:
            members.setdefault(group, set()).add(kind.name)
    return {group: frozenset(names) for group, names in members.items()}


GROUPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(_groups())
"""The kinds of every group."""


def kinds_of(word: str) -> frozenset[str]:
    """Return the kinds a path's `word` stands for: one kind, or the members of a group.

    Raises:
        KeyError: the word is in neither vocabulary.
    """
    return frozenset((word,)) if word in KINDS else GROUPS[word]
