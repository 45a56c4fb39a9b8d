"""Lists of numbers that a program only reads, item by item: for it they may as well be arrays."""

from __future__ import annotations

from adjoint.ir.core import Function, Value, users
from adjoint.ir.types import List, Scalar

_READS = ("len", "list_of_zeros")


def only_read(function: Function) -> tuple[int, ...]:
    """The positions of the arguments that are such lists."""
    return tuple(place for place, arg in enumerate(function.args) if _is_only_read(arg, function, ()))


def _is_only_read(value: Value, function: Function, callers: tuple[Function, ...]) -> bool:
    if not isinstance(value.type, List) or value.type.item not in (Scalar("float"), Scalar("int")):
        return False
    for user, place in users(function.body).get(value, ()):
        callee = user.attrs.get("callee")
        if user.opcode == "call" and isinstance(callee, Function) and callee not in (function, *callers):
            if _is_only_read(callee.args[place], callee, (function, *callers)):
                continue
        is_item = user.opcode == "index" and place == 0 and user.attrs["spec"] == ("int",)
        if not is_item and user.opcode not in _READS:
            return False
    return True
