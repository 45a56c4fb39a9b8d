"""Specialisations: one lowered function for every function and tuple of argument types.

A recursive function is lowered with what is known of its result so far (nothing at first: its recursive calls give no
value, the base case decides), again and again until the result type stands still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, final

from adjoint.errors import AdjointError, AliasNotProvable, UnsupportedConstruct
from adjoint.frontend.calls import handed_back
from adjoint.frontend.calls.agreed import given_back
from adjoint.frontend.calls.borders import exactly, finish, form_of_type, receive, taken_names
from adjoint.frontend.calls.frames import begin
from adjoint.frontend.context import Context, symbols_of
from adjoint.frontend.control.control_flow import lower_block
from adjoint.frontend.control.ends import JumpEnd
from adjoint.frontend.statements import refuse_in_place
from adjoint.frontend.storage import second_names, zero_dimensional
from adjoint.frontend.syntax.called_first import calls_users, with_calls_first
from adjoint.frontend.syntax.capture import Captured, capture, unwrap
from adjoint.frontend.syntax.desugar import Rewritten
from adjoint.frontend.syntax.liveness import Liveness
from adjoint.frontend.syntax.returns import returned_apart
from adjoint.frontend.values.asked import Outer, leaving
from adjoint.frontend.values.exactness import asks
from adjoint.frontend.values.forms import is_for_users
from adjoint.frontend.values.objects import Cell, Code, Contents, Place
from adjoint.frontend.values.structures import Node, Structure, leaves_of
from adjoint.frontend.writer import holds_0d
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Region, Value, walk
from adjoint.ir.types import UNDEF, Static, Type

_MAX_ROUNDS = 20
_MAX_DEPTH = 200
_MAX_GROWING = 24
"""How deep a function may call itself with arguments of other types that have no fewer parts."""
Target = Callable[..., Any] | Code
Key = tuple[Target, tuple[Structure, ...], bool]


@final
@dataclass(slots=True)
class Entry:
    """One specialisation. `lowest` is the outermost unfinished entry that its lowering has looked at.

    `result` is the structure of what the function returns (None while nothing is known), `changed` that of the
    containers among its arguments that it changes, by number. The function of the IR returns both, one after another.
    """

    target: Target
    function: Function
    position: int
    lowest: int
    forms: tuple[Structure, ...] = ()
    in_progress: bool = True
    is_exact: bool = False
    """Whether it is called by the user only, with arguments of exactly the types declared."""
    result: Structure | None = None
    changed: dict[int, Structure] = field(default_factory=dict)
    shared: set[int] = field(default_factory=set)
    """The arguments whose memory the result may share."""
    handed: set[int] = field(default_factory=set)
    """Those that the function exchanges, and of which it gives some: each is met in the result once."""
    given: set[int] = field(default_factory=set)
    """Those, lists of containers, whose items may be in what it gives."""
    escaped: set[int] = field(default_factory=set)
    """Those that it has put into a list of run-time length."""
    aliased: set[int] = field(default_factory=set)
    """Lists whose items may stand in another list as well, or twice in it."""
    crossed: set[int] = field(default_factory=set)
    """Those of which one has a container of another one in it now."""
    parts: set[int] = field(default_factory=set)
    """Those of which it gives a container that stands in them."""
    shares: bool = False
    """Whether it puts into lists what has, or may have, another name."""
    inside: set[tuple[int, Place]] = field(default_factory=set)
    """Lists of run-time length, and where in their items it has put such things."""
    gives_parts: bool = False
    """Whether an array that it gives may be a part of one, or one of several, and not just an argument or a new one."""
    is_tangled: bool = False
    """Whether arrays that it gives may share memory with each other."""
    mixes_containers: bool = False
    """Whether that is so of containers as well."""
    apart: set[int] = field(default_factory=set)
    """Those that are returned on some paths only."""
    touched: set[int] = field(default_factory=set)
    """Those that may change under another name, or in which it matters that no object stands twice."""
    reads: dict[int, frozenset[int] | None] = field(default_factory=dict)
    """Of each, the slots that are read; None where all are, or it is an array that is read."""
    binds: dict[int, frozenset[int] | None] = field(default_factory=dict)
    """Of each that is changed, the slots that get other values; None where that is not known."""

    standing: dict[int, bool] = field(default_factory=dict)
    """Lists of run-time length whose items stand where they stood; whether they hold the arrays that they held."""

    def only_reads(self, numbers: set[int]) -> bool:
        """Whether it is known that these arguments are not changed, and that nothing of them is in what it gives."""
        if self.in_progress or self.lowest < _FINAL or self.is_tangled or self.mixes_containers:
            return False
        kept = set().union(self.changed, self.shared, self.handed, self.given, self.escaped, self.aliased, self.apart)
        forms = [form for form in (self.result, *self.changed.values()) if form is not None]
        return numbers.isdisjoint(kept) and numbers.isdisjoint(given_back(forms))


@final
@dataclass(slots=True)
class Specializations:
    """The functions lowered so far, and those being lowered."""

    table: dict[Key, Entry] = field(default_factory=dict)
    stack: list[Entry] = field(default_factory=list)
    captured: dict[Callable[..., Any], Captured] = field(default_factory=dict)
    managers: dict[Callable[..., Any], Captured] = field(default_factory=dict)
    """The generators behind context managers."""
    asking: dict[Target, bool] = field(default_factory=dict)
    augmenting: set[Target] = field(default_factory=set)
    """The functions with `x += ...` of what may be a number or an array without dimensions that they were given."""
    endless: set[Target] = field(default_factory=set)
    """The functions that call themselves with other types every time: no other way is tried."""
    chooses: bool = False
    """Whether arrays that are one of several are told apart by tests (see `chosen`)."""
    written_out: str = ""
    """Which calls are written out, if it is doubtful which array they give or change: those "given" on, or "all"."""
    attempts: int = 0
    """How often that has been tried."""
    apart: dict[int, tuple[Captured, Captured]] = field(default_factory=dict)
    """The functions with their calls in statements of their own, by the identity of the ones as they are."""
    may_hold_0d: bool = False
    """Whether a value of the program may be an array without dimensions, as far as its type tells."""
    shared_numbers: list[Any] = field(default_factory=list)
    """Augmented assignments of numbers that are kept somewhere or have two names: where they stand, and the names."""
    made_0d: bool = False
    """Whether the program makes arrays without dimensions: `np.array(0.5)`."""
    augmented_0d: list[Any] = field(default_factory=list)
    """Augmented assignments that would change such an array under another name: where they stand."""
    scaled_0d: list[Any] = field(default_factory=list)
    """Augmented assignments of arrays without dimensions that have no other name: where they stand."""
    viewed_0d: bool = False
    """Whether the program reads views of such arrays: `np.array(0.5).reshape(1)`."""
    ways_0d: dict[Value, list[Value]] = field(default_factory=dict)
    """What numbers at the head of a loop, and behind `x += ...`, may be as arrays without dimensions."""
    shared_0d: set[Value] = field(default_factory=set)
    """Numbers at the head of a loop that would have another name there if they were such arrays."""
    changed_0d: list[Any] = field(default_factory=list)
    """Augmented assignments of numbers: where they stand, and what was there before."""
    numbers: set[Value] = field(default_factory=set)
    """What is given to such functions: it has to be a number."""
    augmenting_slots: set[Target] = field(default_factory=set)
    """The functions that do so with what is in something that they were given."""
    outer: Outer = field(default_factory=Outer)
    returns_left: bool = False
    """Whether the outermost function returns, beside its result, what it leaves in the arrays that it was given."""

    def specialize(self, function: Callable[..., Any], types: tuple[Type, ...], source: str | None = None) -> Function:
        """The function lowered for these argument types, as a user calls it. Raises AdjointError.

        Where what a store changes depends on the path, it is lowered again, with tests that tell arrays apart, and
        with functions that return on each path.
        """
        before = dict(self.table)
        try:
            return self._specialize(function, types, source)
        except AdjointError as refusal:
            if self.stack or self.chooses or not (isinstance(refusal, AliasNotProvable) or refusal.is_of_results):
                raise
            try:
                return self._told_apart(function, types, source, before)
            except AdjointError as other:
                self.chooses = False
                for which in ("given", "all"):
                    with suppress(AdjointError):
                        found = self._written_out(function, types, source, before, which)
                        if found is not None:
                            return found
                if other.lineno != refusal.lineno:
                    refusal.add_note(f"then there is line {other.lineno}: {other.message}")
                raise refusal from None

    def _told_apart(
        self, function: Callable[..., Any], types: tuple[Type, ...], source: str | None, before: dict[Key, Entry]
    ) -> Function:
        self.chooses, self.table = True, dict(before)
        try:
            return self._specialize(function, types, source)
        except AdjointError:
            apart = {target: returned_apart(each.statements) for target, each in self.captured.items()}
            if not any(apart.values()):
                raise
            self.captured = {t: replace(c, statements=apart[t] or c.statements) for t, c in self.captured.items()}
            self.table = dict(before)
            with suppress(AdjointError):
                return self._specialize(function, types, source)
            raise

    def _written_out(
        self,
        function: Callable[..., Any],
        types: tuple[Type, ...],
        source: str | None,
        before: dict[Key, Entry],
        which: str,
    ) -> Function | None:
        """Lowered again, with functions written out where they are called, if their results were doubtful there.

        Not where arrays without dimensions may look like numbers: what is known of those stops at calls.
        """
        if self.may_hold_0d or self.made_0d or self.viewed_0d:
            return None
        self.chooses, self.written_out, self.attempts = False, which, 0
        self.table, self.apart = dict(before), {}
        try:
            is_of_use = calls_users(self.capture(unwrap(function), source))
            return self._specialize(function, types, source) if is_of_use else None
        finally:
            self.written_out = ""

    def _specialize(self, function: Callable[..., Any], types: tuple[Type, ...], source: str | None) -> Function:
        target = unwrap(function)
        captured = self.capture(target, source)
        forms = tuple(map(form_of_type, types))
        if not self.stack and self.asks(target):
            forms = tuple(map(exactly, forms))
        if not any(param.kind.startswith("variadic") for param in captured.params) and not self.returns_left:
            entry = self._as_called(target, forms)
            if entry is None:
                return self.entry(target, forms, is_outermost=True).function
            is_seen = entry.changed or entry.touched
            if entry.in_progress or (not is_seen and entry.result is not None and is_for_users(entry.result)):
                return entry.function
        return self.entry(target, forms, is_outermost=True).function

    def _as_called(self, target: Target, forms: tuple[Structure, ...]) -> Entry | None:
        """The function as others call it; None where only its caller's data forbid that, which nobody else sees."""
        try:
            return self.entry(target, forms)
        except AliasNotProvable:
            return None

    def asks(self, target: Target) -> bool:
        """Whether the function asks for the classes of numbers: what is known of them is part of its specialisation."""
        if target not in self.asking:
            self.asking[target] = asks(self.capture(target))
        return self.asking[target]

    def note_inexact(self, target: Target, is_exact: bool) -> None:
        """A function is called from inside, with arguments that may be ints where it declares floats."""
        first = self.stack[0] if self.stack else None
        if first is not None and first.target is target and not is_exact:
            first.is_exact = False

    def capture(self, target: Target, source: str | None = None) -> Captured:
        """The source of the function, read once."""
        if isinstance(target, Code):
            return self.prepared(target.captured)
        found = self.captured.get(target)
        if found is None:
            found = self.captured[target] = capture(target, source)
        return self.prepared(found)

    def prepared(self, captured: Captured) -> Captured:
        """The function as it is lowered: with its calls in statements of their own, where they may be written out."""
        if not self.written_out:
            return captured
        if id(captured) not in self.apart:
            self.apart[id(captured)] = captured, with_calls_first(captured, self.written_out == "all")
        return self.apart[id(captured)][1]

    def entry(self, target: Target, forms: tuple[Structure, ...], *, is_outermost: bool = False) -> Entry:
        """The function lowered for arguments (and for a closure what it has taken along) of these structures.

        Outermost, its changes to the arguments stay inside. Raises AdjointError.
        """
        key = (target, forms, is_outermost)
        entry = self.table.get(key)
        if entry is None:
            entry = self._lowered(key, self.capture(target))
        if self.stack:
            self.stack[-1].lowest = min(self.stack[-1].lowest, entry.position if entry.in_progress else entry.lowest)
        return entry

    def _lowered(self, key: Key, captured: Captured) -> Entry:
        """The function lowered as it is, or else as one that hands back the arrays that it exchanges."""
        try:
            return self._lower(key, captured)
        except AliasNotProvable as refusal:
            groups = () if key[2] else handed_back.exchanged(captured, key[1])
            if not groups:
                raise
            try:
                return self._lower(key, handed_back.rewritten(captured, groups), groups)
            except AdjointError:
                raise refusal from None

    def _lower(self, key: Key, captured: Captured, groups: handed_back.Groups = ()) -> Entry:
        position = len(self.stack)
        above = [each for each in self.stack if each.target is key[0] and _is_no_larger(each.forms, key[1])]
        if len(above) > _MAX_GROWING or position > _MAX_DEPTH or (above and key[0] in self.endless):
            self.endless.add(key[0])
            raise UnsupportedConstruct(
                f"{captured.name}() calls itself with other types every time",
                place=captured.source.place(captured.source.node),
                why="each call needs a specialisation of its own, without end",
                fix="keep the types of the arguments the same in the recursive call",
            )
        function = Function(_printed_name(captured), list(captured.params), Region(), UNDEF, captured.doc)
        function.filename, function.namespace = captured.source.filename, captured.namespace
        entry = self.table[key] = Entry(key[0], function, position, position, key[1], is_exact=not position)
        self.stack.append(entry)
        try:
            self._until_stable(captured, key, entry, groups)
        except BaseException:
            self._abandon(position)
            raise
        self.stack.pop()
        entry.in_progress = False
        self._finish(entry)
        return entry

    def _until_stable(self, captured: Captured, key: Key, entry: Entry, groups: handed_back.Groups) -> None:
        position, function = entry.position, entry.function
        for _ in range(_MAX_ROUNDS):
            entry.lowest = position
            assumed, is_recursive = _assumed(entry), False
            try:
                lower_body(captured, key, entry, self, groups)
            except Rewritten:
                continue
            is_recursive = _calls(function.body, function) or any(
                other.lowest <= position for other in self.table.values() if not other.in_progress
            )
            if not is_recursive or _assumed(entry) == assumed:
                break
            self._forget_tentative(position)

    def _abandon(self, position: int) -> None:
        """A lowering was refused: what hangs on it is forgotten. Another way may be tried."""
        del self.stack[position:]
        for key, other in list(self.table.items()):
            if (other.in_progress and other.position >= position) or other.lowest <= position < _FINAL:
                if other.position >= position:
                    del self.table[key]

    def _forget_tentative(self, position: int) -> None:
        """Drop what was lowered with a result type that has changed since."""
        for key, other in list(self.table.items()):
            if not other.in_progress and other.lowest <= position and other.position > position:
                del self.table[key]

    def _finish(self, entry: Entry) -> None:
        """What depended on this entry only is final, if the entry is; else it depends on what the entry depends on."""
        lowest = _FINAL if entry.lowest >= entry.position else entry.lowest
        for other in self.table.values():
            if not other.in_progress and entry.position <= other.lowest < _FINAL:
                other.lowest = lowest


