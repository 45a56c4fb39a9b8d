"""Strings made at run time: f-strings, `str(x)`, `"...".format(x)`, `"..." % x`, `sep.join(...)`.

What is known now becomes a constant; the rest is text of type `object<str>` that is printed, raised or passed on, and
never becomes a number again.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.calls.intrinsics import intrinsic
from adjoint.frontend.context import Context, expression, spoken
from adjoint.frontend.values.optionals import flag_of, present, resolved
from adjoint.ir.core import Value
from adjoint.ir.ops.scopes import Part, format_text
from adjoint.ir.types import Object, Static, Tuple, Undef

TEXT = Object(str)


def is_text(value: Value) -> bool:
    """Whether the value is a string, known now or not."""
    return value.type == TEXT or (isinstance(value.type, Static) and isinstance(value.type.value, str))


@expression(gast.JoinedStr)
def lower_f_string(ctx: Context, node: Any) -> Value:
    """`f"x = {x:.3f}"`."""
    parts: list[Part] = []
    values: list[Value] = []
    for part in node.values:
        if isinstance(part, gast.Constant):
            parts.append(part.value)
        else:
            values.append(ctx.expression(part.value))
            parts.append((chr(part.conversion) if part.conversion != -1 else "", _spec(ctx, part)))
    return make_text(ctx, node, parts, values)


def _spec(ctx: Context, node: Any) -> str:
    """The format behind the colon, which must be known now."""
    if node.format_spec is None:
        return ""
    value = ctx.expression(node.format_spec)
    if not ctx.is_static(value) or set("{}") & set(ctx.static(value)):
        raise ctx.refuse(
            node,
            "the format of a value is not known before the run",
            why="it is made of other values",
            fix="write the format out: `{x:.3f}`",
        )
    return str(ctx.static(value))


def make_text(ctx: Context, node: Any, parts: Sequence[Part], values: Sequence[Value]) -> Value:
    """The text of literal parts and values; a constant when all values are known."""
    for number, value in enumerate(values):
        flag = flag_of(resolved(ctx, value))
        if flag is not None:
            return _text_with_none(ctx, node, parts, values, number, flag)
    if all(map(ctx.is_static, values)):
        try:
            return ctx.const(format_text(*map(ctx.static, values), parts=tuple(parts)))
        except (ValueError, TypeError) as error:
            raise _misformatted(ctx, node, error) from None
    return ctx.emit(node, "format", *values, parts=tuple(part for part in parts if part))


def _text_with_none(
    ctx: Context, node: Any, parts: Sequence[Part], values: Sequence[Value], number: int, flag: Value
) -> Value:
    """The text where value `number` may be None."""
    from adjoint.frontend.expressions import conditional

    def made(value: Value) -> Value:
        return make_text(ctx, node, parts, [*values[:number], value, *values[number + 1 :]])

    nothing = ctx.const(None)
    return conditional(ctx, node, flag, lambda: made(nothing), lambda: made(present(ctx, values[number])), "ternary")


def _misformatted(ctx: Context, node: Any, error: Exception) -> AdjointError:
    kind = type(error)
    return ctx.refuse(node, str(error), why=f"Python raises {kind.__name__} here", fix="check the format", raises=kind)


def convert_text(ctx: Context, node: Any, conversion: str, args: Sequence[Value]) -> Value:
    """`str(x)` (conversion `s`), `repr(x)` (`r`) and `ascii(x)` (`a`)."""
    if not args:
        return ctx.const("")
    (value,) = args
    if conversion == "s" and is_text(value):
        return value
    return make_text(ctx, node, [(conversion, "")], [value])


@intrinsic(str)
def _str(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    return convert_text(ctx, node, "s", args) if len(args) < 2 and not keywords else None


@intrinsic(repr)
def _repr(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    return convert_text(ctx, node, "r", args) if len(args) == 1 else None


@intrinsic(format)
def _format(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value | None:
    if not args or not all(map(ctx.is_static, args[1:])):
        return None
    return make_text(ctx, node, [("", str(ctx.static(args[1])) if len(args) > 1 else "")], args[:1])


def method(name: str, base: Value) -> Callable[..., Value]:
    """A method of a string: `format` takes run-time values, the others only what is known now."""

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        if all(map(ctx.is_static, (base, *args, *keywords.values()))):
            try:
                made = _called_now(ctx, name, base, args, keywords)
            except Exception as error:
                raise _misformatted(ctx, node, error) from None
            return ctx.new_list(map(ctx.const, made)) if isinstance(made, list) else ctx.const(made)
        if name == "join" and ctx.is_static(base) and len(args) == 1:
            return _join(ctx, node, ctx.static(base), args[0])
        if name == "format" and ctx.is_static(base):
            return _format_method(ctx, node, ctx.static(base), args, keywords)
        raise ctx.refuse(
            node,
            f"the string method `.{name}()` of values known only at run time",
            why="strings made at run time are printed and raised, nothing else",
            fix="use an f-string, or `print` the values separately",
        )

    return run


def _called_now(ctx: Context, name: str, base: Value, args: Sequence[Value], keywords: Mapping[str, Value]) -> Any:
    function = getattr(ctx.static(base), name)
    return function(*map(ctx.static, args), **{key: ctx.static(value) for key, value in keywords.items()})


def _join(ctx: Context, node: Any, separator: str, items: Value) -> Value:
    """`", ".join(texts)` of as many strings as are known now."""
    from adjoint.frontend.control.sequences import sequence_of
    from adjoint.frontend.control.walking import known_items

    values = known_items(ctx, node, sequence_of(ctx, node, items))
    if values is None or not all(map(is_text, values)):
        raise ctx.refuse(
            node,
            "`.join()` of other things than strings, or of how many is not known",
            why="the text has as many fields as there are items",
            fix="join a tuple or a list of known length: `', '.join([str(x), str(y)])`",
        )
    parts: list[Part] = []
    for value in values:
        parts += [separator, ctx.static(value) if ctx.is_static(value) else ("", "")]
    return make_text(ctx, node, parts[1:], [value for value in values if not ctx.is_static(value)])


def _format_method(
    ctx: Context, node: Any, template: str, args: Sequence[Value], keywords: Mapping[str, Value]
) -> Value:
    """`"{:.2f} {name}".format(x, name=y)` as the f-string it is."""
    parts: list[Part] = []
    values: list[Value] = []
    count = 0
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError as error:
        raise _misformatted(ctx, node, error) from None
    for literal, name, spec, conversion in pieces:
        parts.append(literal)
        if name is None:
            continue
        count += not name
        key = str(count - 1) if not name else name
        value = args[int(key)] if key.isdigit() and int(key) < len(args) else keywords.get(key)
        if value is None or "{" in (spec or ""):
            raise ctx.refuse(
                node,
                f"the field {{{name}}} of the template is not an argument",
                why="attributes, items and nested formats of fields are not read",
                fix="use an f-string",
            )
        values.append(value)
        parts.append((conversion or "", spec or ""))
    return make_text(ctx, node, parts, values)


def operator(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value | None:
    """`+` and `%` of strings; None for anything else."""
    if opcode == "mod" and is_text(left):
        return percent(ctx, node, left, right)
    if opcode == "add" and (is_text(left) or is_text(right)):
        return concatenate(ctx, node, left, right)
    return None


def percent(ctx: Context, node: Any, template: Value, values: Value) -> Value:
    """`template % values`."""
    if not ctx.is_static(template):
        raise ctx.refuse(
            node, "`%` on a string made at run time", why="its fields are not known", fix="use an f-string"
        )
    text, many = ctx.static(template), isinstance(values.type, Tuple) and values.type.layout is None
    if ctx.is_static(values):
        try:
            return ctx.const(text % ctx.static(values))
        except (ValueError, TypeError) as error:
            raise _misformatted(ctx, node, error) from None
    operands = ctx.parts(values) if many else [values]
    return ctx.emit(node, "percent", *operands, template=text, many=many)


def concatenate(ctx: Context, node: Any, left: Value, right: Value) -> Value:
    """`left + right` of two strings."""
    if not (is_text(left) and is_text(right)):
        other = right if is_text(left) else left
        if isinstance(other.type, Undef):
            return ctx.blocked(left, right)
        raise ctx.refuse(
            node,
            f"a string and {spoken(other.type)} cannot be added",
            why="Python raises TypeError here",
            fix="use an f-string",
            raises=TypeError,
        )
    parts: list[Part] = []
    for each in (left, right):
        parts.append(ctx.static(each) if ctx.is_static(each) else ("", ""))
    return make_text(ctx, node, parts, [each for each in (left, right) if not ctx.is_static(each)])


def refuse_number(ctx: Context, node: Any, name: str) -> AdjointError:
    """`float(text)` of a string made at run time."""
    return ctx.refuse(
        node,
        f"`{name}()` of a string made at run time",
        why="a number that went through a string has lost its derivative",
        fix="use the number itself",
    )
