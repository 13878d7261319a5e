"""Programs in which the nearest answer is wrong: what cannot be known must not be concluded, and nothing may vanish."""

from __future__ import annotations

from typing import Any

import pytest

from lintnet.ir import Graph, Unknown
from lintnet.loaders.source.objects import Settled, UnknownRest
from lintnet.loaders.source.values import Signal
from tests.loaders.source.null_host import TensorHost
from tests.loaders.source.programs import kinds, model, models, of_kind, read
from tests.loaders.source.test_interpreter_unknown import run


def values(source: str, **decisions: bool) -> dict[str, Any]:
    """Return the names of a program, with `unknown` being what nobody knows."""
    return run(source, TensorHost(dict(decisions)))[0]


def net(init: str, forward: str = "return self.last(x)", arguments: str = "self, names, cfg") -> str:
    """Write a model whose layer `last` is made at the end of the constructor with `self.n` inputs."""
    lines = [f"        {line}" for line in init.splitlines()]
    body = [f"        {line}" for line in forward.splitlines()]
    head = ["class Net(nn.Module):", f"    def __init__({arguments}):", "        super().__init__()"]
    return "\n".join([*head, *lines, "    def forward(self, x):", *body]) + "\n"


def width(graph: Graph) -> object:
    """Return the inputs that the layer `last` was made with."""
    (node,) = [each for each in graph.nodes if each.name == "last"]
    return node.attributes["out"]


# What a loop that cannot be counted changes

LOOPS = {
    "attribute": "self.n = 0\nfor name in names:\n    self.n += 1",
    "attribute in a while": "self.n = 0\nwhile cfg.more():\n    self.n += 2",
    "method": "self.n = 0\nself.bump = lambda: setattr(self, 'n', self.n + 1)\nfor name in names:\n    self.bump()",
    "list": "sizes = []\nfor name in names:\n    sizes.append(3)\nself.n = len(sizes)",
    "last of a list": "sizes = [1, 2]\nfor name in names:\n    sizes.append(3)\nself.n = sizes[-1]",
    "popped list": "sizes = [1, 2, 3]\nfor name in names:\n    sizes.pop()\nself.n = len(sizes)",
    "element": "sizes = [1, 2]\nfor name in names:\n    sizes[0] += 1\nself.n = sizes[0]",
    "dict": "sizes = {'a': 1}\nfor name in names:\n    sizes['a'] += 1\nself.n = sizes['a']",
    "dict that grows": "sizes = {'a': 1}\nfor name in names:\n    sizes[name] = 1\nself.n = len(sizes)",
    "set": "sizes = {1}\nfor name in names:\n    sizes.add(2)\nself.n = len(sizes)",
    "iterator": "numbers = iter([1, 2, 3])\nfor name in names:\n    next(numbers)\nself.n = next(numbers)",
    "closure": "n = [0]\ndef bump():\n    n[0] += 1\nfor name in names:\n    bump()\nself.n = n[0]",
    "nonlocal": "n = 0\ndef bump():\n    nonlocal n\n    n += 1\nfor name in names:\n    bump()\nself.n = n",
    "class": "class K:\n    n = 0\nfor name in names:\n    K.n += 1\nself.n = K.n",
    "object": "class K:\n    n = 0\nk = K()\nfor name in names:\n    k.n += 1\nself.n = k.n",
    "rebuilt list": "sizes = [1]\nfor name in names:\n    sizes = sizes + [2]\nself.n = sizes[0] * len(sizes)",
    "nested": "self.n = 0\nfor name in names:\n    for _ in range(2):\n        self.n += 1",
    "two loops": "self.n = 0\nfor name in names:\n    for other in cfg:\n        self.n += 1",
    "behind the rest": "self.n = 0\nfor name in [1, *names, 2]:\n    self.n += 1",
    "modules": "ls = nn.ModuleList()\nfor name in names:\n    ls.append(nn.ReLU())\nself.n = len(ls)",
    "modules that are joined": (
        "ls = nn.ModuleList([nn.ReLU()])\nfor name in names:\n    ls += [nn.ReLU()]\nself.n = len(ls)"
    ),
    "through an exception": (
        "self.n = 0\nfor name in names:\n    try:\n        for other in cfg:\n            self.n += 1\n"
        "            raise ValueError\n    except ValueError:\n        pass"
    ),
}


@pytest.mark.parametrize("init", LOOPS.values(), ids=LOOPS.keys())
def test_what_a_loop_that_cannot_be_counted_changes_is_not_known(init: str) -> None:
    graph = models(net(f"{init}\nself.last = nn.Linear(4, self.n)"))[0]
    assert isinstance(width(graph), Unknown)


