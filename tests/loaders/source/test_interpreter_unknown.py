"""What the interpreter does where it does not know: phases, decisions, loops without end, limits, places."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from lintnet.ir import Unknown
from lintnet.loaders.source.budget import Budget, BudgetError
from lintnet.loaders.source.interpreter import Interpreter, Raised
from lintnet.loaders.source.objects import Function, LocalClass, LocalModule, UnknownRest
from lintnet.loaders.source.values import ByPhase, Instance, Signal
from tests.loaders.source.null_host import NullHost, TensorHost

HEAD = "import fake\nfrom elsewhere import unknown\n"


def run(source: str, host: NullHost | None = None, **limits: Any) -> tuple[dict[str, Any], TensorHost]:
    """Run a program behind the two lines of HEAD; return its names and the host."""
    host = host or TensorHost()
    text = HEAD + source
    interpreter = Interpreter(host, Budget(**limits))
    module = interpreter.run_module(
        ast.parse(text), name="program", path="program.py", lines=text.splitlines(), main=True
    )
    assert host.guards == 0
    return dict(module.namespace), host  # type: ignore[return-value] # pyright: ignore[reportReturnType]


def guards_of(host: NullHost, path: str) -> list[int]:
    """How deep in guarded code each call of a function was."""
    return [call[4] for call in host.calls if call[0] == path]


# Phases


def test_code_under_training_is_guarded_and_what_follows_is_not() -> None:
    _, host = run("def f(x):\n    if fake.training:\n        x = fake.drop(x)\n    return fake.after(x)\nf(fake.x)\n")
    assert guards_of(host, "fake.drop") == [1]
    assert guards_of(host, "fake.after") == [0]


def test_the_branch_for_inference_is_not_run() -> None:
    _, host = run("if not fake.training:\n    fake.infer()\nelse:\n    fake.train()\n")
    assert guards_of(host, "fake.infer") == []
    assert guards_of(host, "fake.train") == [1]


def test_after_an_early_return_in_inference_the_rest_of_the_function_is_guarded() -> None:
    source = (
        "def drop(x, p):\n    if p == 0. or not fake.training:\n        return x\n    return fake.drop(x)\n"
        "def g(x):\n    x = drop(x, 0.5)\n    return fake.after(x)\ng(fake.x)\n"
    )
    _, host = run(source)
    assert guards_of(host, "fake.drop") == [1]
    assert guards_of(host, "fake.after") == [0]


def test_a_condition_that_holds_in_both_modes_guards_nothing() -> None:
    space, host = run(
        "def f(p):\n    if p == 0. or not fake.training:\n        return 'same'\n    fake.drop()\na = f(0.0)\n"
    )
    assert space["a"] == "same"
    assert guards_of(host, "fake.drop") == []


def test_guards_are_left_when_an_exception_passes() -> None:
    source = """\
def f():
    if not fake.training:
        return
    raise ValueError
try:
    f()
except ValueError:
    fake.after()
"""
    _, host = run(source)
    assert guards_of(host, "fake.after") == [0]


def test_phases_lift_through_operators() -> None:
    source = (
        "t = fake.training\na = 0.5 if t else 0.0\nb = not t\nc = a * 2\nd = t and 3\ne = a > 0.1\nf = t or 'x'\n"
        "g = float(t)\nh = [1, 2][a > 0.1]\ni = f'{t}'\nj = t is not None\nk = -a\nl = max(a, 0.25)\n"
    )
    space, _ = run(source)

    def phases(name: str) -> tuple[object, object]:
        value = space[name]
        assert isinstance(value, ByPhase), name
        return value.training, value.inference

    assert phases("a") == (0.5, 0.0)
    assert phases("b") == (False, True)
    assert phases("c") == (1.0, 0.0)
    assert phases("d") == (3, False)
    assert phases("e") == (True, False)
    assert phases("f") == (True, "x")
    assert phases("h") == (2, 1)
    assert phases("i") == ("True", "False")
    assert space["j"] is True
    assert phases("k") == (-0.5, -0.0)
    assert phases("l") == (0.5, 0.25)
    assert isinstance(space["g"], ByPhase)


def test_a_conditional_expression_over_calls_runs_the_training_side_guarded() -> None:
    space, host = run("x = fake.drop(fake.x) if fake.training else fake.other(fake.x)\n")
    assert guards_of(host, "fake.drop") == [1]
    assert guards_of(host, "fake.other") == []
    assert isinstance(space["x"], Signal)


def test_continue_in_inference_guards_the_rest_of_the_round_only() -> None:
    source = """\
