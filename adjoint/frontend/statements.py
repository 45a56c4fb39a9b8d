"""Simple statements: assignments, expression statements, raise and assert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.errors import AdjointError, AliasNotProvable, OutsideEffect, ShapeAssumption
from adjoint.frontend import attributes, subscripts
from adjoint.frontend.calls import calls
from adjoint.frontend.containers import containers, joining
from adjoint.frontend.containers.shared_items import shared
from adjoint.frontend.context import Context, spoken, statement
from adjoint.frontend.control.sequences import sequence_of, use_up
from adjoint.frontend.control.walking import is_endless, known_items
from adjoint.frontend.expressions import BINARY, binary, negate, tested
from adjoint.frontend.storage import fitting, memory, zero_dimensional
from adjoint.frontend.syntax.jumps import assigned_names
from adjoint.frontend.values.objects import Cell, Run, handle, object_of
from adjoint.frontend.values.optionals import present
from adjoint.frontend.writer import is_kept_number, is_zero_dimensional
from adjoint.ir.core import Region, Value
from adjoint.ir.ops.indexing import is_view
from adjoint.ir.types import (
    Array,
    Handle,
    List,
    Object,
    Static,
    Tuple,
    Undef,
    dtype_of,
    shape_of,
)


@statement(gast.Pass, gast.Nonlocal)
def lower_pass(ctx: Context, node: Any) -> None:
    """Nothing."""


@statement(gast.Expr)
def lower_expression_statement(ctx: Context, node: Any) -> None:
    if not isinstance(node.value, gast.Constant):
        ctx.expression(node.value)


@statement(gast.AnnAssign)
def lower_annotated(ctx: Context, node: Any) -> None:
    if node.value is not None:
        assign(ctx, node.target, ctx.expression(node.value))


@statement(gast.Assign)
def lower_assign(ctx: Context, node: Any) -> None:
    if len(node.targets) == 1 and _are_parallel(node.targets[0], node.value):
        values = [ctx.expression(item) for item in node.value.elts]
        with ctx.permuting(_are_exchanged(node.targets[0].elts, node.value.elts)):
            for target, value in zip(node.targets[0].elts, values):
                assign(ctx, target, value)
        return
    if isinstance(node.value, gast.Call):
        names = {*assigned_names(node)} if len(node.targets) == 1 else set()
        ctx.rebinding = node.value, frozenset(ctx.renamed.get(name, name) for name in names)
    with ctx.using():
        value = ctx.expression(node.value)
    if len(node.targets) > 1 or not isinstance(node.targets[0], gast.Subscript) or not ctx.is_known(value):
        cell = ctx.places.get(value)
        ctx.in_use.append(value if cell is None else handle(cell))
    for target in node.targets:
        assign(ctx, target, value)


def _are_parallel(target: Any, value: Any) -> bool:
    displays = (gast.Tuple, gast.List)
    if not isinstance(target, displays) or not isinstance(value, displays) or len(target.elts) != len(value.elts):
        return False
    return not any(isinstance(part, gast.Starred) for part in (*target.elts, *value.elts))


def _are_exchanged(targets: Sequence[Any], values: Sequence[Any]) -> bool:
    """Whether two items of one list are put at each other's places: `a[i], a[j] = a[j], a[i]`.

    Of three, two may stand at one place, which only the run knows.
    """
    if len(targets) != 2 or not all(isinstance(each, gast.Subscript) for each in targets):
        return False
    lists = [part for each in targets for part in gast.walk(each.value)]
    if not all(isinstance(part, gast.Name | gast.Attribute | gast.expr_context) for part in lists):
        return False
    if len({gast.unparse(each.value) for each in targets}) > 1:
        return False
    plain = (gast.Name, gast.Constant, gast.BinOp, gast.UnaryOp, gast.operator, gast.unaryop, gast.expr_context)
    if not all(isinstance(part, plain) for each in targets for part in gast.walk(each.slice)):
        return False
    return sorted(map(gast.unparse, targets)) == sorted(map(gast.unparse, values))


def assign(ctx: Context, target: Any, value: Value) -> None:
    """Bind an assignment target: a name, names in parallel, an item, an attribute."""
    if isinstance(target, gast.Name):
        if target.id in ctx.outside:
            raise ctx.refuse(
                target,
                f"the global {target.id!r} is assigned",
                why="the function changes a variable that outlives the call, which a derivative cannot undo",
                fix="return the new value",
                kind=OutsideEffect,
            )
        ctx.bind(target.id, value)
    elif isinstance(target, gast.Tuple | gast.List):
        parts = _unpack(ctx, target, value)
        for part, item in zip(target.elts, parts):
            assign(ctx, part.value if isinstance(part, gast.Starred) else part, item)
    elif isinstance(target, gast.Subscript):
        subscripts.store(ctx, target, value)
    else:
        assert isinstance(target, gast.Attribute)
        attributes.store(ctx, target, ctx.expression(target.value), target.attr, value)


def _unpack(ctx: Context, target: Any, value: Value) -> list[Value]:
    """As many values as the target has parts; a wrong length is Python's own ValueError."""
    stars = [index for index, part in enumerate(target.elts) if isinstance(part, gast.Starred)]
    count, value = len(target.elts), present(ctx, value)
    if isinstance(value.type, Undef):
        return [ctx.blocked(value) for _ in range(count)]
    if isinstance(value.type, Array) and value.type.rank and not stars:
        return _unpack_array(ctx, target, value, count)
    sequence = sequence_of(ctx, target, value)
    use_up(ctx, value)
    parts = None if is_endless(sequence) else known_items(ctx, target, sequence)
    is_read = isinstance(sequence.source, Value) and not sequence.backwards
    if parts is None and not is_read and not is_endless(sequence):
        from adjoint.frontend.containers.builtin_functions import list_from_sequence

        made = list_from_sequence(ctx, target, sequence)
        sequence, parts = sequence_of(ctx, target, made), containers.items(ctx, target, made)
    if parts is None and isinstance(sequence.source, Value):
        if stars:
            return _unpack_starred(ctx, target, sequence.source, stars[0], sequence.cell)
        return _unpack_array(ctx, target, sequence.source, count, sequence.cell)
    if parts is None:
        raise _cannot_unpack(ctx, target, spoken(value.type), count)
    if stars:
        (star,) = stars
        after = count - star - 1
        if len(parts) < count - 1:
            raise _cannot_unpack(ctx, target, f"{len(parts)} values", count)
        middle = ctx.new_list(parts[star : len(parts) - after])
        return [*parts[:star], middle, *parts[len(parts) - after :]]
    if len(parts) != count:
        raise _cannot_unpack(ctx, target, f"{len(parts)} values", count)
    return parts


