"""`match` written out as assignments and `if`, before lowering.

    match point:                    subject = point
        case [0, y]:                if isinstance(subject, (tuple, list)) and len(subject) == 2 and subject[0] == 0:
            return y         ->         y = subject[1]
        case Point(x=x) if x > 1:       return y
            return x                elif isinstance(subject, Point) and subject.x > 1:
                                        x = subject.x
                                        return x

Names are bound when the whole pattern fits, before the guard is asked, as Python does. What is known of the subject
before the run (its length, its class, a string) decides the tests then.
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import gast

from adjoint.errors import UnsupportedConstruct
from adjoint.source import SourceText

WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Classes whose single positional pattern is matched with the subject itself."""


@final
@dataclass(slots=True)
class Fit:
    """What a pattern asks of the subject, one condition after the other, and the names it binds when all hold."""

    tests: list[Any] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)

    def add(self, other: Fit) -> None:
        """Both must fit."""
        self.tests += other.tests
        self.names.update(other.names)


@final
class Matches:
    """Writes out the `match` statements of one function.

    `fresh` makes a name nobody has; `namespace` says what a class pattern's name means; `function` is the body of the
    whole function, to see who else reads a captured name.
    """

    def __init__(
        self,
        fresh: Callable[[str], str],
        local_names: set[str],
        namespace: Mapping[str, Any],
        function: Sequence[Any],
        source: SourceText,
    ) -> None:
        self.fresh = fresh
        self.namespace = namespace
        self.function = function
        self.source = source
        self.local_names = local_names

    def write_out(self, node: Any) -> list[Any]:
        """The statements for one `match`."""
        name = self.fresh("subject")
        subject = _located(gast.Name(name, gast.Store(), None, None), node.subject)
        start = _located(gast.Assign([subject], node.subject, None), node.subject)
        return [start, *self._cases(node.cases, name, node)]

    def _cases(self, cases: Sequence[Any], subject: str, node: Any) -> list[Any]:
        if not cases:
            return []
        case, *others = cases
        if case.guard is None:
            first, *more = _expanded(case.pattern)
            others = [*(gast.match_case(each, None, case.body) for each in more), *others]
            case = gast.match_case(first, None, case.body)
        where = case.pattern
        fit = self._fit(where, _read(subject, where))
        bindings = [_assign(name, value, where) for name, value in fit.names.items()]
        if case.guard is None:
            return _branch(fit.tests, [*bindings, *case.body], lambda: self._cases(others, subject, node), where)
        if fit.tests and not _has_scopes(case.guard) and not self._is_read_elsewhere(fit.names, case, node):
            tests = [*fit.tests, _Substitute(fit.names).visit(_copy(case.guard))]
            return _branch(tests, [*bindings, *case.body], lambda: self._cases(others, subject, node), where)
        rest = self._cases(others, subject, node)
        guarded = _located(gast.If(case.guard, case.body, rest), case.guard)
        return _branch(fit.tests, [*bindings, guarded], lambda: rest, where)

    def _is_read_elsewhere(self, names: Mapping[str, Any], case: Any, node: Any) -> bool:
        """Whether a captured name is read outside of the cases that capture it: then a failed guard leaves its mark."""
        own = [each for each in node.cases if set(captured(each.pattern)) >= set(names)]
        inside = {id(part) for each in own for part in gast.walk(each)}
        reads = (part for statement in self.function for part in gast.walk(statement) if isinstance(part, gast.Name))
        return any(r.id in names and isinstance(r.ctx, gast.Load) and id(r) not in inside for r in reads)

    # patterns

    def _fit(self, pattern: Any, subject: Any) -> Fit:
        if isinstance(pattern, gast.MatchValue):
            return Fit([_compare(subject, gast.Eq(), pattern.value, pattern)])
        if isinstance(pattern, gast.MatchSingleton) and pattern.value is not None:
            kind = self._call("isinstance", [subject, self._builtin("bool", pattern)], pattern)
            wrong = _located(gast.UnaryOp(gast.Not(), subject), pattern)
            return Fit([kind, subject if pattern.value else wrong])
        if isinstance(pattern, gast.MatchSingleton):
            constant = _located(gast.Constant(pattern.value, None), pattern)
            return Fit([_compare(subject, gast.Is(), constant, pattern)])
        if isinstance(pattern, gast.MatchAs):
            fit = Fit() if pattern.pattern is None else self._fit(pattern.pattern, subject)
            return fit if pattern.name is None else Fit(fit.tests, {**fit.names, pattern.name: subject})
        if isinstance(pattern, gast.MatchSequence):
            return self._sequence(pattern, subject)
        if isinstance(pattern, gast.MatchMapping):
            return self._mapping(pattern, subject)
        if isinstance(pattern, gast.MatchClass):
            return self._class(pattern, subject)
        assert isinstance(pattern, gast.MatchOr)
        return self._either(pattern, subject)

    def _sequence(self, pattern: Any, subject: Any) -> Fit:
        """A tuple or a list of the length, item by item; `*rest` takes what the others leave."""
        parts = pattern.patterns
        star = next((i for i, part in enumerate(parts) if isinstance(part, gast.MatchStar)), None)
        kinds = _tuple([self._builtin(name, pattern) for name in ("tuple", "list")], pattern)
        fit = Fit([self._call("isinstance", [subject, kinds], pattern)])
        length = self._call("len", [subject], pattern)
        count = len(parts) if star is None else len(parts) - 1
        if star is None or count:
            least = gast.Eq() if star is None else gast.GtE()
            fit.tests.append(_compare(length, least, _number(count, pattern), pattern))
        for index, part in enumerate(parts):
            if index == star:
                if part.name is not None:
                    fit.names[part.name] = self._call("list", [_slice(subject, index, count - index, part)], part)
                continue
            place = index if star is None or index < star else index - len(parts)
            fit.add(self._fit(part, _item(subject, _number(place, part), part)))
        return fit

    def _mapping(self, pattern: Any, subject: Any) -> Fit:
        fit = Fit([self._call("isinstance", [subject, self._builtin("dict", pattern)], pattern)])
        for key, part in zip(pattern.keys, pattern.patterns):
            fit.tests.append(_compare(key, gast.In(), subject, key))
            fit.add(self._fit(part, _item(subject, key, part)))
        if pattern.rest is not None:
            fit.names[pattern.rest] = self._others(pattern, subject)
        return fit

    def _others(self, pattern: Any, subject: Any) -> Any:
        """`{key: value for key, value in subject.items() if key not in (...)}`."""
        key, value = self.fresh("key"), self.fresh("value")
        names = [_located(gast.Name(name, gast.Store(), None, None), pattern) for name in (key, value)]
        items = _located(gast.Attribute(subject, "items", gast.Load()), pattern)
        taken = _tuple([_copy(each) for each in pattern.keys], pattern)
        tests = [_compare(_read(key, pattern), gast.NotIn(), taken, pattern)] if pattern.keys else []
        target = _located(gast.Tuple(names, gast.Store()), pattern)
        clause = gast.comprehension(target, _located(gast.Call(items, [], []), pattern), tests, 0)
        return _located(gast.DictComp(_read(key, pattern), _read(value, pattern), [clause]), pattern)

    def _class(self, pattern: Any, subject: Any) -> Fit:
        cls = self.meaning(pattern.cls)
        fit = Fit([self._call("isinstance", [subject, pattern.cls], pattern)])
        attributes = self._positional(pattern, cls)
        if attributes is None:
            fit.add(self._fit(pattern.patterns[0], subject))
            attributes = ()
        parts = [*zip(attributes, pattern.patterns), *zip(pattern.kwd_attrs, pattern.kwd_patterns)]
        for name, part in parts:
            if not _surely_has(cls, name):
                fit.tests.append(self._call("hasattr", [subject, _located(gast.Constant(name, None), part)], part))
            fit.add(self._fit(part, _located(gast.Attribute(subject, name, gast.Load()), part)))
        return fit

    def _positional(self, pattern: Any, cls: Any) -> Sequence[str] | None:
        """The attributes that positional patterns mean; None for a builtin class that matches as a whole."""
        count = len(pattern.patterns)
        if not count:
            return ()
        if not isinstance(cls, type):
            raise self._refused(
                pattern,
                "the class of a pattern with positions is not known",
                "its `__match_args__` say what the positions mean",
                "define the class at module level, or name the attributes: `Point(x=a, y=b)`",
            )
        if "__match_args__" not in dir(cls) and issubclass(cls, WHOLE) and count == 1:
            return None
        names: Sequence[str] = getattr(cls, "__match_args__", ())
        if count > len(names):
            raise self._refused(
                pattern,
                f"{cls.__name__}() accepts {len(names)} positional sub-patterns, {count} are given",
                "Python raises a TypeError here",
                "name the attributes",
            )
        return names[:count]

    def _either(self, pattern: Any, subject: Any) -> Fit:
        """Alternatives; a name takes its value from the first that fits."""
        fits = [self._fit(part, subject) for part in pattern.patterns]
        if not all(fit.tests for fit in fits):
            first = next(fit for fit in fits if not fit.tests)
            fits = fits[: fits.index(first) + 1]
        tests = [_conjunction(fit.tests, pattern) for fit in fits]
        names = {}
        for name in fits[-1].names:
            value = fits[-1].names[name]
            for fit, test in reversed(list(zip(fits[:-1], tests[:-1]))):
                value = _located(gast.IfExp(test, fit.names[name], value), pattern)
            names[name] = value
        if not fits[-1].tests:
            return Fit([], names)
        return Fit([_located(gast.BoolOp(gast.Or(), tests), pattern) if len(tests) > 1 else tests[0]], names)

    def meaning(self, node: Any) -> Any:
        """What a dotted name of the module means, None where that is not known."""
        if isinstance(node, gast.Attribute):
            return getattr(self.meaning(node.value), node.attr, None)
        return self.namespace.get(node.id) if isinstance(node, gast.Name) else None

    def _builtin(self, name: str, where: Any) -> Any:
        """A builtin by its name, by itself where the function or its module has another meaning for the name."""
        held = getattr(builtins, name)
        if name not in self.local_names and self.namespace.get(name, held) is held:
            return _read(name, where)
        return _located(gast.Constant(held, None), where)

    def _call(self, name: str, args: list[Any], where: Any) -> Any:
        return _located(gast.Call(self._builtin(name, where), args, []), where)

    def _refused(self, node: Any, message: str, why: str, fix: str) -> UnsupportedConstruct:
        return UnsupportedConstruct(message, place=self.source.place(node), why=why, fix=fix)