_FINAL = 1_000_000


def _is_no_larger(one: Sequence[Structure], other: Sequence[Structure]) -> bool:
    """Whether structures have no more parts than others, and the same constants.

    Of one that is walked down, each call takes one with fewer.
    """
    return _constants(one) == _constants(other) and _size(one) <= _size(other)


def _constants(forms: Sequence[Structure]) -> list[Type]:
    return [leaf.type for form in forms for leaf in leaves_of(form) if isinstance(leaf.type, Static)]


def _size(forms: Sequence[Structure]) -> int:
    return sum(1 + _size(form.children) if isinstance(form, Node) else 1 for form in forms)


def _assumed(entry: Entry) -> tuple[Any, ...]:
    """What the lowering of a recursive function takes for granted of itself."""
    mixed = entry.aliased, entry.crossed
    sets = map(frozenset, (entry.shared, entry.handed, entry.given, entry.parts, entry.escaped, *mixed))
    facts = entry.is_exact, entry.is_tangled, entry.mixes_containers, entry.shares, entry.gives_parts
    return entry.result, dict(entry.changed), entry.function.result_type, (*sets, *facts, frozenset(entry.inside))


def _printed_name(captured: Captured) -> str:
    """What the function is called where it is written out: `Vec_mul` for `Vec.__mul__`, `Vec` for `Vec.__call__`."""
    owner, _, name = getattr(captured.function, "__qualname__", "").rpartition(".")
    if name == captured.name and name.startswith("__") and name.endswith("__") and owner:
        owner = owner.rpartition(".")[2]
        return owner if name == "__call__" else f"{owner}_{name.strip('_')}"
    return captured.name