def _unpack_array(ctx: Context, target: Any, value: Value, count: int, cell: Cell | None = None) -> list[Value]:
    """The items of an array, or of a list of run-time length, the container `cell`."""
    extent = shape_of(value.type)[0] if isinstance(value.type, Array) else None
    if isinstance(extent, int) and extent != count:
        raise _cannot_unpack(ctx, target, f"an array of {extent}", count)
    if not isinstance(extent, int):
        _check_length(ctx, target, value, count)
    parts = [ctx.emit(target, "index", value, ctx.const(i), spec=("int",), _unpack=True) for i in range(count)]
    return [_item_of(ctx, part, cell, i) for i, part in enumerate(parts)]


def _item_of(ctx: Context, part: Value, cell: Cell | None, position: int) -> Value:
    """An item that has been read, as the program sees it."""
    held = ctx.seen(None, cell) if cell is not None else None
    if not isinstance(held, Run):
        return containers.adopted(ctx, part)
    size = None if position >= 0 else held.size
    return containers.viewed(ctx, part, cell, ctx.const(position), held.moves, size)


def _unpack_starred(ctx: Context, target: Any, value: Value, star: int, cell: Cell | None) -> list[Value]:
    """`first, *rest, last = xs` of a list or array of run-time length."""
    after = len(target.elts) - star - 1
    length = ctx.emit(target, "len", value)
    message = f"not enough values to unpack (expected at least {star + after})"
    _fail_if(ctx, ctx.emit(target, "lt", length, ctx.const(star + after)), message)
    bounds = [ctx.const(star)] + ([ctx.const(-after)] if after else [])
    middle = ctx.emit(target, "index", value, *bounds, spec=(("slice", True, bool(after), False),))
    if not isinstance(middle.type, List):
        rest = memory.rows_of(ctx, target, middle)
    else:
        rest = shared(ctx, Run(middle), *([handle(cell)] if cell is not None else []), once=True)
    positions = [*range(star), *range(-after, 0)]
    ends = [ctx.emit(target, "index", value, ctx.const(n), spec=("int",)) for n in positions]
    ends = [_item_of(ctx, end, cell, n) for n, end in zip(positions, ends)]
    return [*ends[:star], rest, *ends[star:]]