for i in range(2):
    fake.first()
    if not fake.training:
        continue
    fake.second()
fake.after()
"""
    _, host = run(source)
    assert guards_of(host, "fake.first")[0] == 0
    assert guards_of(host, "fake.second")[0] == 1
    assert guards_of(host, "fake.after") == [0]


# Decisions


def test_an_open_condition_is_decided_by_its_text_and_place() -> None:
    space, host = run("if unknown.deep:\n    a = 1\nelse:\n    a = 2\n", TensorHost({"unknown.deep": False}))
    assert space["a"] == 2
    ((text, place),) = host.asked
    assert text == "unknown.deep"
    assert (place.line, place.column, place.text) == (3, 4, "if unknown.deep:")


def test_not_in_front_is_the_same_condition() -> None:
    source = "if not unknown.deep:\n    a = 1\nelse:\n    a = 2\nb = 1 if not unknown.deep else 2\n"
    space, host = run(source, TensorHost({"unknown.deep": True}))
    assert (space["a"], space["b"]) == (2, 2)
    assert {text for text, _ in host.asked} == {"unknown.deep"}


@pytest.mark.parametrize(
    "source",
    [
        "if unknown:\n    raise ValueError('no')\na = 1\n",
        "if unknown:\n    a = 1\nelse:\n    raise ValueError\n",
        "if unknown:\n    print('x')\na = 1\n",
        "import warnings\nif unknown:\n    warnings.warn('x')\n    raise ValueError\nelse:\n    a = 1\n",
        "def f():\n    if unknown == 'a':\n        return 1\n    raise ValueError\na = f()\n",
        """\
def f():
    if unknown == 'a':
        r = 1
    else:
        raise ValueError
    return r
a = f()
""",
        "if unknown:\n    pass\nelif unknown.b:\n    print(1)\na = 1\n",
        "def f(m):\n    if unknown:\n        nn.init.zeros_(m.bias)\n    return 1\na = f(None)\n",
        "import sys\nif unknown:\n    sys.exit(1)\na = 1\n",
        "if unknown:\n    assert False, 'no'\nelse:\n    a = 1\n",
    ],
)
def test_branches_that_only_raise_or_talk_need_no_decision(source: str) -> None:
    space, host = run(source)
    assert space["a"] == 1
    assert host.asked == []


def test_a_chain_whose_last_branch_raises_asks_for_the_others_only() -> None:
    source = "if unknown == 'a':\n    r = 1\nelif unknown == 'b':\n    r = 2\nelse:\n    raise ValueError\n"
    space, host = run(source, TensorHost({"unknown == 'a'": False}))
    assert space["r"] == 2
    assert [text for text, _ in host.asked] == ["unknown == 'a'"]


def test_where_the_host_decides_nothing_no_branch_runs_and_tensors_are_chosen() -> None:
    source = "x = fake.x\nn = 3\nif unknown:\n    x = fake.f(x)\n    n = 4\n    m = 1\n"
    space, host = run(source, TensorHost(otherwise=None))
    assert guards_of(host, "fake.f") == []
    assert isinstance(space["x"], Signal)
    assert space["x"].edge.node == 1
    assert isinstance(space["n"], Unknown)
    assert isinstance(space["m"], Unknown)


def test_where_the_host_decides_nothing_a_return_gives_one_of_several() -> None:
    source = "def f(x):\n    if unknown:\n        return fake.f(x)\n    return x\ny = f(fake.x)\n"
    space, host = run(source, TensorHost(otherwise=None))
    assert isinstance(space["y"], Signal)
    assert [text for _, text in host.chosen] == ["unknown"]


def test_where_the_host_decides_nothing_a_list_is_open() -> None:
    space, _ = run("layers = [1]\nif unknown:\n    layers.append(2)\nn = len(layers)\n", TensorHost(otherwise=None))
    assert isinstance(space["n"], Unknown)


def test_unknown_operands_of_and_and_or() -> None:
    source = (
        "a = unknown and False\nb = unknown or True\nc = unknown and 3\nd = False and unknown\ne = True or unknown\n"
    )
    space, _ = run(source)
    # Whether they are true is known; `unknown` itself may be 0, or a text.
    assert (space["a"].truth, space["b"].truth) == (False, True)
    assert isinstance(space["c"], Unknown)
    assert space["d"] is False
    assert space["e"] is True


def test_what_is_known_of_tensors_and_objects_needs_no_decision() -> None:
    source = """\
