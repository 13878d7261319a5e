"""Conditions: the tests of an atom, and the `where`, `let` and `severity_when` of a rule.

The text is read with `ast` through a whitelist and turned into a small tree of its own; nothing is ever
handed to `eval`. What a name, an attribute or a call means is asked from an `Environment`, so this module knows
neither graphs nor facts.

Every value may be unknown, and logic is Kleene's (`lintnet.ir.unknown`): what is unknown stays unknown unless
the rest decides. A comparison with an axis-valued operand (`kernel`, `stride`) is true if it is true for *any*
axis, unless it is written `all(...)`. A value of one axis stands for every axis.

Refused on purpose: subscripts, conditional expressions, lambdas, comprehensions, f-strings, methods, keyword
arguments. A rule that needs them needs a Python check.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, TypeVar, assert_never, cast

from lintnet.ir.kinds import ATTRIBUTES
from lintnet.ir.unknown import UNKNOWN, Truth, Unknown, Value, all_of, any_of, compare, negate
from lintnet.paths.errors import PathError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Arithmetic",
    "Attribute",
    "Call",
    "Comparison",
    "Environment",
    "Expression",
    "Literal",
    "Logic",
    "Name",
    "Negative",
    "Not",
    "Term",
    "evaluate",
    "mutants",
    "parse_expression",
]

_LONGEST: Final = 2000
"""Characters of one expression."""
_DEEPEST: Final = 40
"""Nesting of one expression; keeps recursion far from Python's limit."""
_LARGEST_POWER: Final = 64
"""Every result is below 1e308, so with this exponent the largest intermediate integer has 65,000 bits."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, `True`, `False` or `None`; a tuple of them only as the right side of `in`."""

    value: bool | float | str | tuple[bool | float | str | None, ...] | None


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name: an attribute in a test, a capture or a `let` in a rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`capture.attribute`."""

    base: str
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A registered function of captures."""

    function: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two values and one of `+ - * / % **`."""

    operator: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Negative:
    """The value with its sign turned."""

    operand: Term


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chain of comparisons. `quantifier` is `all`, `any` or empty (which means any) and speaks of axes."""

    operators: tuple[str, ...]
    operands: tuple[Term, ...]
    quantifier: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    operand: Term


@dataclass(frozen=True, slots=True)
class Logic:
    """Conjunction or disjunction (`operator` is `and` or `or`) of two or more parts."""

    operator: str
    parts: tuple[Term, ...]