def test_what_such_a_loop_makes_anew_stays_known() -> None:
    init = """\
self.blocks = nn.ModuleList()
for name in names:
    sizes = [8, 16]
    sizes.append(32)
    block = nn.Linear(8, sizes[-1])
    self.blocks.append(block)
"""
    graph = model(net(init, "return self.blocks[0](x)"))
    (linear,) = of_kind(graph, "linear")
    assert linear.attributes["out"] == 32


def test_an_attribute_that_the_loop_leaves_alone_stays_known() -> None:
    graph = model(net("self.n = 7\nfor name in names:\n    self.m = 3\nself.last = nn.Linear(4, self.n)"))
    assert width(graph) == 7


def test_a_module_list_filled_in_such_a_loop_holds_any_number_of_modules() -> None:
    init = "self.ls = nn.ModuleList()\nfor name in names:\n    self.ls.append(nn.Linear(4, 4))"
    graph = model(net(init, "for each in self.ls:\n    x = each(x)\nreturn x"))
    assert kinds(graph) == ["input", "linear", "unknown", "choice", "output"]
    assert any("repeats" in each.why for each in graph.coverage.blind)


@pytest.mark.parametrize("key", ["-1", "1"])
def test_which_module_of_such_a_list_is_meant_is_not_known(key: str) -> None:
    init = "self.ls = nn.ModuleList()\nfor name in names:\n    self.ls.append(nn.Linear(4, 4))"
    graph = model(net(init, f"return self.ls[{key}](x)"))
    assert kinds(graph) == ["input", "unknown", "output"]


def test_a_sequential_filled_in_such_a_loop_has_a_barrier_where_more_layers_may_be() -> None:
    init = "self.s = nn.Sequential()\nfor name in names:\n    self.s.append(nn.Linear(4, 4))\nself.s.append(nn.ReLU())"
    assert kinds(model(net(init, "return self.s(x)"))) == ["input", "linear", "unknown", "relu", "output"]


def test_a_keras_sequential_filled_in_such_a_loop_has_a_barrier_too() -> None:
    text = """\
    import keras
    from keras import layers
    model = keras.Sequential([layers.Input((8,))])
    for units in somewhere:
        model.add(layers.Dense(units))
    model.add(layers.Dense(3))
    """
    (graph,) = read(text).graphs
    assert kinds(graph)[:4] == ["input", "linear", "unknown", "linear"]


@pytest.mark.parametrize(
    ("init", "forward"),
    [
        ("for k in names:\n    self.add_module(k, nn.Linear(4, 4))", "self.children()"),
        ("for k in names:\n    setattr(self, k, nn.Linear(4, 4))", "self.children()"),
        ("self.d = nn.ModuleDict()\nfor k in names:\n    self.d[k] = nn.Linear(4, 4)", "self.d.values()"),
        ("self.d = nn.ModuleDict()\nself.d.update(cfg)", "self.d.values()"),
    ],
)
def test_layers_under_names_that_are_not_known_do_not_vanish(init: str, forward: str) -> None:
    graph = model(net(init, f"for each in {forward}:\n    x = each(x)\nreturn x"))
    assert "unknown" in kinds(graph)
    assert not of_kind(graph, "unused")


def test_a_layer_in_front_of_layers_that_are_not_known_and_one_behind_are_both_there() -> None:
    source = "found = []\nfor each in [1, *unknown, 2]:\n    found.append(each)\n"
    found = values(source)["found"]
    assert (found[0], found[-1]) == (1, 2)
    assert any(isinstance(each, UnknownRest) for each in found[1:-1])


# What is done to containers

