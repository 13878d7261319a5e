"""The library: what it computes for constants is Python's, what it cannot know is unknown."""

from __future__ import annotations

import pytest

from lintnet.ir import Unknown
from lintnet.loaders.source.objects import Stream, UnknownRest
from lintnet.loaders.source.values import Instance, Signal
from tests.loaders.source.null_host import TensorHost
from tests.loaders.source.test_interpreter import assert_as_python, interpret

PROGRAMS = {
    "zip is strict where it is asked to be": """\
r = []
for a, b in (([1], [1, 2]), ([1, 2], [1])):
    try:
        list(zip(a, b, strict=True))
    except ValueError:
        r.append(1)
x = list(zip([1], [2], strict=True))
""",
    "lazy maps and filters": """\
log = []
def f(x):
    log.append(x)
    return x
m = map(f, [1, 2, 3])
a = next(m)
b = list(log)
c = list(m)
d = list(filter(lambda x: x % 2, range(6)))
del m
""",
    "streams are used up": """\
z = zip([1, 2], [3, 4])
a = list(z)
b = list(z)
e = enumerate('ab')
c = next(e)
d = [*e]
r = reversed([1, 2])
f = list(r), list(r)
del z, e, r
""",
    "sums and extremes": """\
a = sum((1, 2.5)), sum([], 3), max([1, 3, 2]), min('b', 'a'), max([[1], [2]]), max(-1, 1, key=abs)
c = sum([(1,), (2,)], ())
try:
    max([])
except ValueError:
    b = 1
""",
    "rounding": """\
a = round(1.25, 1), round(-1.5), round(7), int(1e3)
b = float('nan') != float('nan')
c = int('-12'), int(True)
""",
    "errors of conversions": """\
r = []
for f, v in ((int, 'a'), (float, 'b'), (int, None), (len, 3), (iter, 4), (ord, 'ab')):
    try:
        f(v)
    except (TypeError, ValueError) as e:
        r.append(type(e).__name__)
""",
    "getattr and setattr": """\
class A:
    x = 1
a = getattr(A, 'x'), getattr(A(), 'y', None), hasattr(A, 'x'), hasattr(A, 'z')
setattr(A, 'z', 5)
b = A().z
delattr(A, 'z')
c = hasattr(A, 'z')
try:
    getattr(A(), 'q')
except AttributeError:
    d = 1
""",
    "types": """\
a = type(3).__name__, type('x') is str, type(None) is type(None), type([]) == list, type(len) == type(max)
b = isinstance(type(3), type), issubclass(bool, int), issubclass(int, (str, float)), isinstance(3, object)
N = type('N', (), {'v': 4})
c = N().v, N.__name__
""",
    "dir and vars of objects": "class A:\n    def __init__(self):\n        self.a = 1\nb = sorted(vars(A()))",
    "functions as values": """\
from functools import partial
fs = {'a': len, 'b': str.upper, 'c': partial(max, 3), 'd': int.__add__, 'e': [].append}
a = fs['a']([1]), fs['b']('x'), fs['c'](1), fs['d'](1, 2), fs['e'](1)
del fs
b = list(map(str.strip, [' a '])), sorted(['B', 'a'], key=str.lower)
""",
    "islice and count": """\
from itertools import islice, count, cycle, tee
a = list(islice(range(10), 2, 8, 3)), next(count(3)), list(islice(cycle('ab'), 5))
x, y = tee([1, 2])
b = list(x), list(y)
del x, y
""",
    "deep copies share what was shared": """\
import copy
x = [1]
a = [x, x]
b = copy.deepcopy(a)
b[0].append(2)
c = b, a
d = copy.copy({'k': x})['k'] is x
e = copy.deepcopy(((1, [2]),))
""",
    "an object that holds itself is copied": """\
import copy
class N:
    pass
n = N()
n.me = n
m = copy.deepcopy(n)
a = m.me is m, m is n
""",
    "frozen and nested dataclasses": """\
from dataclasses import dataclass, field, asdict, astuple, is_dataclass
@dataclass(frozen=True, kw_only=True)
class I:
    n: int = 1
@dataclass
class O:
    i: I = field(default_factory=I)
    xs: list = field(default_factory=lambda: [1])
    hidden: int = field(default=3, init=False, repr=False)
a = asdict(O()), astuple(O(I(n=4))), is_dataclass(O), O().hidden
try:
    I(5)
except TypeError:
    b = 1
try:
    O(1, 2, 3)
except TypeError:
    c = 1
""",
    "enumerations by function": """\
from enum import Enum
C = Enum('C', 'A B')
a = C.A.value, C['B'].value, [c.name for c in C]
D = Enum('D', {'X': 5})
b = D(5).name
""",
    "flags and names of enumerations": """\
import enum
class F(enum.IntFlag):
    A = enum.auto()
    B = enum.auto()
    C = enum.auto()
a = F.A.value, F.B.value, F.C.value, int(F.A | 2)
class S(enum.StrEnum):
    LOW = enum.auto()
b = S.LOW.value, S.LOW == 'low', f'{S.LOW}'
""",
    "namespaces": """\
from types import SimpleNamespace
n = SimpleNamespace(**{'a': 1})
a = n.a, vars(n), hasattr(n, 'b')
""",
    "paths are texts": """\
import os
from os import path as osp
a = os.path.join('a', 'b'), osp.basename('x/y.py'), os.path.splitext('m.pt')[1]
""",
    "warnings and logs are nothing": """\
import warnings, logging
warnings.filterwarnings('ignore')
log = logging.getLogger('x')
log.setLevel(logging.ERROR)
a = log.debug('hi')
del log
""",
    "parsers": """\
import argparse
p = argparse.ArgumentParser()
g = p.add_argument_group('g')
g.add_argument('--hidden-size', '-s', default=64, type=int)
g.add_argument('--on', action='store_false')
p.add_argument('--layers', nargs='+', default=[1, 2])
p.set_defaults(extra=7)
a, rest = p.parse_known_args([])
b = a.hidden_size, a.on, a.layers, a.extra, vars(a)['on']
del p, g, rest, a
""",
    "operators": """\
import operator
from functools import reduce
a = reduce(operator.mul, [1, 2, 3]), operator.getitem([5], 0), operator.not_(0), operator.contains([1], 1)
b = operator.neg(3), operator.iadd([1], [2]), operator.eq(1, 1)
""",
    "counts": """\
from collections import Counter, ChainMap
c = Counter('hello')
c.update('l')
a = c['l'], c['zz'], sum(c.values())
del c, ChainMap
""",
    "versions": "import sys\na = sys.version_info >= (3, 8), sys.version_info[0], sys.version_info.major",
    "wrapped signatures": """\
import functools, inspect
def deco(f):
    @functools.wraps(f)
    def w(*a, **k):
        return f(*a, **k)
    return w
@deco
def f(x, *, y=2):
    return x, y
a = list(inspect.signature(f).parameters), f(1), f.__name__, f.__wrapped__(3)
""",
    "cached functions": """\
from functools import lru_cache, cache
@lru_cache
def f(x):
    return [x]
@cache
def g(x):
    return x
a = f(1), g(2)
""",
    "single dispatch": "from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 'any'\na = f(3)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_library_gives_what_python_gives(name: str) -> None:
    assert_as_python(PROGRAMS[name])


@pytest.mark.parametrize(
    "expression",
    [
        "len(u)",
        "int(u)",
        "range(u)",
        "sorted(u)",
        "sum(u)",
        "sum([1, u])",
        "max(1, u)",
        "min([u])",
        "list(u)",
        "zip(u)",
        "list(map(str, u))",
        "isinstance(u, int)",
        "issubclass(u, int)",
        "hasattr(u, 'x')",
        "getattr(u, 'x', 3)",
        "getattr([], u)",
        "callable(u)",
        "math.sqrt(u)",
        "math.prod([2, u])",
        "any([0, u])",
        "all([1, u])",
        "dict(u)",
        "copy.deepcopy(u)",
        "functools.reduce(max, u)",
        "str(u)",
        "str([u])",
        "'%s' % u",
        "'{}'.format(u)",
        "','.join(['a', u])",
        "{'a': u, u: 1}.get('b')",
        "{u}",
        "sorted([1, u])",
        "[1, u].index(2)",
        "[1, u].count(1)",
        "u in {1: 2}",
        "bool(u)",
        "not u",
        "-u",
        "u ** 2",
        "u < 3",
        "[u] == [1]",
        "round(u, 2)",
        "abs(u)",
        "type(u)",
        "os.environ['A']",
        "sys.argv[1]",
        "open('x').read()",
        "eval('1')",
        "input()",
    ],
)
def test_what_cannot_be_known_is_unknown(expression: str) -> None:
    space = interpret(
        f"import math, copy, functools, os, sys\nfrom elsewhere import make\nu = make()\na = {expression}\n",
        TensorHost(),
    )
    assert isinstance(space["a"], Unknown)
    assert space["a"].why


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("any([u, 1])", True),
        ("all([u, 0])", False),
        ("isinstance([u], list)", True),
        ("len([u, u])", 2),
        ("[u, 1][1]", 1),
        ("{'a': u, 'b': 2}['b']", 2),
        ("3 in [3, u]", True),
        ("dict(a=u, b=1)['b']", 1),
        ("callable(len)", True),
        ("len(list(zip([1, 2], u)))", 2),
        ("hasattr(F, 'gelu')", True),
        ("'gelu' in dir(F)", True),
    ],
)
def test_what_does_not_depend_on_the_unknown_is_known(expression: str, expected: object) -> None:
    space = interpret(f"from elsewhere import make, F\nu = make()\na = {expression}\n", TensorHost())
    assert space["a"] == expected