def _cannot_unpack(ctx: Context, target: Any, what: str, count: int) -> Exception:
    return ctx.refuse(
        target,
        f"{what} cannot be unpacked into {count} names",
        why="the lengths differ",
        fix="unpack as many names as there are values",
        kind=ShapeAssumption,
    )


def _check_length(ctx: Context, target: Any, value: Value, count: int) -> None:
    length = ctx.emit(target, "len", value)
    wrong = ctx.emit(target, "ne", length, ctx.const(count))
    _fail_if(ctx, wrong, f"cannot unpack: expected {count} values")


def _fail_if(ctx: Context, wrong: Value, message: str) -> None:
    """Python's own ValueError where the lengths do not fit."""

    def fail() -> None:
        text = f"ValueError({message!r})"
        operand = ctx.const(message)
        ctx.builder.op("raise", [operand], (), {"exception": ValueError, "_text": text})

    guard(ctx, wrong, fail, "unpack")


def guard(ctx: Context, failed: Value, fail: Callable[[], None], sugar: str) -> None:
    """An `if` that raises when the check failed and changes nothing otherwise."""
    regions = [Region(), Region()]
    with ctx.inside(regions[0]):
        fail()
    with ctx.inside(regions[1]):
        ctx.builder.terminate("yield")
    ctx.builder.op("if", [failed], (), {"_sugar": sugar}, regions)


# -- augmented assignment


def _amount(ctx: Context, node: Any, old: Value) -> Value:
    """What is added; where that is to an array, it is read, and all that it was made of, before anything changes."""
    if not memory.is_array(old):
        return ctx.expression(node.value)
    with ctx.using():
        return ctx.expression(node.value)


@statement(gast.AugAssign)
def lower_augmented(ctx: Context, node: Any) -> None:
    if isinstance(node.target, gast.Subscript | gast.Attribute):
        _augment_place(ctx, node)
        return
    name = node.target.id
    if name in ctx.outside:
        assign(ctx, node.target, ctx.undef())
    old = present(ctx, ctx.read(node.target, name))
    amount = _amount(ctx, node, old)
    if isinstance(old.type, Handle | Tuple | Static):
        new = augmented(ctx, node, old, amount)
        if new is not None:
            ctx.bind(name, new)
        return
    if memory.is_array(old):
        new = _sum_in_place(ctx, node, old, amount)
        ctx.release()
        memory.update(ctx, node, old, new)
        return
    if isinstance(object_of(ctx.held(name)), Cell) and is_zero_dimensional(old.type):
        raise refuse_in_place(ctx, node, [])
    if is_zero_dimensional(old.type) and zero_dimensional.comes_in(old):
        ctx.specializations.augmenting.add(ctx.specializations.stack[-1].target)
    zero_dimensional.note_augmented(ctx, node, old)
    if zero_dimensional.has_two_places(ctx, old):
        others = [each for each, held in ctx.env.items() if held is old and each != name and each.isidentifier()]
        ctx.specializations.shared_numbers.append((ctx, node, others))
    new = binary(ctx, node, BINARY[type(node.op)], old, amount)
    zero_dimensional.note_changed(ctx, node, old, new)
    ctx.bind(name, new)


def _sum_in_place(ctx: Context, node: Any, old: Value, amount: Value) -> Value:
    new = binary(ctx, node, BINARY[type(node.op)], old, amount)
    if new.op is not None:
        new.op.attrs["_augmented"] = True
    return new


