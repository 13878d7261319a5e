"""The interpreter gives what CPython gives, for programs of constants."""

from __future__ import annotations

import ast
import collections
import types
from typing import Any

import pytest

from lintnet.ir import Unknown
from lintnet.loaders.source.budget import Budget
from lintnet.loaders.source.interpreter import Interpreter
from lintnet.loaders.source.objects import DefaultDict
from tests.loaders.source.null_host import NullHost

PLAIN = (int, float, complex, str, bytes, bool, type(None), range, slice, type(...))


def interpret(source: str, host: NullHost | None = None, **limits: Any) -> dict[str, Any]:
    """Run a program and return its names."""
    interpreter = Interpreter(host or NullHost(), Budget(**limits))
    module = interpreter.run_module(
        ast.parse(source), name="program", path="program.py", lines=source.splitlines(), main=True
    )
    return dict(module.namespace)


def execute(source: str) -> dict[str, Any]:
    """Run a program in CPython and return its names."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, "program.py", "exec", dont_inherit=True), space)  # noqa: S102 - it is the oracle, of programs that stand in this file
    return space


def comparable(value: object, depth: int = 0) -> Any:
    """Bring a value into a form in which both can be compared; objects of classes become their class's name."""
    if isinstance(value, Unknown):
        return f"unknown: {value.why}"
    if isinstance(value, DefaultDict):
        value = dict(value)
    if type(value).__module__ not in {"builtins", "collections"} and not isinstance(value, tuple):
        return "object"
    if isinstance(value, PLAIN):
        return (type(value).__name__, repr(value))
    if depth > 8:
        return "deep"
    if isinstance(value, tuple | list | collections.deque):
        return (
            "sequence",
            "tuple" if isinstance(value, tuple) else type(value).__name__,
            [comparable(each, depth + 1) for each in value],
        )
    if isinstance(value, set | frozenset):
        return ("set", sorted(repr(comparable(each, depth + 1)) for each in value))
    if isinstance(value, dict):
        return ("dict", [(comparable(key, depth + 1), comparable(each, depth + 1)) for key, each in value.items()])
    if isinstance(value, type({}.keys()) | type({}.values()) | type({}.items())):
        return ("view", [comparable(each, depth + 1) for each in value])
    return "object"


SKIPPED = (types.ModuleType, types.FunctionType, type)


def assert_as_python(source: str) -> None:
    """Every name of the program has the same value in both."""
    expected = execute(source)
    host = NullHost()
    found = interpret(source, host)
    names = [name for name in expected if not name.startswith("__")]
    for name in names:
        assert name in found, f"{name} is missing; {host.blinds}"
        if isinstance(expected[name], SKIPPED):
            continue
        assert comparable(found[name]) == comparable(expected[name]), f"{name}; {host.blinds}"
    assert host.guards == 0
    assert not host.blinds