def _expanded(pattern: Any) -> list[Any]:
    """The patterns that stand for one with alternatives that bind names: one for each way to choose among them."""
    if not any(isinstance(part, gast.MatchOr) and any(captured(part)) for part in gast.walk(pattern)):
        return [pattern]
    if isinstance(pattern, gast.MatchOr):
        return [each for part in pattern.patterns for each in _expanded(part)]
    if isinstance(pattern, gast.MatchAs):
        return [_located(gast.MatchAs(each, pattern.name), pattern) for each in _expanded(pattern.pattern)]
    lists = ["patterns", "kwd_patterns"] if isinstance(pattern, gast.MatchClass) else ["patterns"]
    choices = [_expanded(part) for name in lists for part in getattr(pattern, name)]
    made = []
    for chosen in itertools.product(*choices):
        again, rest = _copy(pattern), list(chosen)
        for name in lists:
            count = len(getattr(pattern, name))
            setattr(again, name, rest[:count])
            rest = rest[count:]
        made.append(again)
    return made


def captured(pattern: Any) -> Iterator[str]:
    """The names that a pattern binds."""
    for part in gast.walk(pattern):
        name = part.rest if isinstance(part, gast.MatchMapping) else getattr(part, "name", None)
        if isinstance(part, gast.MatchAs | gast.MatchStar | gast.MatchMapping) and name is not None:
            yield name