def augmented(ctx: Context, node: Any, old: Value, amount: Value) -> Value | None:
    """`old += amount` of a container or an object: None when it has been changed in place."""
    opcode = BINARY[type(node.op)]
    kind = containers.kind_of(ctx, node, old)
    if kind == "list" and opcode == "add" and not isinstance(amount.type, Array):
        extend = attributes.attribute(ctx, node, old, "extend")
        object_of(extend).run(ctx, node, [amount], {})
        return None
    if kind == "list" and opcode == "mul" and joining.repeat_in_place(ctx, node, old, amount):
        return None
    if kind == "dict" and opcode == "bitor":
        joining.update(ctx, node, old, amount)
        return None
    method = attributes.method_of(ctx, node, old, f"__i{opcode}__")
    if method is not None:
        return object_of(method) and calls.call_value(ctx, node, method, [amount], {}, opcode)
    return binary(ctx, node, opcode, old, amount)


def _augment_place(ctx: Context, node: Any) -> None:
    """`base[index] += amount`, `base.name += amount`: the base and the index are computed once."""
    target = node.target
    base, is_flat = subscripts.base_of(ctx, target)
    if is_flat and isinstance(target, gast.Subscript):
        subscripts.augment_flat(ctx, node, base, BINARY[type(node.op)])
        return
    if isinstance(target, gast.Attribute):
        is_stored_by_method = attributes.has_setter(ctx, target, base, target.attr)
        old = attributes.attribute(ctx, target, base, target.attr)
    elif memory.is_array(base):
        _augment_array(ctx, node, base)
        return
    else:
        is_object = attributes.method_of(ctx, target, base, "__getitem__") is not None
        is_stored_by_method = attributes.method_of(ctx, target, base, "__setitem__") is not None
        if isinstance(target.slice, gast.Slice) and not is_object:
            containers.store_item(ctx, target, base, target.slice, ctx.undef())
        index = subscripts.index_value(ctx, target.slice)
        old = subscripts.item_of(ctx, target, base, index)
    old = present(ctx, old)
    amount = _amount(ctx, node, old)
    new: Value | None
    if memory.is_array(old):
        kept = memory.keep(ctx, old) if is_stored_by_method else None
        memory.update(ctx, node, old, _sum_in_place(ctx, node, old, amount))
        new = memory.load(ctx, node, kept) if kept is not None else None
    elif isinstance(old.type, Handle | Tuple | Static):
        new = augmented(ctx, node, old, amount)
    else:
        if is_zero_dimensional(old.type):
            ctx.specializations.augmented_0d.append((ctx, node))
        if is_kept_number(old):
            ctx.specializations.shared_numbers.append((ctx, node, []))
        elif old.op is not None and zero_dimensional.may_hold_one(old.op.opcode, old):
            raise refuse_in_place(ctx, node, [])
        new = binary(ctx, node, BINARY[type(node.op)], old, amount)
        zero_dimensional.note_changed(ctx, node, old, new)
        if zero_dimensional.comes_in(old):
            ctx.specializations.augmenting_slots.add(ctx.specializations.stack[-1].target)
    if new is None and not is_stored_by_method:
        return
    new = old if new is None else new
    if isinstance(target, gast.Attribute):
        attributes.store(ctx, target, base, target.attr, new)
    else:
        subscripts.store_at(ctx, target, base, index, new)


def _augment_array(ctx: Context, node: Any, base: Value) -> None:
    """`u[index] += amount`: of repeated indices only the last counts, as NumPy does."""
    spec, index = subscripts.index_spec(ctx, node.target.slice, base)
    opcode = BINARY[type(node.op)]
    before = memory.current(ctx, base)
    amount = ctx.data(node.value, _amount(ctx, node, base))
    base = memory.current(ctx, before)
    if is_view(spec):
        ctx.release()
    read = ctx.builder.emit("index", before, *index, spec=tuple(spec)) if base is not before else None
    if read is not None and ("array" in spec or "mask" in spec or not memory.is_array(read)):
        new = binary(ctx, node, opcode, read, amount)  # a copy, made before the amount changed the array
        memory.store_item(ctx, node, base, new, spec, index)
        return
    if opcode in ("add", "sub") and "array" not in spec and not _is_integer(base):
        amount = amount if opcode == "add" else ctx.emit(node, "neg", amount)
        memory.add_item(ctx, node, base, amount, spec, index)
        return
    old = ctx.emit(node.target, "index", base, *index, spec=tuple(spec))
    new = binary(ctx, node, opcode, old, amount)
    new = fitting.fitted(ctx, node, old, new) if memory.is_array(old) else new
    memory.store_item(ctx, node, base, new, spec, index)