class N(fake.Module):
    pass
x = fake.x
n = N()
a = x is None, x is not None, n is None, isinstance(n, N), isinstance(n, fake.Module), isinstance(n, fake.Layer)
b = isinstance(x, fake.Tensor), isinstance(x, (list, tuple)), isinstance(x, dict), isinstance(fake.Layer(), fake.Module)
"""
    space, host = run(source)
    assert space["a"] == (False, True, False, True, True, False)
    assert space["b"] == (True, False, False, True)
    assert host.asked == []


# Loops


def test_a_loop_over_the_unknown_runs_once_and_forgets_what_it_counts() -> None:
    source = """\
n = 0
x = fake.x
layers = []
for each in unknown.items:
    n += 1
    k = 2
    x = fake.f(x)
    layers.append(fake.Layer())
"""
    space, host = run(source)
    assert isinstance(space["n"], Unknown)
    assert isinstance(space["k"], Unknown)
    assert isinstance(space["x"], Signal)
    assert [len(before) for before, _ in host.chosen] == [2]
    first, rest = space["layers"]
    assert isinstance(first, Instance)
    assert isinstance(rest, UnknownRest)
    assert [why for why, _ in host.blinds] == ["how often `unknown.items` repeats is not known"]
    assert host.blinds[0][1] is not None
    assert host.blinds[0][1].line == 6


def test_what_a_loop_changes_is_not_known_within_it() -> None:
    space, _ = run("width = 64\nseen = []\nfor each in unknown:\n    seen.append(width)\n    width = 128\n")
    assert isinstance(space["seen"][0], Unknown)
    assert isinstance(space["width"], Unknown)


def test_a_while_of_the_unknown_runs_once() -> None:
    space, host = run("n = 1\nwhile unknown.more():\n    n *= 2\n    fake.f()\n")
    assert isinstance(space["n"], Unknown)
    assert len(guards_of(host, "fake.f")) == 1
    assert len(host.blinds) == 1


def test_a_list_of_an_unknown_number_of_layers_keeps_one_of_them() -> None:
    space, host = run(
        "layers = [fake.Layer() for _ in range(unknown)]\nsizes = [i * 2 for i in range(unknown)]\nn = len(layers)\n"
    )
    first, rest = space["layers"]
    assert isinstance(first, Instance)
    assert isinstance(rest, UnknownRest)
    assert isinstance(space["sizes"], Unknown)
    assert isinstance(space["n"], Unknown)
    assert len(host.blinds) == 1


def test_a_loop_that_takes_long_is_cut_and_the_reading_goes_on() -> None:
    space, host = run("n = 0\nfor i in range(10 ** 9):\n    n += 1\nafter = 5\n", loop=10_000)
    assert space["after"] == 5
    assert isinstance(space["n"], Unknown)
    assert [why for why, _ in host.blinds] == ["a loop that takes long was cut short"]


def test_a_function_that_calls_itself_for_unknown_children_comes_to_an_end() -> None:
    source = """\
def visit(module, name=''):
    for child in module.children():
        visit(child, name + '.x')
    return 3
a = visit(unknown())
"""
    space, host = run(source)
    assert space["a"] == 3
    assert {why for why, _ in host.blinds} == {"how often `module.children()` repeats is not known"}


# Unknown values


def test_an_unknown_value_says_why() -> None:
    source = """\