def _calls(body: Region, function: Function) -> bool:
    return any(op.opcode == "call" and op.attrs["callee"] is function for op in walk(body))


def lower_body(
    captured: Captured,
    key: Key,
    entry: Entry,
    specializations: Specializations,
    groups: handed_back.Groups = (),
) -> None:
    """Lower the statements of a function for arguments of these structures, into its entry.

    The parameters in `groups` are exchanged: it works with arrays of its own for them.
    """
    target, forms, is_outermost = key
    scope = captured.scope
    kept = handed_back.kept_names(groups)
    liveness = Liveness(captured.statements, [name for name in scope.local if name not in scope.boxed], kept)
    ctx = Context(captured, specializations, liveness, scope, Builder(Region()))
    names = _argument_names(captured, target)
    held = receive(ctx, entry.function, forms, names, is_outermost, entry.is_exact)
    types = [arg.type for arg in ctx.builder.region.args]
    ctx.known_symbols = symbols_of(types)
    if len(specializations.stack) == 1:
        specializations.may_hold_0d |= any(map(holds_0d, types))
    begin(ctx, target, held)
    before = dict(ctx.heap)
    handed_back.begin(ctx, groups)
    with leaving(ctx.builder.region, specializations.outer):
        lower_block(ctx, captured.statements, JumpEnd(None))
        _end(ctx, entry, before, is_outermost)


def _end(ctx: Context, entry: Entry, before: Mapping[Cell, Contents], is_outermost: bool) -> None:
    """What is looked at, and written, when all statements of a function are lowered."""
    changed = zero_dimensional.augmented(ctx)
    if changed is not None:
        where, node, others = changed
        raise refuse_in_place(where, node, others)
    seen = second_names.known_elsewhere(ctx.builder.region, ctx.changed_0d)
    if seen is not None:
        raise refuse_in_place(ctx, seen.node, [])
    handed_back.check_escaped(ctx)
    entry.function.body = body = ctx.builder.region
    finish(ctx, entry, body, before, is_outermost)


def _argument_names(captured: Captured, target: Target) -> list[str]:
    names = [param.name for param in captured.params]
    return names + list(taken_names(target)) if isinstance(target, Code) else names