def _surely_has(cls: Any, name: str) -> bool:
    """Whether every instance of the class has the attribute."""
    if not isinstance(cls, type):
        return False
    declared = {field for base in cls.__mro__ for field in getattr(base, "__annotations__", ())}
    return hasattr(cls, name) or name in declared or name in getattr(cls, "__match_args__", ())


def _has_scopes(guard: Any) -> bool:
    """Whether the guard has names of its own, which a captured name must not be confused with."""
    own = (gast.Lambda, gast.NamedExpr, gast.comprehension)
    return any(isinstance(part, own) for part in gast.walk(guard))


# writing nodes


class _Substitute(gast.NodeTransformer):  # type: ignore[misc]  # gast has no types
    """Reads of captured names become reads of the subject's parts."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def visit_Name(self, node: Any) -> Any:
        return self.names.get(node.id, node) if isinstance(node.ctx, gast.Load) else node


def _copy(node: Any) -> Any:
    """A deep copy of an expression."""
    fields = {name: _copy_field(getattr(node, name)) for name in node._fields if hasattr(node, name)}
    return gast.copy_location(type(node)(**fields), node)


def _copy_field(value: Any) -> Any:
    if isinstance(value, list):
        return [_copy_field(item) for item in value]
    return _copy(value) if isinstance(value, gast.AST) else value


def _branch(tests: Sequence[Any], then: list[Any], orelse: Callable[[], list[Any]], where: Any) -> list[Any]:
    """`if` all tests hold; without tests only the first side is left."""
    if not tests:
        return then
    return [_located(gast.If(_conjunction(tests, where), then, orelse()), where)]


def _conjunction(tests: Sequence[Any], where: Any) -> Any:
    if not tests:
        return _located(gast.Constant(True, None), where)
    return tests[0] if len(tests) == 1 else _located(gast.BoolOp(gast.And(), list(tests)), where)


def _located(node: Any, where: Any) -> Any:
    return gast.copy_location(node, where)


def _read(name: str, where: Any) -> Any:
    return _located(gast.Name(name, gast.Load(), None, None), where)


def _assign(name: str, value: Any, where: Any) -> Any:
    target = _located(gast.Name(name, gast.Store(), None, None), where)
    return _located(gast.Assign([target], value, None), where)


def _compare(left: Any, operator: Any, right: Any, where: Any) -> Any:
    return _located(gast.Compare(left, [operator], [right]), where)


def _tuple(items: list[Any], where: Any) -> Any:
    return _located(gast.Tuple(items, gast.Load()), where)


def _number(value: int, where: Any) -> Any:
    constant = _located(gast.Constant(abs(value), None), where)
    return constant if value >= 0 else _located(gast.UnaryOp(gast.USub(), constant), where)


def _item(subject: Any, index: Any, where: Any) -> Any:
    return _located(gast.Subscript(subject, index, gast.Load()), where)


def _slice(subject: Any, before: int, after: int, where: Any) -> Any:
    """`subject[before:-after]`."""
    lower = _number(before, where) if before else None
    upper = _number(-after, where) if after else None
    return _item(subject, _located(gast.Slice(lower, upper, None), where), where)