import yaml
cfg = yaml.safe_load('x')
a = cfg['model']['width'] * 2 + 1
b = int(a)
c = [b][0]
d = f'{c}'
e = cfg.x.y()
"""
    space, _ = run(source)
    for name in "abcde":
        assert isinstance(space[name], Unknown)
        assert space[name].why == "result of `yaml.safe_load`", name


def test_unknown_values_that_come_from_one_are_not_equal() -> None:
    space, _ = run(
        """\
cfg = unknown()
a = cfg.w == cfg.w
b = cfg.w
c = b == 3
d = [b] == [b, 1]
e = b in [b]
f = 3 in [b, 3]
g = 4 in [b]
"""
    )
    assert isinstance(space["a"], Unknown)
    assert isinstance(space["c"], Unknown)
    assert space["d"] is False
    assert space["e"] is True
    assert space["f"] is True
    assert isinstance(space["g"], Unknown)


def test_calling_the_unknown_with_a_tensor_asks_the_host_for_a_barrier() -> None:
    space, host = run("blocks = unknown()\ny = blocks[3](fake.x)\nz = blocks.head(fake.x, n=1)\nw = blocks.head(1)\n")
    assert [call[0] for call in host.calls if call[0].startswith("blocks")] == ["blocks.head"]
    assert isinstance(space["w"], Unknown)
    assert any(call[0] == "?" for call in host.calls)


def test_arguments_behind_unknown_stars_are_unknown() -> None:
    source = (
        "def f(a, b=2, *, c=3):\n    return a, b, c\nx = f(1, *unknown)\ny = f(1, **unknown)\nz = f(*unknown, c=5)\n"
    )
    space, _ = run(source)
    assert space["x"][0] == 1
    assert isinstance(space["x"][1], Unknown)
    assert space["x"][2] == 3
    assert [isinstance(each, Unknown) for each in space["y"]] == [False, True, True]
    assert [isinstance(each, Unknown) for each in space["z"]] == [True, True, False]


def test_dicts_with_unknown_keys_are_open() -> None:
    source = """\
d = {'a': 1}
d[unknown().key] = 2
a = d['a']
b = d['q']
c = 'q' in d
e = len(d)
f = d.get('z', 5)
g = dict(d, x=1)['y']
"""
    space, _ = run(source)
    for name in "abcefg":
        assert isinstance(space[name], Unknown), name


def test_an_element_at_an_unknown_place_is_unknown_and_setting_one_spoils_the_list() -> None:
    space, _ = run("a = [1, 2]\nb = a[unknown()]\na[unknown()] = 5\nc = a[0]\nd = [1, 2][:unknown()]\n")
    for name in "bcd":
        assert isinstance(space[name], Unknown), name


def test_names_that_are_not_defined_are_unknown_but_a_handler_sees_the_error() -> None:
    source = "a = nowhere\ntry:\n    unicode\nexcept NameError:\n    unicode = str\nb = unicode(3)\n"
    space, _ = run(source)
    assert isinstance(space["a"], Unknown)
    assert space["a"].why == "`nowhere` is not defined"
    assert space["b"] == "3"


def test_a_statement_that_raises_is_blind_and_the_next_one_runs() -> None:
    space, host = run("a = 1\nraise ValueError('because')\nb = {}['k']\nc = 2\n")
    assert space["c"] == 2
    assert [why for why, _ in host.blinds] == ["raises ValueError: because", "raises KeyError: k"]


def test_calls_raise_exceptions_of_the_program() -> None:
    text = "def f(n):\n    raise ValueError('bad')\n"
    interpreter = Interpreter(NullHost(), Budget())
    module = interpreter.run_module(ast.parse(text), name="m", path="m.py", lines=text.splitlines())
    with pytest.raises(Raised) as caught:
        interpreter.call(module.namespace["f"], [1])
    assert (caught.value.name, caught.value.message) == ("ValueError", "bad")
    with pytest.raises(Raised) as caught:
        interpreter.call(module.namespace["f"], [])
    assert str(caught.value) == "TypeError: f() missing 1 required positional argument: 'n'"


# Tensors


def test_a_tensor_that_is_thrown_away_is_discarded() -> None:
    _, host = run("def f(x):\n    fake.g(x)\n    y = x\n    return y\nf(fake.x)\n")
    (value, place), *_ = host.discarded
    assert value.edge.node == 1
    assert (place.line, place.column, place.text) == (4, 5, "fake.g(x)")


def test_what_is_kept_or_changed_in_place_is_not_discarded() -> None:
    source = """\