Term: TypeAlias = Literal | Name | Attribute | Call | Arithmetic | Negative | Comparison | Not | Logic
"""One node of an expression."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; equal expressions have equal trees, wherever they were written.

    names: every name that must be bound: bare names, bases of attributes, arguments of calls.
    attributes: the (name, attribute) pairs. calls: the (function, arguments) pairs.
    """

    root: Term
    names: frozenset[str] = field(init=False, compare=False, repr=False)
    attributes: frozenset[tuple[str, str]] = field(init=False, compare=False, repr=False)
    calls: frozenset[tuple[str, tuple[str, ...]]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Collect what the expression refers to."""
        terms = list(_walk(self.root))
        attributes = frozenset((term.base, term.name) for term in terms if isinstance(term, Attribute))
        calls = frozenset((term.function, term.arguments) for term in terms if isinstance(term, Call))
        names = {term.name for term in terms if isinstance(term, Name)}
        names.update(base for base, _ in attributes)
        names.update(argument for _, arguments in calls for argument in arguments)
        object.__setattr__(self, "names", frozenset(names))
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "calls", calls)

    def __str__(self) -> str:
        """Return a text that parses to the same expression."""
        return _text(self.root)


class Environment(Protocol):
    """What the names of an expression mean."""

    def name(self, name: str, /) -> object:
        """Return the value of a bare name; a capture may be any object, `None` when it took no part."""
        ...

    def attribute(self, capture: str, attribute: str, /) -> Value:
        """Return an attribute of a captured node."""
        ...

    def call(self, function: str, arguments: tuple[str, ...], /) -> Value:
        """Return what a registered function says of the captures with these names."""
        ...


# --- reading ---------------------------------------------------------------------------------------------------

_COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_ARITHMETIC: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
}
_QUANTIFIERS: Final = frozenset({"all", "any"})
_STRING: Final = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")


def parse_expression(text: str, functions: frozenset[str] = frozenset()) -> Expression:
    """Read an expression in which only `functions` may be called, on plain names.

    Raises:
        PathError: the text is no expression, or holds anything outside the whitelist.
    """
    if not text.strip():
        message = "empty expression"
        raise PathError(message, text, 0)
    if len(text) > _LONGEST:
        message = f"an expression holds at most {_LONGEST} characters"
        raise PathError(message, text, _LONGEST)
    bare = _STRING.sub(lambda found: "_" * len(found[0]), text)
    for sign in "#\\":  # a comment or a continued line would end the expression unseen
        if sign in bare:
            message = f"`{sign}` has no place in an expression"
            raise PathError(message, text, bare.index(sign))
    line = re.sub(r"\s", " ", text)
    indent = len(line) - len(line.lstrip())
    line = line.strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # `'\\d'` and `1and 2` are only warned about by Python
            tree = ast.parse(line, mode="eval")
    except SyntaxError as error:
        message = f"not an expression: {error.msg}"
        # What is missing at the end is reported on a second line that does not exist.
        column = error.offset - 1 if error.lineno == 1 and error.offset else len(line)
        raise PathError(message, text, indent + column) from None
    except (ValueError, RecursionError, MemoryError):
        message = "not an expression"
        raise PathError(message, text, indent) from None
    return Expression(_Reader(text, line, indent, functions).condition(tree.body, 0))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns `ast` nodes into terms, or refuses. `line` is the text without the `indent` before it."""

    text: str
    line: str
    indent: int
    functions: frozenset[str]

    def error(self, message: str, node: ast.AST) -> PathError:
        """Return the error at a node; `ast` counts bytes, people count characters."""
        column = len(self.line.encode()[: getattr(node, "col_offset", 0)].decode())
        return PathError(message, self.text, self.indent + column)

    def condition(self, node: ast.expr, depth: int) -> Term:
        """Read what may stand where a truth is expected; a value is one too (a flag, a fact)."""
        if depth > _DEEPEST:
            message = "nested too deeply"
            raise self.error(message, node)
        match node:
            case ast.BoolOp():
                parts = tuple(self.condition(part, depth + 1) for part in node.values)
                return Logic("and" if isinstance(node.op, ast.And) else "or", parts)
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.condition(node.operand, depth + 1))
            case ast.Compare():
                return self.comparison(node, "", depth)
            case ast.Call(func=ast.Name(id=word)) if word in _QUANTIFIERS:
                return self.quantified(node, word, depth)
            case _:
                return self.value(node, depth)

    def quantified(self, node: ast.Call, word: str, depth: int) -> Term:
        """Read `all(...)` or `any(...)` around one comparison of an axis-valued attribute."""
        match node:
            case ast.Call(args=[ast.Compare() as inner], keywords=[]):
                term = self.comparison(inner, word, depth + 1)
            case _:
                message = f"`{word}(...)` holds one comparison, such as `{word}(kernel == 1)`"
                raise self.error(message, node)
        if not any(
            isinstance(part, Name | Attribute) and part.name in ATTRIBUTES and ATTRIBUTES[part.name].type == "axes"
            for part in _walk(term)
        ):
            message = f"`{word}(...)` is about axes, and no attribute in it has a value per axis"
            raise self.error(message, node)
        return term

    def comparison(self, node: ast.Compare, quantifier: str, depth: int) -> Comparison:
        """Read a chain; membership stands alone and takes a literal tuple."""
        operators: list[str] = []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if type(operator) not in _COMPARISONS:
                message = "`is` compares objects; write `==`"
                raise self.error(message, right)
            operators.append(_COMPARISONS[type(operator)])
        if "in" not in operators and "not in" not in operators:
            operands = [self.value(each, depth + 1) for each in (node.left, *node.comparators)]
            return Comparison(tuple(operators), tuple(operands), quantifier)
        options = node.comparators[-1]
        if len(operators) > 1 or not isinstance(options, ast.Tuple) or not options.elts:
            message = "`in` takes a literal tuple, such as `form in ('path', 'alpha')`"
            raise self.error(message, options)
        values: list[bool | float | str | None] = []
        for each in options.elts:
            term = self.value(each, depth + 1)
            if not isinstance(term, Literal) or isinstance(term.value, tuple):
                message = "`in` takes literals only"
                raise self.error(message, each)
            values.append(term.value)
        left = self.value(node.left, depth + 1)
        return Comparison(tuple(operators), (left, Literal(tuple(values))), quantifier)

    def value(self, node: ast.expr, depth: int) -> Term:
        """Read a number, text, name, attribute, call or arithmetic."""
        if depth > _DEEPEST:
            message = "nested too deeply"
            raise self.error(message, node)
        match node:
            case ast.Constant(value=bool() | int() | str() | None as value):
                return Literal(value)
            case ast.Constant(value=float() as value) if math.isfinite(value):
                return Literal(value)
            case ast.Name():
                if node.id in _QUANTIFIERS:
                    message = f"`{node.id}` is a word of the language"
                    raise self.error(message, node)
                return Name(node.id)
            case ast.Attribute(value=ast.Name(id=base)):
                return Attribute(base, node.attr)
            case ast.UnaryOp(op=ast.USub()):
                operand = self.value(node.operand, depth + 1)
                if isinstance(operand, Literal) and _is_number(operand.value):
                    return Literal(-cast("float", operand.value))
                return Negative(operand)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
                return Arithmetic(_ARITHMETIC[type(node.op)], left, right)
            case ast.Call(func=ast.Name(id=word)) if word not in _QUANTIFIERS:
                return self.call(node, word)
            case ast.Compare() | ast.BoolOp() | ast.Call():
                message = "a condition cannot stand where a value is expected"
                raise self.error(message, node)
            case _:
                message = "not allowed in an expression"
                raise self.error(message, node)

    def call(self, node: ast.Call, function: str) -> Call:
        """Read a call of a known function on plain names."""
        if function not in self.functions:
            message = f"unknown function `{function}`{suggestion(function, self.functions)}"
            raise self.error(message, node)
        if node.keywords:
            message = "arguments have no names here"
            raise self.error(message, node.keywords[0])
        arguments: list[str] = []
        for each in node.args:
            if not isinstance(each, ast.Name) or each.id in _QUANTIFIERS:
                message = f"`{function}` takes captures, by name"
                raise self.error(message, each)
            arguments.append(each.id)
        return Call(function, tuple(arguments))