def _is_integer(base: Value) -> bool:
    return (dtype_of(base.type) or "").lstrip("u").startswith(("int", "bool"))


def refuse_in_place(ctx: Context, node: Any, others: Sequence[str]) -> AdjointError:
    """The refusal of `x += v`, or `operator.iadd(x, v)`, whose effect may be seen under another name."""
    text = ctx.captured.source.segment(node)
    name = ctx.captured.source.segment(node.target if isinstance(node, gast.AugAssign) else node.args[0])
    symbol = text.partition("=")[0].removeprefix(name).strip() if isinstance(node, gast.AugAssign) else ""
    return ctx.refuse(
        node,
        f"`{text}` may change an array in place that {' and '.join(map(repr, others)) or 'another name'} shares",
        why=f"where {name!r} is an array without dimensions, the two are one, and both would change",
        fix=f"make a new array: `{name} = {name} {symbol or '+'} ...`, or start with `{name} = {name}.copy()`",
        kind=AliasNotProvable,
    )


# -- raise and assert


def lower_raise(ctx: Context, node: Any) -> None:
    """End the region with the user's exception."""
    with ctx.at(node):
        if node.exc is None:
            raise ctx.refuse(
                node,
                "`raise` without an exception",
                why="there is no exception being handled inside of the function",
                fix="raise an exception of its own: `raise ValueError('...')`",
            )
        cause = _cause(ctx, node)
        called = isinstance(node.exc, gast.Call)
        maker = ctx.expression(node.exc.func if called else node.exc)
        made = exception_class(maker)
        if made is not None and not called:
            attrs = {"exception": made, "made": True, "cause": bool(cause)}
            ctx.builder.op("raise", [maker, *cause], (), attrs)
            return
        kind = maker.type.value if isinstance(maker.type, Static) else None
        if not (isinstance(kind, type) and issubclass(kind, BaseException)) or (called and node.exc.keywords):
            raise ctx.refuse(
                node,
                "what is raised is not an exception known before the run",
                why="it must be an exception class, called with plain values",
                fix="write `raise ValueError('message')`",
            )
        write_raise(ctx, kind, node.exc, node.exc.args if called else [], cause)


def exception_class(value: Value) -> type[BaseException] | None:
    """The class of an exception made at run time; None for anything else."""
    cls = value.type.cls if isinstance(value.type, Object) else object
    return cls if issubclass(cls, BaseException) else None


def _cause(ctx: Context, node: Any) -> list[Value]:
    """What stands behind `from`: an exception caught here, or nothing."""
    value = ctx.const(None) if node.cause is None else ctx.expression(node.cause)
    if isinstance(value.type, Static) and value.type.value is None:
        return []
    if exception_class(value) is not None:
        return [value]
    raise ctx.refuse(
        node,
        f"`raise ... from` {spoken(value.type)}",
        why="it is not an exception caught in this function",
        fix="write `raise ... from error` with the name of an `except ... as error`",
    )


def write_raise(
    ctx: Context, kind: type[BaseException], text_of: Any, args: Sequence[Any], cause: Sequence[Value] = ()
) -> None:
    """The `raise` operation: attribute `exception`, the arguments as operands, and last its cause if there is one."""
    operands = [ctx.expression(arg) for arg in args]
    text = ctx.captured.source.segment(text_of) if text_of is not None else kind.__name__
    attrs = {"exception": kind, "_text": text, **({"cause": True} if cause else {})}
    ctx.builder.op("raise", [*operands, *cause], (), attrs)


def lower_assert(ctx: Context, node: Any) -> bool:
    """A check. Returns whether control goes on (not when it is known to fail)."""
    with ctx.at(node):
        condition = tested(ctx, node.test)
        failed = negate(ctx, node.test, condition)
        args = [node.msg] if node.msg is not None else []
        if ctx.is_static(failed):
            if ctx.static(failed):
                write_raise(ctx, AssertionError, node, args)
            return not ctx.static(failed)
        guard(ctx, failed, lambda: write_raise(ctx, AssertionError, None, args), "assert")
    return True