kept = []
def f(x):
    kept.append(fake.g(x))
    y = fake.h(x)
    x.clamp_(0)
    'text'
    y
    return y
y = f(fake.x)
class A:
    def set(self, x):
        self.h = fake.g(x)
        return self.h
    def go(self, x):
        self.set(x)
A().go(fake.x)
"""
    _, host = run(source)
    assert host.discarded == []


def test_a_method_that_works_in_place_changes_what_the_name_stands_for() -> None:
    class InPlace(TensorHost):
        def attribute(self, value: object, name: str) -> object:
            del value
            from lintnet.loaders.source.values import Builtin

            return Builtin(name, lambda _, __: self.tensor())

    space, _ = run("x = fake.x\nx.mul_(2)\n", InPlace())
    assert space["x"].edge.node == 1
    space, _ = run("x = fake.x\nx[0] = 1\n")
    assert space["x"].edge.node == 1
    space, _ = run("x = fake.x\nx += 1\n")
    assert space["x"].edge.node == 1


def test_sums_of_tensors_begin_with_the_first() -> None:
    _, host = run("y = sum([fake.f(), fake.g(), fake.h()])\n")
    assert [call[0] for call in host.calls if call[0].startswith("operator")] == ["operator.add"] * 2


def test_unpacking_a_tensor_takes_its_parts() -> None:
    _, host = run("q, k, v = fake.x\n")
    assert [call[1][1] for call in host.calls] == [0, 1, 2]


# Classes of frameworks


def test_constructors_and_methods_of_the_framework_are_the_hosts() -> None:
    source = """\
class N(fake.Layer):
    def __init__(self, n):
        super().__init__(n, bias=False)
        self.n = n
    def forward(self, x):
        return super().forward(x)
    def __call__(self, x):
        return self.forward(x)
class O(fake.Module):
    def __init__(self):
        fake.Module.__init__(self)
n = N(3)
y = n(fake.x)
O()
"""
    space, host = run(source)
    made = space["n"]
    assert isinstance(made, Instance)
    assert isinstance(made.cls, LocalClass)
    assert made.cls.framework is not None
    assert made.row is made.cls.framework.row
    assert made.attributes == {"n": 3}
    assert made.created is not None
    assert (made.created.line, made.created.column) == (14, 5)
    assert [(call[0], call[1][1:], call[2]) for call in host.calls[:2]] == [
        ("fake.Layer", [3], {"bias": False}),
        ("fake.Layer.forward", [space["y"].__class__ and host.calls[1][1][1]], {}),
    ]
    assert host.calls[1][1][0] is made
    assert host.calls[2][0] == "fake.Module"


def test_an_object_of_a_class_with_an_unknown_base_may_have_any_attribute() -> None:
    source = """\
class N(unknown.Base):
    def f(self):
        return self.x
n = N(1, 2)
a = n.f()
b = n.y
c = hasattr(n, 'y')
"""
    space, host = run(source)
    for name in "abc":
        assert isinstance(space[name], Unknown), name
    assert host.blinds == []


def test_copies_of_layers_are_layers_of_their_own() -> None:
    source = """\
import copy
class N(fake.Module):
    def __init__(self):
        self.layer = fake.Layer()
n = N()
clones = [copy.deepcopy(n) for _ in range(2)]
"""
    space, _ = run(source)
    one, other = space["clones"]
    assert one is not other
    assert one.attributes["layer"] is not other.attributes["layer"]
    assert one.attributes["layer"].cls is space["n"].attributes["layer"].cls
    assert one.created == space["n"].created


def test_decorators_that_are_not_known_change_nothing() -> None:
    space, _ = run(
        """\
@unknown
def f():
    return 1
@fake.jit(x=1)
def g():
    return 2