# --- evaluation ------------------------------------------------------------------------------------------------


def evaluate(expression: Expression, environment: Environment) -> Value:
    """Evaluate with three-valued logic; never raises for what a model may hold.

    Division by zero, arithmetic on texts or absent values and numbers beyond all bounds are unknown, and so is
    the truth of anything that is no truth.
    """
    return cast("Value", _evaluate(expression.root, environment))


def _evaluate(term: Term, environment: Environment) -> object:
    match term:
        case Comparison():
            return _comparison(term, environment)
        case Name():
            return environment.name(term.name)
        case Literal():
            return term.value
        case Attribute():
            return environment.attribute(term.base, term.name)
        case Not():
            return negate(_truth(_evaluate(term.operand, environment)))
        case Logic():
            truths = (_truth(_evaluate(part, environment)) for part in term.parts)
            return all_of(truths) if term.operator == "and" else any_of(truths)
        case Call():
            return environment.call(term.function, term.arguments)
        case Negative():
            return _arithmetic("-", 0, _evaluate(term.operand, environment))
        case Arithmetic():
            left, right = _evaluate(term.left, environment), _evaluate(term.right, environment)
            return _arithmetic(term.operator, left, right)
        case _:
            assert_never(term)


def _truth(value: object) -> Truth:
    return value if isinstance(value, bool | Unknown) else UNKNOWN


def _comparison(term: Comparison, environment: Environment) -> Truth:
    if term.operators[0] in {"in", "not in"}:
        options = cast("tuple[Value, ...]", cast("Literal", term.operands[1]).value)
        values = [_evaluate(term.operands[0], environment)]
    else:
        options = ()
        values = [_evaluate(operand, environment) for operand in term.operands]
    rows = _per_axis(values)
    if rows is None:
        return _link(term.operators, values, options)
    if isinstance(rows, Unknown):
        return rows
    truths = (_link(term.operators, row, options) for row in rows)
    return all_of(truths) if term.quantifier == "all" else any_of(truths)


def _link(operators: tuple[str, ...], values: list[object], options: tuple[Value, ...]) -> Truth:
    """Compare scalars along the chain."""
    scalars = cast("list[Value]", values)
    if operators[0] in {"in", "not in"}:
        found = any_of(compare("==", scalars[0], option) for option in options)
        return found if operators[0] == "in" else negate(found)
    if len(operators) == 1:
        return compare(operators[0], scalars[0], scalars[1])
    return all_of(compare(each, scalars[i], scalars[i + 1]) for i, each in enumerate(operators))


