"""Functions that call themselves keep a frame of each call in one list, and hand on its number: for Numba.

    before:  %kept = pack %x %n %inner;            ...   %x, %n, %inner = unpack %kept
    after:   %kept = keep %frames %x %n %inner;    ...   %x, %n, %inner = unpack (frame %frames %kept)

A tuple that holds one of its own kind has no type in Numba; a number has. The list is made by the function that is
called first and handed to all others that need it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np

from adjoint.emit.imports import Namespace
from adjoint.emit.native_base import call_helper, refuse
from adjoint.ir.core import Function, Op, Param, Region, Value, clone_op, leaves, walk, walk_regions
from adjoint.ir.types import INT, NONE, Array, List, Residuals, Scalar, TapeType, Tuple, Type, Undef
from adjoint.ir.undefined import merged_types

Key = tuple[str, ...]
"""The kinds of the items of a frame: frames of equal kinds may share a list."""
_ZERO = {"bool": False, "int": 0, "float": 0.0, "complex": 0j}
_KEEP = '''
def keep(frames, frame):
    """Put a frame behind the others. Gives its number."""
    frames.append(frame)
    return len(frames) - 1
'''


def number_frames(functions: Sequence[Function], entry: Function) -> None:
    """Give what recursive functions keep a number, in place; `functions` are all of a program. Raises NotCompilable."""
    calls = {function: [op for op in walk(function.body) if op.opcode == "call"] for function in functions}
    recursive = [function for function in functions if _reaches(function, function, calls)]
    keeps = any(map(_keeps, recursive))
    kinds = {function: _kinds(function) if keeps else {} for function in functions}
    for function in functions:
        _bind_undefined(function, arrays_only=not keeps or function not in recursive)
    for function in recursive:
        _return_early(function)
    if not keeps:
        return
    calls = {function: [op for op in walk(function.body) if op.opcode == "call"] for function in functions}
    if _reaches(entry, entry, calls) or _keeps(entry):
        refuse(None, "the pullback of a function that calls itself", entry)
    changed = True
    while changed:  # what a function needs for those that it calls
        before = sum(map(len, kinds.values()))
        for function in functions:
            for call in calls[function]:
                kinds[function] |= kinds[call.attrs["callee"]]
        changed = before != sum(map(len, kinds.values()))
    for function in functions:
        _rewrite(function, dict(sorted(kinds[function].items())), kinds, is_entry=function is entry)


def _return_early(function: Function) -> None:
    """Return at the end of each branch: Numba needs a return that it sees before the function calls itself."""
    body = function.body
    last = next((op for op in reversed(body.ops) if op.regions), None)
    if last is None or last.opcode != "if" or not last.results or body.ops[-1].opcode != "return":
        return
    place = body.ops.index(last)
    rest, body.ops = body.ops[place + 1 :], body.ops[: place + 1]
    for region in [inner for outer in last.regions for inner in walk_regions(outer)]:
        if region.ops[-1].opcode == "yield" and any(region.ops[-1] is leaf for leaf in leaves(last)):
            mapping = dict(zip(last.results, region.ops.pop().operands))
            region.ops += [clone_op(op, mapping) for op in rest]
    last.results = []


def _reaches(start: Function, goal: Function, calls: dict[Function, list[Op]]) -> bool:
    seen: set[Function] = set()
    pending = [start]
    while pending:
        for call in calls[pending.pop()]:
            callee = call.attrs["callee"]
            if callee is goal:
                return True
            if callee not in seen:
                seen.add(callee)
                pending.append(callee)
    return False


def _keeps(function: Function) -> bool:
    return any(op.opcode == "pack" for op in walk(function.body))


def _kinds(function: Function) -> dict[Key, tuple[Type, ...]]:
    """The kinds of frames that a function makes or takes apart."""
    found: dict[Key, tuple[Type, ...]] = {}
    for op in walk(function.body):
        if op.opcode in ("pack", "unpack"):
            types = tuple(value.type for value in (op.operands if op.opcode == "pack" else op.results))
            if not all(map(_has_zero, types)):
                refuse(op, "a function that calls itself and keeps a container or the passes of a loop", function)
            op.attrs["key"] = tuple(map(_kind, types))
            found[op.attrs["key"]] = types
    return found


def _has_zero(t: Type) -> bool:
    if isinstance(t, Tuple):
        return all(map(_has_zero, t.items))
    return isinstance(t, Scalar | Array | Residuals) or t == NONE


def _kind(t: Type) -> str:
    if isinstance(t, Tuple):
        return f"({', '.join(map(_kind, t.items))})"
    if isinstance(t, Array):
        return f"{t.dtype}[{t.rank}]" if t.rank or t.dtype != "float64" else "float"
    return "int" if isinstance(t, Residuals) else str(t)


def _rewrite(
    function: Function,
    own: dict[Key, tuple[Type, ...]],
    kinds: dict[Function, dict[Key, tuple[Type, ...]]],
    *,
    is_entry: bool,
) -> None:
    lists = {key: Value(List(Residuals()), "frames") for key in own}
    if is_entry:
        for key, frames in lists.items():
            frames.op = Op("frames", [], {"types": tuple(map(_as_number, own[key]))}, [], [frames], None, True)
        function.body.ops[:0] = [frames.op for frames in lists.values() if frames.op is not None]
    for region in walk_regions(function.body):
        for op in list(region.ops):
            if op.opcode == "pack":
                op.opcode = "keep"
                op.operands.insert(0, lists[op.attrs["key"]])
            elif op.opcode == "unpack":
                _read_frame(op, lists[op.attrs["key"]], region)
            elif op.opcode == "call":
                op.operands += [lists[key] for key in sorted(kinds[op.attrs["callee"]])]
    if not is_entry:
        for frames in lists.values():
            _add_parameter(function, frames)
    _number_residuals(function)


def _read_frame(op: Op, frames: Value, region: Region) -> None:
    read = Op("frame", [frames, op.operands[0]], {}, [], [], op.line, True)
    read.results = [Value(Residuals(), None, read)]
    region.ops.insert(region.ops.index(op), read)
    op.operands = [read.result]


def _add_parameter(function: Function, frames: Value) -> None:
    name, taken, count = "frames", {param.name for param in function.params}, 1
    while name in taken:
        count += 1
        name = f"frames{count}"
    frames.name = name
    function.body.args.append(frames)
    function.params.append(Param(name, generated=True))


def _bind_undefined(function: Function, arrays_only: bool) -> None:
    """Variables without a value on a path are kept all the same: as some value of their type.

    Arrays are in any case, since Numba does little with what is an array or None.
    """
    known = merged_types(function.body)
    for region in walk_regions(function.body):
        for branch in [op for op in region.ops if op.opcode == "if"]:
            for inner in [each for outer in branch.regions for each in walk_regions(outer)]:
                if inner.ops[-1].opcode == "yield" and any(inner.ops[-1] is leaf for leaf in leaves(branch)):
                    _bind_leaf(inner, [known.get(result, result.type) for result in branch.results], arrays_only)


def _bind_leaf(region: Region, types: Sequence[Type], arrays_only: bool) -> None:
    leaf = region.ops[-1]
    for place, (operand, wanted) in enumerate(zip(leaf.operands, types)):
        is_array = isinstance(wanted, Array) and bool(wanted.rank)
        if isinstance(operand.type, Undef) and (is_array or not (arrays_only or isinstance(wanted, Undef))):
            made = Op(*_nothing_of(wanted), [], [], leaf.line, True)
            made.results = [Value(wanted, operand.name, made)]
            region.ops.insert(-1, made)
            leaf.operands[place] = made.result


def _nothing_of(wanted: Type) -> tuple[str, list[Value], dict[str, object]]:
    """The operation that makes some value of a type."""
    if isinstance(wanted, Tuple) or (isinstance(wanted, Array) and wanted.rank):
        return "nothing", [], {"like": _as_number(wanted)}
    kind = wanted.kind if isinstance(wanted, Scalar) else "int" if isinstance(wanted, Residuals) else "float"
    return "const", [], {"value": _ZERO[kind]}


def _as_number(t: Type) -> Type:
    if isinstance(t, Tuple):
        return t.of(map(_as_number, t.items))
    if isinstance(t, TapeType):
        return TapeType(_as_number(t.item))
    return INT if isinstance(t, Residuals) else t


def _number_residuals(function: Function) -> None:
    """What a function keeps is a number wherever it goes."""
    function.result_type = _as_number(function.result_type)
    values = [*function.args, *(arg for region in walk_regions(function.body) for arg in region.args)]
    for op in walk(function.body):
        values += op.results if op.opcode != "frame" else []
        if op.opcode == "tape":
            op.attrs["item"] = _as_number(op.attrs["item"])
        if "types" in op.attrs:
            op.attrs["types"] = tuple(map(_as_number, op.attrs["types"]))
    for value in values:
        value.type = _as_number(value.type)


# spelling


def frames(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`[(0.0, 0) for _ in range(0)]`: an empty list whose items have a type."""
    return ast.parse(f"[{_zero(Tuple(op.attrs['types']), namespace)} for _ in range(0)]", mode="eval").body


def _zero(t: Type, namespace: Namespace) -> str:
    if isinstance(t, Array) and (t.rank or t.dtype != "float64"):
        library = namespace.module(np).id
        dtype = {"bool": "bool_"}.get(t.dtype, t.dtype)
        shape = str((0,) * t.rank) if t.rank > 1 else "0"
        given = "" if dtype == "float64" else f", {library}.{dtype}"
        return f"{library}.empty({shape}{given})" if t.rank else f"{library}.{dtype}(0)"
    if isinstance(t, Tuple):
        return f"({', '.join(_zero(item, namespace) for item in t.items)},)"
    if t == NONE:
        return "None"
    return repr(_ZERO[t.kind]) if isinstance(t, Scalar) else "0.0"


def nothing(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """An array or a tuple where a variable has no value."""
    return ast.parse(_zero(op.attrs["like"], namespace), mode="eval").body


def keep(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`keep(frames, (x, n))`."""
    return call_helper(namespace, _KEEP, operands[0], ast.Tuple(operands[1:], ast.Load()))


def frame(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`frames[kept]`."""
    return ast.Subscript(operands[0], operands[1], ast.Load())


SPELLINGS = {"frames": frames, "keep": keep, "frame": frame, "nothing": nothing}