@unknown.reg('a')
class A:
    n = 3
a = f(), g(), A.n
"""
    )
    assert space["a"] == (1, 2, 3)
    assert isinstance(space["f"], Function)


# Imports


def test_imports_of_local_modules() -> None:
    host = TensorHost()
    package = LocalModule("pkg", "pkg/__init__.py", "pkg", {"version": 1})
    inner = LocalModule("pkg.inner", "pkg/inner.py", "pkg", {"f": 5, "_hidden": 6, "g": 7})
    host.local = {"pkg": package, "pkg.inner": inner}
    source = """\
import pkg.inner as i
import pkg
import pkg.inner
from pkg import inner, version as v
from pkg.inner import *
from pkg.inner import _hidden as h
from pkg.inner import nothing
a = i.f, pkg.inner.g, inner.f, v, f, g, h
import fake.deep.er
b = fake.deep.er.thing()
import fake.deep as d
c = d.other()
"""
    space, host = run(source, host)
    assert space["a"] == (5, 7, 5, 1, 5, 7, 6)
    assert "_hidden" not in space
    assert isinstance(space["nothing"], Unknown)
    assert [call[0] for call in host.calls] == ["fake.deep.er.thing", "fake.deep.other"]


def test_names_of_a_star_import_from_outside_are_looked_for_there() -> None:
    space, host = run("from fake import *\nlayer = Layer()\ny = relu(layer)\nn = len([1])\n")
    assert isinstance(space["layer"], Instance)
    assert host.calls[-1][0] == "fake.relu"
    assert space["n"] == 1


# Places


def test_the_place_of_a_call_is_where_it_is_written() -> None:
    source = "é = fake.f(1,\n    fake.g(2))\n"
    _, host = run(source)
    inner, outer = (call[3] for call in host.calls)
    assert inner is not None
    assert outer is not None
    assert (inner.line, inner.column, inner.text) == (4, 5, "fake.g(2))")
    assert (outer.line, outer.column, outer.end_line, outer.end_column) == (3, 5, 4, 15)
    assert outer.text == "é = fake.f(1,"
    assert outer.path == "program.py"


def test_lines_of_a_notebook_are_lines_of_cells() -> None:
    text = "import fake\nfake.f()\nfake.g()\n"
    host = TensorHost()
    interpreter = Interpreter(host)
    cells = {1: (1, 1), 2: (1, 2), 3: (2, 1)}
    interpreter.run_module(ast.parse(text), name="m", path="n.ipynb", lines=text.splitlines(), cell_of=cells.get)
    assert [(call[3].cell, call[3].line, call[3].text) for call in host.calls if call[3]] == [
        (1, 2, "fake.f()"),
        (2, 1, "fake.g()"),
    ]


# Limits


@pytest.mark.parametrize(
    "expression",
    [
        "10 ** 10 ** 10",
        "'a' * 10 ** 9",
        "[0] * 10 ** 9",
        "(1, 2) * 10 ** 9",
        "list(range(10 ** 12))",
        "1 << 10 ** 9",
        "'%1000000000d' % 1",
        "f'{1:1000000000}'",
        "'{:{}}'.format('a', 10 ** 9)",
        "'a'.ljust(10 ** 9)",
        "bytes(10 ** 9)",
        "math.factorial(10 ** 6)",
        "list(itertools.product(range(1000), repeat=10))",
        "'a' * 900000 + 'b' * 900000",
        "''.join(['a' * 1000] * 5000)",
        "('a' * 100000).replace('a', 'b' * 100000)",
        "re.match('(a+)+$', 'a' * 30 + 'b')",
        "(1).to_bytes(10 ** 9, 'big')",
        "'\\t'.expandtabs(10 ** 9)",
    ],
)
def test_values_that_are_too_large_are_unknown(expression: str) -> None:
    space, _ = run(f"import math, itertools, re\na = {expression}\nb = 1\n")
    assert isinstance(space["a"], Unknown)
    assert space["b"] == 1


def test_a_value_that_contains_itself_many_times_over_takes_no_time() -> None:
    source = """\
a = ()
for i in range(100):
    a = (a, a)