def _per_axis(values: list[object]) -> list[list[object]] | Unknown | None:
    """Return one row of scalars per axis; `None` if no value has axes, unknown if they have different ones."""
    tuples = [cast("tuple[object, ...]", value) for value in values if isinstance(value, tuple)]
    if not tuples:
        return None
    sizes = {len(each) for each in tuples} - {1} or {1}
    if len(sizes) > 1:
        return UNKNOWN
    size = sizes.pop()
    columns: list[tuple[object, ...]] = []
    for value in values:
        column = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
        columns.append(column * size if len(column) == 1 else column)
    return [[column[axis] for column in columns] for axis in range(size)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _arithmetic(operator: str, left: object, right: object) -> object:
    rows = _per_axis([left, right])
    if rows is None:
        return _calculate(operator, left, right)
    if isinstance(rows, Unknown):
        return rows
    return tuple(_calculate(operator, *row) for row in rows)


def _calculate(operator: str, left: object, right: object) -> object:
    if not _is_number(left) or not _is_number(right):
        return UNKNOWN
    one, two = cast("float", left), cast("float", right)
    try:
        match operator:
            case "+":
                result: object = one + two
            case "-":
                result = one - two
            case "*":
                result = one * two
            case "/":
                result = one / two
            case "%":
                result = one % two
            case _:
                result = one**two if abs(two) <= _LARGEST_POWER else UNKNOWN
        # A fractional power of a negative number is complex; infinities and NaN are no sizes or rates either.
        return result if isinstance(result, int | float) and math.isfinite(result) else UNKNOWN
    except (ZeroDivisionError, OverflowError):
        return UNKNOWN


# --- writing and walking ---------------------------------------------------------------------------------------


def _parts(term: Term) -> tuple[Term, ...]:
    match term:
        case Comparison():
            return term.operands
        case Logic():
            return term.parts
        case Arithmetic():
            return term.left, term.right
        case Not() | Negative():
            return (term.operand,)
        case Literal() | Name() | Attribute() | Call():
            return ()
        case _:
            assert_never(term)


def _walk(term: Term) -> Iterator[Term]:
    yield term
    for part in _parts(term):
        yield from _walk(part)


def _text(term: Term) -> str:
    match term:
        case Literal():
            return repr(term.value)
        case Name():
            return term.name
        case Attribute():
            return f"{term.base}.{term.name}"
        case Call():
            return f"{term.function}({', '.join(term.arguments)})"
        case Negative():
            return f"-{_wrapped(term.operand)}"
        case Arithmetic():
            return f"{_wrapped(term.left)} {term.operator} {_wrapped(term.right)}"
        case Not():
            return f"not ({_text(term.operand)})" if isinstance(term.operand, Logic) else f"not {_text(term.operand)}"
        case Logic():
            parts = (f"({_text(part)})" if isinstance(part, Logic) else _text(part) for part in term.parts)
            return f" {term.operator} ".join(parts)
        case Comparison():
            words = [_text(term.operands[0])]
            for operator, operand in zip(term.operators, term.operands[1:], strict=True):
                words += [operator, _text(operand)]
            text = " ".join(words)
            return f"{term.quantifier}({text})" if term.quantifier else text
        case _:
            assert_never(term)


def _wrapped(term: Term) -> str:
    """Return the text of an operand of arithmetic, in parentheses unless it is one word."""
    signed = isinstance(term, Literal) and _is_number(term.value) and cast("float", term.value) < 0
    return f"({_text(term)})" if signed or isinstance(term, Arithmetic | Negative) else _text(term)


_MOVED: Final = {">": ">=", ">=": ">", "<": "<=", "<=": "<", "==": "!=", "!=": "=="}


def mutants(expression: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield (what was changed, changed expression): a part of `and` or `or` left out, a boundary moved."""
    for description, root in _mutate(expression.root):
        yield description, Expression(root)


def _mutate(term: Term) -> Iterator[tuple[str, Term]]:
    match term:
        case Logic():
            what = "condition" if term.operator == "and" else "alternative"
            for index, part in enumerate(term.parts):
                rest = _without(term.parts, index)
                yield f"dropped {what} `{_text(part)}`", rest[0] if len(rest) == 1 else replace(term, parts=rest)
            for index, part in enumerate(term.parts):
                for description, changed in _mutate(part):
                    yield description, replace(term, parts=_with(term.parts, index, changed))
        case Not():
            for description, changed in _mutate(term.operand):
                yield description, Not(changed)
        case Comparison():
            for index, operator in enumerate(term.operators):
                if operator in _MOVED:
                    changed = replace(term, operators=_with(term.operators, index, _MOVED[operator]))
                    yield f"`{_text(term)}` became `{_text(changed)}`", changed
        case Literal() | Name() | Attribute() | Call() | Arithmetic() | Negative():
            return
        case _:
            assert_never(term)


def _without(items: Iterable[Term], index: int) -> tuple[Term, ...]:
    return tuple(item for position, item in enumerate(items) if position != index)


def _with(items: tuple[_Item, ...], index: int, item: _Item) -> tuple[_Item, ...]:
    return (*items[:index], item, *items[index + 1 :])