UNKNOWNS = {
    "slice of a comprehension": "k = unknown().k\nc = [a for a, b in zip([0] + k, k + [0])]\nout = c[1:]",
    "length of a comprehension": "k = unknown().k\nout = len([a for a, b in zip([0] + k, k + [0])])",
    "behind an unknown part": "out = [*unknown, 4, 5][1]",
    "slice behind an unknown part": "out = [*unknown, 4, 5][1:2]",
    "length with an unknown part": "out = len((*unknown, 4))",
    "unpacked": "a, out = [*unknown, 4]",
    "insert": "l = [1, 2]\nl.insert(unknown().i, 3)\nout = l[0]",
    "pop": "l = [1, 2]\nl.pop(unknown().i)\nout = len(l)",
    "delete": "l = [1, 2]\ndel l[unknown().i]\nout = l[0]",
    "remove": "l = [1, 2]\nl.remove(unknown().i)\nout = l[0]",
    "replace": "l = [1, 2]\nl[unknown().i] = 3\nout = l[0]",
    "replace a part": "l = [1, 2]\nl[unknown().i:] = []\nout = len(l)",
    "key": "d = {'a': 1}\nd[unknown().k] = 2\nout = d['a']",
    "update": "d = {'a': 1}\nd.update(unknown)\nout = d['a']",
    "merge": "out = {'a': 1, **unknown}['a']",
    "dict pop": "d = {'a': 1}\nd.pop(unknown().k)\nout = len(d)",
    "dict delete": "d = {'a': 1}\ndel d[unknown().k]\nout = 'a' in d",
    "dict get": "out = {'a': 1}.get(unknown().k, 5)",
    "set pop": "s = {1, 2}\ns.pop()\nout = 1 in s",
    "set discard": "s = {1, 2}\ns.discard(unknown().k)\nout = 1 in s",
    "deque": "import collections\nq = collections.deque([1, 2])\nq.extend(unknown)\nout = q[-1]",
    "truth": "out = bool([*unknown])",
    "equality": "out = [*unknown] == [1, 2]",
    "or": "out = unknown().n or 64",
    "and": "out = unknown().n and 0",
    "sorted": "out = sorted([3, unknown().n])[0]",
    "sorted with an unknown part": "out = sorted([3, *unknown], key=lambda each: 1)[0]",
    "min": "out = min(3, unknown().n)",
    "map": "out = len(list(map(str, [1, *unknown])))",
    "next": "out = next(i for i in [4, 5] if unknown(i) or i > 4)",
    "comprehension": "out = len([i for i in [4, 5] if unknown(i)])",
    "reduce": "import functools\nout = functools.reduce(lambda a, b: a + 1, [0, *unknown])",
    "arguments": "def f(a, b, c=1):\n    return b\nout = f(*unknown, 3)",
    "isinstance": "out = isinstance(unknown().n, int)",
    "is None": "out = unknown().n is None",
    "floor": "out = unknown().n // 2",
    "text": "out = f'{unknown().n}'",
    "getattr": "out = getattr(unknown().n, 'a', 3)",
    "handed over": "l = [1, 2]\nm = l\nunknown(m)\nout = l[0]",
    "handed to a method": "l = [1, 2]\nunknown.take(values=l)\nout = len(l)",
    "shuffled": "import random\nl = [1, 2]\nrandom.shuffle(l)\nout = l[0]",
}


@pytest.mark.parametrize("source", UNKNOWNS.values(), ids=UNKNOWNS.keys())
def test_what_depends_on_what_is_not_known_is_not_known(source: str) -> None:
    assert isinstance(values(source)["out"], Unknown)


def test_of_unknown_or_a_constant_the_truth_is_known_though_not_the_value() -> None:
    space = values("a = unknown().n or 64\nb = unknown().n and 0\nc = 1 if a else 2\nd = 1 if b else 2\n")
    assert isinstance(space["a"], Settled)
    assert (space["c"], space["d"]) == (1, 2)


def test_a_part_of_a_list_in_front_of_what_is_not_known_is_known() -> None:
    space = values("l = [1, 2, *unknown, 3]\na = l[:2]\nb = l[1]\nc = l[-1]\n")
    assert (space["a"], space["b"], space["c"]) == ([1, 2], 2, 3)


def test_a_list_of_layers_keeps_them_when_it_is_handed_to_what_is_not_known() -> None:
    graph = model(net("ls = [nn.Linear(4, 4)]\ncfg.fill(ls)\nself.s = nn.Sequential(*ls)", "return self.s(x)"))
    assert kinds(graph) == ["input", "linear", "unknown", "output"]


# Exceptions

TRIES = {
    "call": "try:\n    unknown(3)\n    out = 5\nexcept ValueError:\n    out = 6",
    "raise": "try:\n    if unknown.bad:\n        raise ValueError\n    out = 5\nexcept ValueError:\n    out = 6",
    "key": "d = {**unknown}\ntry:\n    d['a']\n    out = 5\nexcept KeyError:\n    out = 6",
    "body only": "out = 1\ntry:\n    unknown(3)\n    out = 5\nexcept ValueError:\n    pass",
    "attribute": (
        "class K:\n    n = 1\nk = K()\nk.n = 2\ntry:\n    unknown(3)\n    k.n = 5\nexcept ValueError:\n    pass\n"
        "out = k.n"
    ),
    "loop": (
        "out = 1\ntry:\n    for each in unknown():\n        out = 5\n        raise ValueError\n"
        "except ValueError:\n    pass"
    ),
}


@pytest.mark.parametrize("source", TRIES.values(), ids=TRIES.keys())
def test_whether_an_unknown_call_raises_is_not_known(source: str) -> None:
    assert isinstance(values(source)["out"], Unknown)


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from apex import norm\n    out = 5\nexcept ImportError:\n    out = 6",
        "try:\n    unknown(3)\n    out = 5\nexcept ValueError:\n    raise",
        "try:\n    n = int('3')\n    out = 5\nexcept ValueError:\n    out = 6",
    ],
)
def test_a_body_that_nothing_can_leave_otherwise_stays_known(source: str) -> None:
    assert values(source)["out"] == 5