b = a == a, a in [a]
d = {}
d[a] = 1
s = str(a)
l = []
l.append(l)
t = str(l)
m = l == [l]
"""
    run(source, seconds=2.0)


@pytest.mark.parametrize(
    ("source", "which"),
    [
        ("def f():\n    while True:\n        pass\nf()\nf()\nf()\nf()\n", "steps"),
        ("x = []\nwhile True:\n    x = [0] * 100000\n", "memory"),
        ("def f():\n    x = [0] * 1000\n    while True:\n        x.sort()\nf()\n", "seconds"),
    ],
)
def test_a_program_without_end_is_stopped(source: str, which: str) -> None:
    with pytest.raises(BudgetError) as caught:
        run(source, steps=100_000, seconds=0.5, loop=10**9, elements=3_000_000)
    assert caught.value.which in {which, "seconds", "steps"}


def test_a_function_that_calls_itself_forever_is_noted_and_the_next_statement_runs() -> None:
    space, host = run("def f(n):\n    return f(n + 1)\na = 0\nf(0)\na = 1\n")
    assert space["a"] == 1
    assert [why for why, _ in host.blinds] == ["calls itself too often"]
    text = "def f(n):\n    return f(n + 1)\n"
    interpreter = Interpreter(NullHost(), Budget())
    module = interpreter.run_module(ast.parse(text), name="m", path="m.py", lines=text.splitlines())
    with pytest.raises(BudgetError) as caught:
        interpreter.call(module.namespace["f"], [0])
    assert caught.value.which == "depth"
    assert interpreter.depth == 0


def test_deep_expressions_are_blind() -> None:
    tree = ast.parse("a = 1\nb = 2\n")
    first = tree.body[0]
    assert isinstance(first, ast.Assign)
    for _ in range(20_000):
        first.value = ast.copy_location(ast.BinOp(first.value, ast.Add(), ast.Constant(1)), first)
    host = NullHost()
    module = Interpreter(host).run_module(tree, name="m", path="m.py", lines=[])
    assert module.namespace["b"] == 2
    assert [why for why, _ in host.blinds] == ["is nested too deeply"]


def test_a_generator_without_end_gives_its_first_elements() -> None:
    space, _ = run(
        "def g():\n    n = 0\n    while True:\n        yield n\n        n += 1\nit = g()\na = next(it), next(it)\n"
    )
    assert space["a"] == (0, 1)


# What the rest of the reader asks


def test_functions_and_classes_count_their_uses_and_show_their_parameters() -> None:
    space, _ = run("def f(a, /, b, c=1, *d, e, g=2, **h):\n    pass\nf(1, 2, e=3)\nclass A:\n    pass\nA()\nA()\n")
    function, cls = space["f"], space["A"]
    assert isinstance(function, Function)
    assert isinstance(cls, LocalClass)
    assert (function.calls, cls.made) == (1, 2)
    assert [(each.name, each.kind) for each in function.parameters] == [
        ("a", "positional"),
        ("b", "any"),
        ("c", "any"),
        ("d", "*"),
        ("e", "keyword"),
        ("g", "keyword"),
        ("h", "**"),
    ]


def test_a_compiled_tree_serves_another_interpreter() -> None:
    text = "import fake\ndef f(x):\n    return fake.g(x)\ny = f(fake.x)\n"
    tree = ast.parse(text)
    for _ in range(2):
        host = TensorHost()
        Interpreter(host).run_module(tree, name="m", path="m.py", lines=text.splitlines())
        assert [call[0] for call in host.calls] == ["fake.g"]


def test_values_are_described_in_words() -> None:
    text = "def f():\n    pass\nclass A:\n    pass\na = A()\n"
    interpreter = Interpreter(NullHost())
    module = interpreter.run_module(ast.parse(text), name="m", path="m.py", lines=text.splitlines())
    space = module.namespace
    assert interpreter.describe(space["f"]) == "`f` (line 1)"
    assert interpreter.describe(space["a"]) == "an object of `A` (line 3)"
    assert interpreter.describe(3) == "`3`"
    assert interpreter.describe(Unknown("`n` is an argument")) == "`n` is an argument"
