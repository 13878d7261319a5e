"""What a framework table is made of, and what its rows may ask of the machine that runs them.

A table is a mapping from a canonical dotted name to a `Row`: `torch.nn.Conv2d`, `torch.nn.functional.relu`,
`torch.Tensor.view`, `operator.add`, `keras.layers.Dense`, `tensorflow.nn.relu`. The interpreter knows no framework; all
it knows of them stands in these rows. Rows are data and pure functions; the machine is the only thing that changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from lintnet.loaders.source.values import Bound, Instance, Signal, Value

if TYPE_CHECKING:
    from lintnet.ir import Builder, Location, Tensor
    from lintnet.ir.unknown import Value as AttributeValue

__all__ = ["Attributes", "Machine", "Row", "Run", "Table"]

Attributes: TypeAlias = "Mapping[str, AttributeValue]"


class Machine(Protocol):
    """What rows may do: add nodes to the graph that is being recorded, and call other values."""

    @property
    def guarded(self) -> bool:
        """Whether the code that runs now runs in training mode only (inside `if self.training:`)."""
        ...

    @property
    def here(self) -> Location | None:
        """Where the innermost call of the user's code stands."""
        ...

    def emit(
        self,
        kind: str,
        inputs: Sequence[Signal],
        result: Tensor,
        attributes: Attributes | None = None,
        *,
        op: str,
        layer: Instance | None = None,
        part: str = "",
        more: Sequence[Tensor] = (),
        width: int | None = None,
    ) -> Signal:
        """Add a node and return its first output.

        `result` is what follows for its first output, `more` for further ones: output n is
        `Signal(Edge(signal.edge.node, n), tensor)`. `op` is the framework's name for it. With `layer` the node is a
        call of that layer and gets its name, scope, identity and place of creation; `part` is added to them where one
        layer is several nodes (`depthwise`, `activation`). Without `layer` it is an operation of the module that runs.
        """
        ...

    def barrier(self, op: str, inputs: Sequence[Signal], reason: str, *, layer: Instance | None = None) -> Signal:
        """Add an `unknown` node: what is called is not understood. Its result is a tensor nothing is known of."""
        ...

    def as_signal(self, value: Value, op: str) -> Signal:
        """Return a value as an activation tensor: itself, or a barrier where it is not known or no tensor."""
        ...

    def call(self, function: Value, arguments: Sequence[Value], keywords: Mapping[str, Value] | None = None) -> Value:
        """Call any value of the program as the program would: a layer, a local function, a class, a symbol."""
        ...

    def attribute(self, value: Value, name: str) -> Value:
        """Read an attribute as the program would."""
        ...

    def iterate(self, value: Value) -> list[Value] | None:
        """Return the elements of an iterable value, None where they are not known."""
        ...

    def register(self, owner: Instance, name: str, value: Value) -> None:
        """Make a layer the child of another, under a name, as `add_module` does; other values are ignored."""
        ...

    def lose(self, prediction: Value, attributes: Attributes, *, op: str) -> Value:
        """Note that a loss is computed on a tensor, and return the value of the loss. Ignores what is no tensor."""
        ...

    def compile(self, model: Instance, losses: Sequence[Attributes | None], training: Mapping[str, Value]) -> None:
        """Note how a Keras model is compiled: the loss of each output (one for all if there is one), and what else.

        `training` may hold optimizer (text), learning_rate (number) and batch_size (integer).
        """
        ...

    def model(self, instance: Instance, inputs: Sequence[Signal], outputs: Sequence[Signal]) -> None:
        """Note that an instance is a model between tensors of the graph, as Keras' `Model(inputs, outputs)`."""
        ...

    def input(self, name: str, tensor: Tensor, *, width: int | None = None) -> Signal:
        """Add an input of the graph, as Keras' `Input` does."""
        ...

    @property
    def tape(self) -> Builder:
        """Where nodes go; for rows that need more than `emit` says, as those that share the Keras reader's walker."""
        ...

    def path_of(self, layer: Instance) -> str:
        """Return the dotted name of a layer below the model that runs: `encoder.blocks.0.conv1`; empty without."""
        ...

    def blind(self, why: str) -> None:
        """Note that something at the present place of the program could not be followed."""
        ...


Run: TypeAlias = Callable[[Machine, Bound], Value]


class Row(NamedTuple):
    """What is known of one class, function, method or operator.

    signature: parameters as Python writes them, with literal defaults: `"input, p=0.5, training=True, inplace=False"`;
    for a class those of the constructor without self, for a method of tensors with the tensor first.
    run: what calling it gives; for a layer class what calling the *instance* gives, with the call's arguments in the
    `Bound` and the constructor's in `bound.layer.settings`.
    layer: a class whose instances hold or are layers. call: for such a class, the parameters of calling the instance.
    made: for any class, what happens after construction: sets `attributes` or `children`; its `Bound` holds the
    constructor arguments, and `bound.layer` the instance.
    base: the class whose methods it has besides its own: `torch.nn.Module` for torch layers. A method is a row of its
    own, `torch.nn.Sequential.append`, with `self` left out of the signature and the instance in `bound.layer`.
    pure: a function that needs no activation tensor among its arguments to be run (`torch.cat` is not, `int_shape`,
    `torch.zeros`, a loss class are). A row that is not pure is not run without one: its result is then a `Weight` where
    a weight is among the arguments, else unknown.
    is_class: whether the name is a class.
    """

    signature: str
    run: Run | None = None
    layer: bool = False
    call: str = "input"
    made: Run | None = None
    base: str = ""
    pure: bool = False
    is_class: bool = False


Table: TypeAlias = Mapping[str, Row]