def test_elements_behind_unknown_ones_stay_unknown() -> None:
    source = """\
from elsewhere import make
import fake, itertools
n = make()
blocks = [fake.Layer() for _ in range(n)]
a = list(enumerate(blocks))
b = list(zip(blocks, range(9)))
c = list(itertools.chain(blocks, [1]))
d = blocks + [fake.Layer()]
e = blocks[-1]
f = blocks[0]
g = blocks[5]
h = tuple(blocks)
i = blocks[:1]
j = blocks[1:]
"""
    space = interpret(source, TensorHost())
    assert [type(each) for each in space["a"]] == [tuple, UnknownRest]
    assert [type(each) for each in space["b"]] == [tuple, UnknownRest]
    assert [type(each) for each in space["c"]] == [Instance, UnknownRest, int]
    assert [type(each) for each in space["d"]] == [Instance, UnknownRest, Instance]
    assert isinstance(space["e"], Unknown)
    assert isinstance(space["f"], Instance)
    assert isinstance(space["g"], Unknown)
    assert type(space["h"][1]) is UnknownRest
    assert len(space["i"]) == 1
    assert isinstance(space["j"], Unknown)


def test_tensors_in_functions_of_python() -> None:
    source = """\
import fake, copy
x = fake.x
a = isinstance(x, fake.Tensor), isinstance(x, int), callable(x), x in [x], copy.deepcopy(x) is x
b = abs(x)
c = max(x, 1)
"""
    host = TensorHost()
    space = interpret(source, host)
    assert space["a"][:2] == (True, False)
    assert space["a"][3:] == (True, True)
    assert isinstance(space["b"], Signal)
    assert [call[0] for call in host.calls] == ["operator.abs", "builtins.max"]


def test_arguments_of_the_command_line_that_nobody_declared_are_unknown() -> None:
    source = """\
import argparse
p = argparse.ArgumentParser()
p.add_argument('data')
args = p.parse_args()
a = args.data
b = args.more
c = hasattr(args, 'more')
"""
    space = interpret(source)
    for name in "abc":
        assert isinstance(space[name], Unknown), name


def test_streams_are_objects_of_the_program() -> None:
    space = interpret("a = iter([1])\nb = (x for x in 'ab')\n")
    assert isinstance(space["a"], Stream)
    assert isinstance(space["b"], Stream)