# Attributes, methods and branches


def test_attributes_set_under_a_name_that_is_not_known_replace_any_other() -> None:
    graph = model(net("self.n = 4\nsetattr(self, cfg.name, 3)\nself.last = nn.Linear(4, self.n)"))
    assert isinstance(width(graph), Unknown)


def test_an_attribute_that_may_have_been_set_so_is_not_missing() -> None:
    source = "class K: pass\nk = K()\nsetattr(k, unknown().name, 3)\na = k.other\nb = hasattr(k, 'other')\n"
    space = values(source)
    assert isinstance(space["a"], Unknown)
    assert isinstance(space["b"], Unknown)


def test_a_method_that_the_program_replaced_is_the_one_that_runs() -> None:
    init = "self.a = nn.Linear(4, 4)\nself.a.forward = lambda x: F.relu(x)"
    assert kinds(model(net(init, "return self.a(x)"))) == ["input", "relu", "output"]


def test_a_method_replaced_by_what_is_not_known_is_a_barrier() -> None:
    init = "self.a = nn.Linear(4, 4)\nself.a.forward = cfg.other"
    assert kinds(model(net(init, "return self.a(x)"))) == ["input", "unknown", "output"]


def test_where_no_branch_is_run_its_calls_change_things_too() -> None:
    ifs = "".join(f"if cfg.a{index}:\n    self.k = {index}\n" for index in range(6))
    init = f"""\
self.n = 1
self.ls = nn.ModuleList()
{ifs}if cfg.last:
    self.bump()
    self.ls.append(nn.ReLU())
self.last = nn.Linear(len(self.ls), self.n)
"""
    text = net(init) + "    def bump(self):\n        self.more()\n    def more(self):\n        self.n += 1\n"
    for graph in models(text):
        assert isinstance(width(graph), Unknown)
        (node,) = of_kind(graph, "linear")
        assert isinstance(node.attributes["inp"], Unknown)


def test_tensors_changed_in_such_a_loop_are_one_of_several() -> None:
    source = "d = {'x': fake.x}\nfor each in unknown:\n    d['x'] = fake.f(d['x'])\n"
    space, host = run(source)
    assert [all(isinstance(each, Signal) for each in chosen) for chosen, _ in host.chosen] == [True]
    assert len(host.chosen[0][0]) == 2
    assert space["d"]["x"] not in host.chosen[0][0]


def test_loops_nested_too_deeply_to_be_followed_change_what_they_name() -> None:
    source = """\
n = 0
def walk(node):
    global n
    for child in node:
        n = n + 1
        walk(child)
walk(unknown)
out = n
"""
    assert isinstance(values(source)["out"], Unknown)


def test_a_loop_that_only_raises_has_no_rounds() -> None:
    init = "for name in names:\n    raise TypeError(name)\nself.last = nn.Linear(4, 5)"
    assert width(model(net(init))) == 5


def test_a_tensor_put_at_a_place_that_is_not_known_is_one_of_those_that_may_be_meant() -> None:
    init = "self.a = nn.Linear(4, 4)\nself.b = nn.Linear(4, 4)"
    forward = "xs = [self.a(x)]\nxs.insert(cfg.place, self.b(x))\nreturn xs[0]"
    graph = model(net(init, forward.replace("cfg", "somewhere")))
    (choice,) = of_kind(graph, "choice")
    assert {graph.nodes[edge.node].name for edge in choice.inputs} == {"a", "b"}


def test_a_tensor_that_is_overwritten_under_an_unknown_key_may_still_be_meant() -> None:
    init = "self.a = nn.Linear(4, 4)\nself.b = nn.Linear(4, 4)"
    forward = "d = {'k': self.a(x)}\nd[somewhere()] = self.b(x)\nreturn d['k']"
    graph = model(net(init, forward))
    (choice,) = of_kind(graph, "choice")
    assert {graph.nodes[edge.node].name for edge in choice.inputs} == {"a", "b"}


def test_a_tensor_computed_where_an_exception_may_be_raised_is_one_of_several() -> None:
    init = "self.a = nn.Linear(4, 4)\nself.b = nn.Linear(4, 4)\nself.check = cfg.check"
    forward = "try:\n    x = self.a(x)\n    self.check(3)\nexcept ValueError:\n    x = self.b(x)\nreturn x"
    graph = model(net(init, forward))
    assert kinds(graph) == ["input", "linear", "choice", "output"]