PROGRAMS = {
    "arithmetic": """\
a = 1 + 2 * 3 - 4 / 5
b = 7 // 2
c = -7 % 3
d = 2 ** 10
e = 2 ** -1
f = 5 & 3 | 8 ^ 2
g = ~5
h = 1 << 4 >> 2
i = +3
j = 3 @ 4 if False else 1
""",
    "booleans": """\
a = 1 and 2
b = 0 or 'x'
c = not []
d = None or 0 or {}
e = 1 < 2 < 3 < 3
f = 1 < 2 > 1 != 5
g = [] and 1 / 0
""",
    "comparisons": """\
a = 'a' in 'abc'
b = 3 not in [1, 2]
c = None is None
d = 1 == 1.0
e = (1, 2) < (1, 3)
f = {1: 2} == {1: 2.0}
g = [1, [2]] != [1, [2]]
h = True is not False
i = {1, 2} <= {1, 2, 3}
""",
    "texts": """\
a = 'x,y'.split(',')
b = '-'.join(['a', 'b'])
c = 'Ab'.lower().upper()
d = 'a{}b{n}'.format(1, n=2)
e = '%s-%03d' % ('a', 7)
f = f'{a!r:>20}|{3.14159:.2f}|{b}'
g = 'abc'[::-1]
h = 'abc'.replace('b', 'xx')
i = ' x '.strip()
j = 'a' 'b' * 3
k = 'abc'.find('c')
l = 'x'.zfill(4)
m = 'conv3x3'.startswith(('conv', 'bn'))
n = '%(a)s %%' % {'a': 1}
""",
    "bytes": "a = b'ab' + b'c'\nb = a[0]\nc = a.decode()\nd = 'é'.encode()\ne = list(b'ab')",
    "lists": """\
a = [1, 2, 3]
a.append(4)
a.extend(range(2))
a.insert(0, 9)
b = a.pop()
c = a.pop(0)
a.remove(2)
d = a.index(3)
a.sort(reverse=True)
e = a[1:]
a[0:1] = [7, 8]
f = a + [1] * 2
a += (5,)
g = a.count(1)
a.reverse()
h = [*a, *f]
del a[0]
i = len(a)
j = sorted(h, key=lambda v: -v)
""",
    "tuples": """\
a, b = 1, 2
a, b = b, a
c, *d, e = range(6)
(f, g), h = (1, 2), 3
*i, = 'ab'
j = (1,) + (2,)
k = (1, 2, 1).count(1)
[l, m] = [1, 2]
""",
    "dicts": """\
a = {'x': 1, **{'y': 2}}
a['z'] = 3
b = a.get('q', 5)
c = list(a.items())
d = a.pop('x')
a.update(w=1)
a.setdefault('v', []).append(1)
e = {**a, 'k': 0}
f = list(a)
g = 'z' in a
del a['z']
h = {k: v for k, v in zip('ab', [1, 2])}
i = dict(a=1, b=2)
j = dict([('x', 1)])
k = a | {'n': 1}
l = dict.fromkeys([1, 2], 0)
m = list(reversed([*h]))
""",
    "sets": """\
a = {1, 2} | {3}
b = a - {1}
c = a & {1}
a.add(5)
d = len(a)
e = 1 in a
f = set('aab')
g = frozenset([1])
h = {1, 2} ^ {2, 3}
a.discard(99)
i = a.union([7])
j = {i % 2 for i in range(5)}
""",
    "slices": """\
a = list(range(10))
b = a[2:8:2]
c = a[-3:]
d = a[:-1]
e = a[::-1]
f = slice(1, 2)
g = a[f]
h = 'abcdef'[1:4]
i = (1, 2, 3)[:2]
j = range(10)[2:5]
del a[::2]
""",
    "conditions": """\
a = 3
if a > 5:
    b = 1
elif a > 2:
    b = 2
else:
    b = 3
c = 'x' if b == 2 else 'y'
if not a:
    d = 1
else:
    d = 2
""",
    "loops": """\
a = []
for i in range(5):
    if i == 1:
        continue
    if i == 4:
        break
    a.append(i)
else:
    a.append('end')
b = 0
while b < 10:
    b += 3
else:
    b = -b
for i, (x, y) in enumerate([(1, 2), (3, 4)], 1):
    a.append((i, x, y))
""",
    "nested loops": """\
a = []
for i in range(3):
    for j in range(3):
        if j == i:
            break
        a.append((i, j))
    else:
        a.append(i)
""",
    "a list grows while it is iterated over": "a = [1]\nfor each in a:\n    if each < 5:\n        a.append(each + 1)",
    "comprehensions": """\
a = [x * y for x in range(3) for y in range(x) if y % 2 == 0]
b = {x: [y for y in range(x)] for x in range(3)}
c = [[i, j] for i, j in [(1, 2)]]
x = 5
d = [x for x in range(3)]
e = list(x for x in 'ab')
f = [i for i in range(10) if i > 3 if i < 6]
g = sum(i * i for i in range(4))
""",
    "walrus": """\
if (n := 5) > 3:
    a = n
b = [y := 1, y + 1]
c = [last := i for i in range(3)]
def f():
    return [(z := i) for i in range(3)], z
d = f()
""",
    "functions": """\
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
x = f(1, c=3)
y = f(1, 2, 3, 4, c=5, e=6)
z = f(*[1, 2], **{'c': 3})
def g(a, /, b):
    return a - b
w = g(5, b=3)
def h():
    pass
v = h()
""",
    "defaults are evaluated once": "def f(a=[]):\n    a.append(1)\n    return a\nx = f()\ny = f()\nz = len(x)",
    "closures": """\
def make(n):
    def add(m):
        return n + m
    return add
a = make(3)(4)
fs = [lambda: i for i in range(3)]
b = [f() for f in fs]
gs = [lambda i=i: i for i in range(3)]
c = [g() for g in gs]
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
s = counter()
d = [s(), s(), s()]
""",
    "globals": "n = 1\ndef f():\n    global n, m\n    n += 1\n    m = 7\nf()\nf()",
    "recursion": """\
def fact(n):
    return 1 if n < 2 else n * fact(n - 1)
a = fact(10)
def even(n):
    return True if n == 0 else odd(n - 1)
def odd(n):
    return False if n == 0 else even(n - 1)
b = even(10)
""",
    "generators": """\
def gen(n):
    for i in range(n):
        if i == 3:
            return
        yield i
    yield 'end'
a = list(gen(2))
b = list(gen(5))
def outer():
    yield 0
    yield from gen(2)
c = [*outer()]
it = iter([1, 2, 3])
d = next(it)
e = list(it)
f = next(it, 'none')
g = next(i for i in range(100) if i > 4)
""",
    "classes": """\
class A:
    k = 3
    def __init__(self, v):
        self.v = v
    def times(self):
        return self.v * self.k
    @property
    def double(self):
        return self.v * 2
    @double.setter
    def double(self, x):
        self.v = x / 2
    @staticmethod
    def s(x):
        return x + 1
    @classmethod
    def make(cls, *a):
        return cls(*a)
a = A(4)
b = a.times()
c = a.double
a.double = 10
d = a.v
e = A.s(1), a.s(2)
f = A.make(7).v
g = A.k
a.k = 5
h = a.times()
i = A.times(a)
m = a.times
j = m()
k = type(a).__name__
l = a.__class__.__name__
""",
    "inheritance": """\
class A:
    def __init__(self, x):
        self.x = x
    def f(self):
        return 'A'
class B(A):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
    def f(self):
        return 'B' + super().f()
class C(B):
    def f(self):
        return 'C' + super(C, self).f()
c = C(1, 2)
a = c.f(), c.x, c.y
b = isinstance(c, A), isinstance(c, (int, B)), issubclass(C, A), isinstance(A(1), C)
d = [k.__name__ for k in C.__mro__][:3]
""",
    "diamond": """\
class A:
    def f(self):
        return ['A']
class B(A):
    def f(self):
        return ['B'] + super().f()
class C(A):
    def f(self):
        return ['C'] + super().f()
class D(B, C):
    def f(self):
        return ['D'] + super().f()
a = D().f()
""",
    "super in a comprehension's method and in class methods": """\
class A:
    @classmethod
    def make(cls):
        return cls.__name__
    def f(self, n):
        return n
class B(A):
    @classmethod
    def make(cls):
        return 'B' + super().make()
    def f(self, n):
        up = super()
        return [up.f(i) for i in range(n)]
a = B.make()
b = B().f(3)
""",
    "class bodies": """\
n = 1
class A:
    n = n + 1
    m = [n] * 2
    def f(self):
        return n
    class Inner:
        z = 4
    if n > 1:
        big = True
    for i in range(3):
        pass
a = A.n, A.m, A().f(), A.Inner.z, A.big, A.i
""",
    "special methods": """\
class V:
    def __init__(self, *v):
        self.v = list(v)
    def __len__(self):
        return len(self.v)
    def __getitem__(self, i):
        return self.v[i]
    def __setitem__(self, i, x):
        self.v[i] = x
    def __iter__(self):
        return iter(self.v)
    def __contains__(self, x):
        return x in self.v
    def __call__(self, x):
        return x * 2
    def __add__(self, o):
        return V(*(self.v + o.v))
    def __radd__(self, o):
        return o
    def __eq__(self, o):
        return self.v == o.v
    def __bool__(self):
        return bool(self.v)
    def __neg__(self):
        return -1
    def __enter__(self):
        return 'in'
    def __exit__(self, *e):
        self.v.append('out')
    def __str__(self):
        return 'V!'
    def __lt__(self, o):
        return len(self) < len(o)
v = V(1, 2)
a = len(v), v[0], list(v), 2 in v, v(4), (v + V(3)).v, 5 + v, v == V(1, 2), bool(V()), -v, str(v), f'{v}', V() < v
v[1] = 9
with v as w:
    b = w
c = v.v
d = [x for x in v]
e, f, g = v
h = sorted([V(1, 2), V(1)])[0].v
""",
    "getattr of classes": """\
class A:
    def __getattr__(self, name):
        return name + '!'
a = A().foo
b = getattr(A(), 'x')
c = hasattr(object(), 'x')
class B:
    pass
b1 = B()
setattr(b1, 'y', 3)
d = b1.y, getattr(b1, 'z', 5), hasattr(b1, 'y'), hasattr(b1, 'z')
del b1.y
e = hasattr(b1, 'y')
""",
    "iterators of classes": """\
class It:
    def __init__(self):
        self.n = 0
    def __iter__(self):
        return self
    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration
        return self.n
a = list(It())
class G:
    def __getitem__(self, i):
        if i > 2:
            raise IndexError
        return i
b = list(G())
class Y:
    def __iter__(self):
        yield 1
        yield 2
c = [*Y()]
""",
    "exceptions": """\
def f(x):
    try:
        return {'a': 1}[x]
    except KeyError as e:
        return 'no ' + str(e)
    finally:
        log.append(x)
log = []
a = f('a'), f('b')
try:
    1 / 0
except (ValueError, ZeroDivisionError) as e:
    b = type(e).__name__
else:
    b = 0
try:
    [][1]
except LookupError:
    c = 1
try:
    int('x')
except ValueError:
    d = 1
try:
    raise RuntimeError('m', 2)
except Exception as e:
    g = e.args, str(e)
try:
    pass
except Exception:
    h = 1
else:
    h = 2
""",
    "own exceptions": """\
class E(ValueError):
    def __init__(self, n):
        super().__init__(f'n={n}')
        self.n = n
try:
    raise E(3)
except ValueError as e:
    a = e.n, str(e), isinstance(e, E)
try:
    try:
        raise KeyError('x')
    except KeyError:
        raise
except KeyError as e:
    b = repr(e)
try:
    raise E
except TypeError:
    c = 'needs n'
def g():
    for i in range(3):
        try:
            continue
        finally:
            out.append(i)
out = []
g()
""",
    "names after handlers": """\
e = 1
try:
    1 / 0
except ZeroDivisionError as e:
    a = 1
try:
    e
    b = 'still'
except NameError:
    b = 'gone'
""",
    "finally wins": """\
def f():
    try:
        return 1
    finally:
        return 2
a = f()
def g():
    x = 1
    try:
        return x
    finally:
        x = 5
b = g()
def h():
    try:
        1 / 0
    finally:
        return 'kept'
c = h()
""",
    "missing attributes": """\
class A:
    pass
try:
    A().x
    a = 0
except AttributeError:
    a = 1
try:
    (1).foo
except AttributeError:
    b = 1
try:
    None.x
except AttributeError:
    c = 1
""",
    "wrong calls": """\
def f(a):
    return a
r = []
for args, kw in [((), {}), ((1, 2), {}), ((1,), {'b': 2}), ((1,), {'a': 2})]:
    try:
        f(*args, **kw)
        r.append('ok')
    except TypeError:
        r.append('type')
three = 3
try:
    three()
except TypeError:
    a = 1
""",
    "decorators": """\
def twice(f):
    def inner(*a, **k):
        return f(f(*a, **k))
    return inner
@twice
def add(x):
    return x + 1
a = add(1)
def named(n):
    def deco(f):
        reg[n] = f
        return f
    return deco
reg = {}
@named('x')
def g():
    return 5
b = reg['x']()
def cls_deco(c):
    c.tag = 1
    return c
@cls_deco
class K:
    pass
c = K.tag
""",
    "functools": """\
import functools
from functools import partial, reduce, wraps
p = partial(int, base=2)
a = p('101')
b = reduce(lambda x, y: x * y, [1, 2, 3, 4], 1)
def d(f):
    @wraps(f)
    def w(*a):
        return f(*a)
    return w
@d
def named():
    return 1
c = named.__name__, named()
@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
e = fib(15)
class A:
    @functools.cached_property
    def x(self):
        calls.append(1)
        return 3
calls = []
z = A()
f = z.x + z.x, len(calls)
g = partial(partial(max, 3), 5)(1)
h = p.keywords
""",
    "itertools": """\
import itertools as it
a = list(it.chain([1], (2, 3)))
b = list(it.product([1, 2], repeat=2))
c = list(it.islice(it.count(5), 3))
d = list(it.accumulate([1, 2, 3]))
e = list(it.zip_longest([1], [2, 3], fillvalue=0))
f = list(it.chain.from_iterable([[1], [2]]))
g = list(it.repeat('x', 2))
h = list(it.starmap(pow, [(2, 3)]))
i = list(it.pairwise([1, 2, 3]))
j = list(it.combinations([1, 2, 3], 2))
k = list(it.takewhile(lambda x: x < 2, [1, 2, 1]))
l = [x for x, _ in zip(it.cycle([1, 2]), range(3))]
m = list(it.permutations([1, 2]))
n = list(it.dropwhile(lambda x: x < 2, [1, 2, 1]))
""",
    "math": """\
import math
from math import ceil, floor, sqrt, log2
a = sqrt(16), ceil(2.1), floor(-2.1), log2(8), math.pi, math.gcd(12, 18), math.prod([2, 3]), math.inf > 1
b = math.isclose(0.1 + 0.2, 0.3)
c = int(math.pow(2, 3)), round(2.5), round(2.567, 1), divmod(7, 2), abs(-3), pow(2, 3, 5)
d = math.factorial(5), math.exp(0), math.hypot(3, 4)
""",
    "operator": """\
import operator as op
a = op.add(1, 2), op.itemgetter(1)([5, 6]), op.itemgetter('a', 'b')({'a': 1, 'b': 2})
class A:
    x = 3
b = op.attrgetter('x')(A()), op.mul(2, 3), op.methodcaller('upper')('a')
c = sorted([(1, 'b'), (0, 'a')], key=op.itemgetter(0))
""",
    "builtins": """\
a = list(map(lambda x, y: x + y, [1, 2], [3, 4]))
b = list(filter(None, [0, 1, '', 'a']))
c = list(reversed([1, 2]))
d = min(3, 1, 2), max([1, 5]), min([], default=0), max('ab', key=ord), sum([1, 2], 10), sum([[1], [2]], [])
e = any([0, 1]), all([]), all([1, 0]), bool(''), callable(len), callable(3)
f = int('7'), int(3.9), float('1.5'), str(1.0), int('ff', 16), bin(5), hex(255), oct(8), chr(97), ord('a')
g = list(zip([1, 2], 'ab')), list(zip()), list(enumerate('ab'))
h = isinstance(1, int), isinstance(True, int), isinstance('a', (list, str)), isinstance([], list), isinstance(1, float)
i = type(1) is int, type('') == str, type([]).__name__
j = list(range(5, 0, -2)), range(3) == range(0, 3), 3 in range(5), len(range(10))
k = tuple([1]), list((1,)), set([1]), dict(a=1), list('ab'), sorted({'b': 1, 'a': 2})
l = repr('a'), format(3.14159, '.2f'), f'{1:03d}', str([1, 'a']), str((1,)), ascii('é')
m = round(3.7), abs(-2.5), next(iter([9])), sorted([3, 1], reverse=True), isinstance(None, type(None))
n = hasattr([], 'append'), getattr('abc', 'upper')(), complex(1, 2), 1j * 1j
""",
    "collections": """\
from collections import OrderedDict, defaultdict, Counter, deque, namedtuple
a = OrderedDict([('x', 1)])
a['y'] = 2
a.move_to_end('x')
b = list(a)
c = defaultdict(list)
c['k'].append(1)
d = dict(c), c['z'], len(c)
e = Counter('aab').most_common(1), Counter('ab')['z']
f = deque([1, 2], maxlen=2)
f.append(3)
g = list(f), f[0], f.popleft()
P = namedtuple('P', 'x y', defaults=[5])
h = P(1).y, P(1, 2)[0], P(x=1, y=2) == (1, 2), P(3)._replace(y=1), P(1)._asdict(), P._fields
i, j = P(7)
k = isinstance(P(1), tuple), isinstance(a, dict), isinstance(c, dict)
""",
    "named tuples": """\
from typing import NamedTuple
class P(NamedTuple):
    x: int
    y: str = 'd'
    def both(self):
        return (self.x, self.y)
a = P(1).both(), P(1, 'b').y, P(2) == (2, 'd'), len(P(1)), P(1)._fields
x, y = P(5)
b = [*P(3)]
""",
    "dataclasses": """\
from dataclasses import dataclass, field, replace, asdict, fields
@dataclass
class C:
    a: int
    b: list = field(default_factory=list)
    c: str = 'x'
    def __post_init__(self):
        self.d = self.a * 2
@dataclass
class D(C):
    e: int = 9
x = C(1)
x.b.append(2)
a = x.a, x.b, x.c, x.d, C(1) == C(1), C(1) == C(2), C(5).b
y = D(1, [3], e=4)
b = y.e, y.b, replace(y, a=7).a, asdict(C(1)), [f.name for f in fields(D)]
c = repr(C(1))
@dataclass(order=True)
class O:
    n: int
d = O(1) < O(2), max(O(3), O(1)).n
""",
    "enumerations": """\
from enum import Enum, IntEnum, auto, unique
@unique
class Color(Enum):
    RED = 1
    BLUE = 'b'
    @property
    def low(self):
        return self.name.lower()
    @classmethod
    def first(cls):
        return cls.RED
a = Color.RED.value, Color.RED.name, Color('b').name, Color['BLUE'].value, Color.RED.low, Color.first().name
b = [c.name for c in Color], len(Color), Color.RED is Color(1), Color.RED == Color.BLUE
b2 = Color.RED in Color, str(Color.RED), repr(Color.RED)
class N(IntEnum):
    A = auto()
    B = auto()
c = N.B + 1, N.A < N.B, N.B == 2, [10, 20, 30][N.B], {N.A: 1}[N.A], {1: 'x'}[N.A]
class M(str, Enum):
    X = 'x'
d = M.X == 'x', M('x').name, {'x': 1}[M.X], isinstance(M.X, str)
class T(Enum):
    P = (1, 2)
    Q = (3, 4)
    R = (1, 2)
    def __init__(self, u, v):
        self.s = u + v
e = T.P.s, T.Q.s, T.R.name, list(T.__members__)
try:
    Color(99)
except ValueError:
    f = 'no'
""",
    "copies": """\
import copy
a = [[1], {2: [3]}]
b = copy.copy(a)
c = copy.deepcopy(a)
a[0].append(9)
d = b[0], c[0]
class P:
    def __init__(self):
        self.v = [1]
p = P()
q = copy.deepcopy(p)
q.v.append(2)
e = p.v, q.v
r = [copy.deepcopy(p) for _ in range(2)]
r[0].v.append(7)
f = r[1].v
""",
    "contexts": """\
import contextlib
log = []
@contextlib.contextmanager
def c():
    yield 5
with c() as v:
    a = v
with contextlib.suppress(KeyError):
    {}[1]
b = 1
class M:
    def __enter__(self):
        log.append('in')
        return self
    def __exit__(self, t, e, tb):
        log.append(t.__name__ if t else None)
        return True
with M() as m, M():
    raise ValueError
with contextlib.nullcontext(4) as n:
    pass
""",
    "match": """\
def f(x):
    match x:
        case 0:
            return 'zero'
        case 'a' | 'b':
            return 'letter'
        case [1, *rest]:
            return rest
        case {'k': v, **more}:
            return v, more
        case str() as s:
            return 'text ' + s
        case int(n) if n > 10:
            return n
        case (a, b):
            return a + b
        case None:
            return 'none'
        case _:
            return 'other'
a = [f(x) for x in (0, 'b', [1, 2, 3], {'k': 1, 'j': 2}, 'zz', 11, (3, 4), None, 5)]
class P:
    __match_args__ = ('x',)
    def __init__(self, x, y):
        self.x = x
        self.y = y
def g(p):
    match p:
        case P(1, y=z):
            return z
        case P(x):
            return x
b = g(P(1, 5)), g(P(2, 5))
""",
    "native bases": """\
class D(dict):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.extra = 1
    def __getattr__(self, n):
        try:
            return self[n]
        except KeyError:
            raise AttributeError(n)
d = D(x=1)
d['y'] = 2
a = d.x, d['y'], len(d), list(d), 'x' in d, d.extra, d.get('q'), getattr(d, 'none', 0), dict(d), isinstance(d, dict)
class L(list):
    def first(self):
        return self[0]
l = L([3, 4])
l.append(5)
b = l.first(), len(l), [*l], sum(l), isinstance(l, list)
class I(int):
    def twice(self):
        return self * 2
c = I(4).twice(), I(3) + 1, I(2) == 2
class S(str):
    pass
e = S('ab').upper(), S('x') + 'y'
""",
    "inspect": """\
import inspect
def f(a, *, b=1, **k):
    pass
p = inspect.signature(f).parameters
a = list(p), p['b'].default, p['a'].default is inspect.Parameter.empty, p['b'].kind == inspect.Parameter.KEYWORD_ONLY
b = next(i for i, q in enumerate(p.values()) if q.kind == q.KEYWORD_ONLY)
del p
c = inspect.isclass(int), inspect.isfunction(f)
""",
    "argparse": """\
import argparse
p = argparse.ArgumentParser(description='x')
p.add_argument('--lr', type=float, default=0.1)
p.add_argument('--no-cuda', action='store_true')
p.add_argument('-b', '--batch-size', type=int, default='32')
p.add_argument('--name')
args = p.parse_args([])
a = args.lr, args.no_cuda, args.batch_size, args.name
""",
    "names and modules": """\
from types import SimpleNamespace
from typing import List, Optional, Union, TYPE_CHECKING, cast, TypeVar
T = TypeVar('T')
n = SimpleNamespace(a=1, b=[2])
n.c = 3
a = n.a + n.c
b = TYPE_CHECKING, cast(int, 5)
X = Optional[List[int]]
c = __name__
if __name__ == '__main__':
    d = 1
""",
    "annotations": """\
a: int = 3
b: list[int]
class C:
    x: int = 1
    y: 'str'
c = C.x
def f(q: int = 2) -> None:
    z: int = q
    return z
d = f()
""",
    "deletion": """\
a = 1
del a
try:
    a
except NameError:
    b = 1
x = [1, 2, 3]
del x[0], x[-1]
d = {1: 2}
del d[1]
a = 5
""",
    "star expressions": """\
def f(*a, **k):
    return a, k
a = f(*[1], *(2, 3), x=1, **{'y': 2}, **{})
b = [*range(2), *'ab']
c = {**{'a': 1}, 'a': 2}
d = *b, 1
first, *_ = b
""",
    "string formatting": """\
n = 3
a = f'{n=}' if False else f'n={n}'
b = f'{n:>{n + 2}}'
c = '{0}-{0}-{1}'.format(1, 2)
d = '{a[0]} {b}'.format(a=[5], b='x')
e = f'{[1, 2]} {{}} {1 + 1}'
f = '{:>5}|{:<5}|{:^5}'.format('a', 'b', 'c')
g = '%5.2f|%-4s|%x' % (1.5, 'a', 255)
h = f'{"x"!r}{1.0:g}'
i = 'layer%d' % 3
j = f'{True} {None} {1e-5}'
""",
    "chained calls and lambdas": """\
f = lambda *a, k=1, **kw: (a, k, kw)
a = f(1, 2, k=3, z=4)
b = (lambda x: lambda y: x + y)(1)(2)
c = [1, 2, 3].__len__()
d = ' a b '.strip().split(' ')[0].upper()
""",
    "attribute of functions": """\
def f():
    f.n = getattr(f, 'n', 0) + 1
    return f.n
a = f(), f(), f.__name__
def g():
    return 1
g.tag = 'x'
b = g.tag, hasattr(g, 'nope')
""",
    "class attributes change": """\
class A:
    n = 0
class B(A):
    pass
a = B.n
A.n = 5
b = B.n, B().n
B.n = 7
c = A.n, B.n
""",
    "new": """\
class S:
    one = None
    def __new__(cls, *a):
        if cls.one is None:
            cls.one = super().__new__(cls)
        return cls.one
    def __init__(self, v=0):
        self.v = v
a = S(1)
b = S(2)
c = a is b, a.v
""",
    "slots and dunder dict": """\
class A:
    def __init__(self):
        self.x = 1
a = A()
b = dict(a.__dict__), vars(a)
a.__dict__['y'] = 2
c = a.y
a.__dict__.update(z=3)
d = a.z
""",
    "private names": """\
class A:
    def __init__(self):
        self.__x = 1
    def get(self):
        return self.__x
class B(A):
    def __init__(self):
        super().__init__()
        self.__x = 2
b = B()
a = b.get(), sorted(b.__dict__)
""",
    "setattr hook": """\
class A:
    def __setattr__(self, k, v):
        super().__setattr__(k, v * 2)
a = A()
a.x = 3
b = a.x
class B:
    def __setattr__(self, k, v):
        object.__setattr__(self, k, v + 1)
c = B()
c.x = 1
d = c.x
""",
    "short circuits have no effects": """\
log = []
def f(x):
    log.append(x)
    return x
a = f(0) and f(1)
b = f(2) or f(3)
c = f(4) if f(0) else f(5)
d = 1 < 0 < f(6)
""",
    "unpacking errors": """\
r = []
for v in ([1], [1, 2, 3]):
    try:
        x, y = v
    except ValueError:
        r.append('v')
try:
    x, y = 5
except TypeError:
    r.append('t')
""",
    "mutable sharing": """\
a = [1]
b = a
b.append(2)
c = a is b, a
d = [[0] * 2] * 2
d[0][0] = 1
e = d
def f(l):
    l += [9]
f(a)
x = (1,)
y = x
y += (2,)
""",
    "numbers": """\
a = (3).bit_length(), 2.0.is_integer(), 1_000, 0x1F, 0b11, 1e3, .5, 7 // -2, -7 // 2, 7 % -3, 1 / 3
b = int(-3.7), round(0.5), round(1.5), True + True, 10 ** 20, 3 / 1, 2 ** 0.5
c = float('inf') > 10 ** 100, (1).real, 5 .__add__(3)
""",
    "regular expressions": """\
import re
m = re.match(r'([a-z]+)(\\d*)', 'ab12')
a = m.group(1), m.group(2), m.groups(), re.sub('a', 'b', 'aa')
b = re.split(r'(\\d.*)', 'k3'), re.findall('[0-9]', 'a1b2'), re.match('x', 'y')
""",
    "ternary chains": """\
def f(n):
    return 'neg' if n < 0 else 'zero' if n == 0 else 'pos'
a = [f(x) for x in (-1, 0, 1)]
b = [x if x % 2 else -x for x in range(4)]
""",
    "loops with else and return": """\
def find(xs, t):
    for i, x in enumerate(xs):
        if x == t:
            return i
    else:
        return -1
a = find([1, 2], 2), find([1], 5)
def w():
    n = 0
    while True:
        n += 1
        if n > 5:
            return n
b = w()
""",
    "nested classes and functions": """\
def make(base):
    class K(base):
        def f(self):
            return base.__name__ + super().f()
    return K
class R:
    def f(self):
        return 'r'
a = make(make(R))().f()
""",
    "conditional definitions": """\
try:
    import json as j
    ok = True
except ImportError:
    ok = False
if ok:
    def f():
        return 1
else:
    def f():
        return 2
a = f()
del j
""",
    "global lookup through methods": """\
SIZE = 3
class A:
    SIZE = 9
    def f(self):
        return SIZE, self.SIZE
a = A().f()
""",
    "assert is not run": "assert True\na = 1\nassert a == 1, 'no'",
    "a model configuration": """\
cfgs = {'A': [64, 'M', 128], 'B': [64, 64, 'M']}
def make(cfg, bn=False):
    layers = []
    c = 3
    for v in cfgs[cfg]:
        if v == 'M':
            layers += ['pool']
        else:
            layers += [('conv', c, v)] + (['bn'] if bn else []) + ['relu']
            c = v
    return layers
a = make('A'), make('B', bn=True)
def div(v, d, m=None):
    if m is None:
        m = d
    n = max(m, int(v + d / 2) // d * d)
    if n < 0.9 * v:
        n += d
    return n
b = [div(16 * w, 8) for w in (0.35, 0.5, 1.0, 1.4)]
rates = [x / 10 for x in range(5)]
c = rates[::-1]
""",
    "starred assignment in loops": """\
r = []
for a, *b in [(1, 2, 3), (4,)]:
    r.append((a, b))
for i, r2 in zip(range(2), [[1], [2]]):
    pass
""",
    "global statement in nested function": """\
n = 0
def f():
    def g():
        global n
        n = 5
    g()
f()
""",
    "nonlocal through two levels": """\
def f():
    x = 1
    def g():
        def h():
            nonlocal x
            x = 9
        h()
    g()
    return x
a = f()
""",
    "class variable in comprehension": "class A:\n    xs = [1, 2]\n    ys = [x * 2 for x in xs]\na = A.ys",
    "abstract classes": """\
from abc import ABC, abstractmethod
class A(ABC):
    @abstractmethod
    def f(self):
        ...
class B(A):
    def f(self):
        return 3
a = B().f(), isinstance(B(), A)
""",
    "protocols and generics": """\
from typing import Generic, TypeVar, Protocol
T = TypeVar('T')
class Box(Generic[T]):
    def __init__(self, v):
        self.v = v
class P(Protocol):
    x: int
a = Box[int](3).v
""",
    "isinstance of abstract types": """\
from collections.abc import Iterable, Sequence, Mapping, Callable
import numbers
a = isinstance([], Iterable), isinstance(3, Iterable), isinstance((), Sequence), isinstance({}, Mapping)
b = isinstance('a', Sequence), isinstance(3, numbers.Number), isinstance(len, Callable)
""",
    "asynchronous functions as others": "async def f():\n    return 1\na = 2",
    "raise from": """\
try:
    try:
        {}['a']
    except KeyError as err:
        raise ValueError('v') from err
except ValueError as e:
    a = str(e)
""",
    "while with pop": """\
stack = [1, [2, [3]]]
flat = []
while stack:
    x = stack.pop()
    if isinstance(x, list):
        stack.extend(x)
    else:
        flat.append(x)
""",
    "sorting": """\
a = sorted(['b', 'A', 'c'], key=str.lower)
b = sorted([(2, 'a'), (1, 'b')])
c = sorted({3: 1, 1: 2}.items(), key=lambda kv: kv[1], reverse=True)
d = [3, 1, 2]
d.sort(key=lambda x: -x)
""",
    "merging defaults": """\
DEFAULTS = dict(a=1, b=2)
def f(**kw):
    kw = {**DEFAULTS, **kw}
    kw.pop('b', None)
    return kw
a = f(b=3, c=4)
def g(*, x=1, **rest):
    return x, rest
b = g(**dict(x=5, y=6))
""",
    "registry": """\
REG = {}
def register(fn=None, *, name=None):
    def deco(f):
        REG[name or f.__name__] = f
        return f
    return deco if fn is None else deco(fn)
@register
def one():
    return 1
@register(name='zwei')
def two():
    return 2
a = sorted(REG), REG['zwei'](), REG.get('x', lambda: 0)()
""",
    "property inheritance": """\
class A:
    @property
    def n(self):
        return 1
class B(A):
    @property
    def n(self):
        return super().n + 1
a = B().n
""",
    "union types": """\
A = int | None
B = int | str
a = isinstance(3, int | str), isinstance(None, int | None), isinstance(1.0, B)
""",
    "counting loops": """\
n = 0
for i in range(100):
    for j in range(10):
        n += i * j % 3
m = sum(1 for i in range(50) if i % 7 == 0)
""",
    "generator laziness": """\
def g():
    n = 0
    while True:
        yield n
        n += 1
x = (i * i for i in range(10 ** 9))
a = next(x), next(x), next(x)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_constants_gives_what_python_gives(name: str) -> None:
    assert_as_python(PROGRAMS[name])
