"""Attributes: of arrays, of objects of the user's classes (read, written, methods, properties), of modules."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

import gast
import numpy as np

from adjoint.errors import NoRule
from adjoint.frontend.calls import draws, opaque
from adjoint.frontend.calls.intrinsics import meaning_of_foreign
from adjoint.frontend.containers import containers, methods
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.names import UNKNOWN, static_attribute
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.sharing import keep_as_is
from adjoint.frontend.values import texts
from adjoint.frontend.values.objects import Bound, Cell, Closure, Items, Run, Slice, Special, Super, handle, object_of
from adjoint.frontend.values.optionals import present
from adjoint.ir import binding
from adjoint.ir.core import Value
from adjoint.ir.types import NONE, Array, Layout, Object, Scalar, Static, Tuple, Undef, is_complex

_BOUNDS = ("start", "stop", "step")
_OF_ARRAYS = {"T": "transpose", "size": "size", "real": "real", "imag": "imag"}


def attribute(ctx: Context, node: Any, base: Value, name: str) -> Value:
    """`base.name`. Refused when there is no such attribute."""
    base = present(ctx, base, AttributeError)
    if isinstance(base.type, Undef):
        return ctx.blocked(base)
    if draws.is_generator(base):
        return handle(Special(name, draws.method(name, base)))
    if isinstance(base.type, Object):
        meaning = meaning_of_foreign(base.type.cls)
        if meaning is not None:
            return meaning(ctx, node, base, name)
        return handle(Special(name, texts.method(name, base) if texts.is_text(base) else opaque.method(name, base)))
    if isinstance(base.type, Static):
        return _of_constant(ctx, node, base.type.value, name)
    thing = object_of(base)
    if isinstance(thing, Slice) and name in _BOUNDS:
        return thing.bounds[_BOUNDS.index(name)] or ctx.const(None)
    found = find(ctx, node, base, name)
    if found is not None:
        return found
    if isinstance(base.type, Array | Scalar):
        return _of_array(ctx, node, base, name)
    raise ctx.refuse(
        node,
        f"the attribute `.{name}` of {spoken(base.type)} is not known",
        why="it is neither a field nor a method that can be read",
        fix="compute it outside, or with a NumPy function",
        kind=NoRule,
    )


def _of_constant(ctx: Context, node: Any, owner: Any, name: str) -> Value:
    if isinstance(owner, str):
        if callable(getattr(owner, name, None)):
            return handle(Special(f"str.{name}", texts.method(name, ctx.const(owner))))
    if not isinstance(node, gast.Attribute):
        return ctx.const(getattr(owner, name))
    return static_attribute(ctx, node, owner)


def _of_array(ctx: Context, node: Any, base: Value, name: str) -> Value:
    if name == "shape" and isinstance(base.type, Array):
        return ctx.emit(node, "shape", base)
    if name == "ndim" and isinstance(base.type, Array):
        return ctx.const(base.type.rank)
    if name == "dtype" and isinstance(base.type, Array):
        ctx.builder.op("asked", [base], ())  # that it has this dtype on all paths is looked at in the end
        return ctx.const(np.dtype(base.type.dtype))
    if name == "flat" and isinstance(base.type, Array) and base.type.rank:
        from adjoint.frontend.library.walks import walk_flat

        return walk_flat(ctx, node, base)
    if name == "real" and isinstance(base.type, Array) and not is_complex(base.type):
        return base
    if name == "mT" and isinstance(base.type, Array) and base.type.rank > 1:
        return ctx.emit(node, "swapaxes", base, axis1=-1, axis2=-2)
    opcode = _OF_ARRAYS.get(name)
    if opcode is not None and isinstance(base.type, Array):
        return ctx.emit(node, opcode, base, _via="method")
    if isinstance(base.type, Array) and binding.method_of(name) is not None:
        return handle(Bound(handle(Special(name, _array_method(name))), (memory.keep(ctx, base),)))
    if isinstance(base.type, Scalar) and name in ("real", "imag"):
        return base if name == "real" and base.type.kind in ("float", "int") else ctx.emit(node, name, base)
    raise ctx.refuse(
        node,
        f"the attribute `.{name}` of {spoken(base.type)} is not supported",
        why="only `.shape`, `.ndim`, `.size`, `.dtype`, `.T`, `.real`, `.imag` of arrays are read",
        fix="compute it outside, or with a NumPy function",
        kind=NoRule,
        raises=AttributeError if isinstance(base.type, Scalar) and not _of_numbers(name) else None,
    )


def _of_numbers(name: str) -> bool:
    """Whether some Python number has the attribute (an int may stand where a float is declared)."""
    return any(hasattr(kind, name) for kind in (bool, float, complex))


def _array_method(name: str) -> Callable[..., Value]:
    """A method of arrays as a function of the array and its arguments."""

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        from adjoint.frontend.calls.operations import call_method

        return call_method(ctx, node, args[0], name, args[1:], keywords)

    return run


def find(ctx: Context, node: Any, base: Value, name: str) -> Value | None:
    """An attribute of a container, an object or a function; None when there is none."""
    thing = object_of(base)
    if isinstance(thing, Super):
        return _from_classes(ctx, node, thing.of, classes_after(ctx, node, thing), name)
    if isinstance(thing, Closure) and name in ("__name__", "__qualname__"):
        return ctx.const(thing.code.captured.name)
    if isinstance(thing, Cell):
        return _of_cell(ctx, node, base, thing, name)
    if isinstance(base.type, Tuple) and base.type.layout is not None and base.type.layout.kind == "named":
        if name in base.type.layout.keys:
            return ctx.parts(base)[base.type.layout.keys.index(name)]
        found = methods.of_named(name, base)
        return found or _from_classes(ctx, node, base, _mro(base.type.layout), name)
    if isinstance(base.type, Tuple):
        return methods.of_tuple(name, base)
    return None


def _of_cell(ctx: Context, node: Any, base: Value, cell: Cell, name: str) -> Value | None:
    held = ctx.seen(node, cell)
    if isinstance(held, Run) or held.layout.kind == "list":
        return methods.of_list(name, base)
    if held.layout.kind == "dict":
        return methods.of_dict(name, base)
    _refuse_descriptor(ctx, node, held.layout, name)
    number = held.slot(name)
    if number is not None:
        return ctx.slot(node, cell, held, number)
    if name == "__class__":
        return ctx.const(held.layout.cls)
    if name == "__dict__":
        return _dict_of(ctx, cell, held)
    return _from_classes(ctx, node, base, _mro(held.layout), name)


def _dict_of(ctx: Context, cell: Cell, held: Items) -> Value:
    """The `__dict__` of an object, to be read: a change of one of the two would have to be seen in the other."""
    slots = held.slots
    if cell.base is not None:  # what stands in an item of a list stays there
        slots = tuple(ctx.each_slot(None, cell, held))
    made = ctx.new_cell(Items(Layout("dict", held.layout.keys), slots))
    why = f"it is the `__dict__` of {cell}, and the two would change together"
    ctx.is_also(object_of(made), cell, why)
    return made


def _mro(layout: Layout) -> tuple[type, ...]:
    return layout.cls.__mro__ if layout.cls is not None else ()


def classes_after(ctx: Context, node: Any, thing: Super) -> tuple[type, ...]:
    """The classes that `super()` looks in."""
    cls = class_of(ctx, node, thing.of)
    order = cls.__mro__ if cls is not None else ()
    return order[order.index(thing.cls) + 1 :] if thing.cls in order else ()


def class_of(ctx: Context, node: Any, value: Value) -> type | None:
    """The class of an object of the user's."""
    cell = containers.cell_of(value)
    if cell is not None:
        held = ctx.seen(node, cell)
        return held.layout.cls if isinstance(held, Items) and held.layout.kind == "record" else None
    if isinstance(value.type, Static) and isinstance(value.type.value, type):
        return value.type.value
    if isinstance(value.type, Tuple) and value.type.layout is not None:
        return value.type.layout.cls
    return None


def _from_classes(ctx: Context, node: Any, base: Value, classes: tuple[type, ...], name: str) -> Value | None:
    """What the classes of an object have under the name: a method, a property, a constant."""
    for cls in classes:
        library = methods.of_library(name, base, cls)
        if library is not None:
            return library
        if name in vars(cls):
            return _bound(ctx, node, base, cls, name, vars(cls)[name])
    return None


def _bound(ctx: Context, node: Any, base: Value, cls: type, name: str, held: Any) -> Value:
    from adjoint.frontend.calls.calls import call_value

    if isinstance(held, property):
        return call_value(ctx, node, ctx.const(held.fget), [base], {}, name)
    if hasattr(held, "func") and type(held).__name__ == "cached_property":
        result = call_value(ctx, node, ctx.const(held.func), [base], {}, name)
        keep_as_is(ctx, [base], f"`.{name}` has been computed with it, and is kept")
        return result
    if isinstance(held, staticmethod):
        return ctx.const(held.__func__)
    if isinstance(held, functools.partialmethod):
        return handle(Bound(ctx.const(held.func), (base, *map(ctx.const, held.args)), _constants(ctx, held.keywords)))
    if isinstance(held, classmethod):
        owner = base if isinstance(base.type, Static) else ctx.const(class_of(ctx, node, base))
        return handle(Bound(ctx.const(held.__func__), (owner,)))
    if isinstance(held, FunctionType) or hasattr(held, "__adjoint_lower__") or hasattr(held, "__wrapped__"):
        return handle(Bound(ctx.const(held), (base,)))
    if inspect.isroutine(held):
        found = methods.of_class(name, base, cls, held)
        if found is not None:
            return found
    return constant_of_class(ctx, node, cls, name, held)


def _constants(ctx: Context, held: dict[str, Any]) -> dict[str, Value]:
    return {name: ctx.const(each) for name, each in held.items()}


def constant_of_class(ctx: Context, node: Any, cls: type, name: str, held: Any) -> Value:
    """A number or another object kept in a class, read when the program runs."""
    from adjoint.frontend.names import outside

    return outside(ctx, node, cls, name, held)


def method_of(ctx: Context, node: Any, base: Value, name: str) -> Value | None:
    """A special method that the class of an object defines in Python; None when it does not."""
    thing = object_of(base)
    layout = base.type.layout if isinstance(base.type, Tuple) else None
    if isinstance(thing, Cell):
        held = ctx.contents(thing)
        layout = held.layout if isinstance(held, Items) and held.layout.kind == "record" else None
    if layout is None or layout.cls is None:
        return None
    for cls in layout.cls.__mro__:
        library = methods.of_library(name, base, cls)
        if library is not None:
            return library
        held_by_class = vars(cls).get(name)
        if isinstance(held_by_class, FunctionType) and not _is_written_by_dataclass(cls, name, held_by_class):
            return handle(Bound(ctx.const(held_by_class), (base,)))
        if held_by_class is not None:
            return None
    return None


def _is_written_by_dataclass(cls: type, name: str, function: FunctionType) -> bool:
    """Comparisons that `dataclass` makes have no source; they compare field by field."""
    filename = function.__code__.co_filename
    is_comparison = name in ("__eq__", "__lt__", "__le__", "__gt__", "__ge__")
    is_generated = filename.startswith("<string>") or (is_comparison and "dataclass" in filename)
    return hasattr(cls, "__dataclass_fields__") and is_generated


def store(ctx: Context, node: Any, base: Value, name: str, value: Value) -> None:
    """`base.name = value`. Refused for what is no object of the function's or its arguments'."""
    cell = containers.cell_of(base)
    held = ctx.seen(node, cell) if cell is not None else None
    if isinstance(base.type, Static) and isinstance(base.type.value, FunctionType) and isinstance(value.type, Scalar):
        operands = [base, ctx.const(name), value]
        ctx.builder.op("pycall", operands, [NONE], {"func": setattr, "keywords": (), "type": NONE, "_text": "setattr"})
        return
    if cell is None or not isinstance(held, Items) or held.layout.kind not in ("record", "namespace"):
        text = ctx.captured.source.segment(node)
        if isinstance(base.type, Array) and name in ("real", "imag"):
            raise ctx.refuse(
                node,
                f"`{text} = ...` stores into one part of complex numbers",
                why="a store through the real or imaginary part has no rule",
                fix="store both: `z[...] = a + 1j * b`",
            )
        if isinstance(base.type, Array):
            raise ctx.refuse(
                node,
                f"`{text} = ...` changes an array itself, not its elements",
                why="its shape and type are known before the run",
                fix="make another array: `y = x.reshape(...)`, `x.astype(...)`",
            )
        raise ctx.refuse(
            node,
            f"`{text} = ...` changes an object",
            why="what happens to an object outside of the function cannot be undone",
            fix="return the new value",
        )
    _refuse_descriptor(ctx, node, held.layout, name)
    setter = _property_of(held.layout, name)
    if setter is not None:
        from adjoint.frontend.calls.calls import call_value

        call_value(ctx, node, ctx.const(setter), [base, value], {}, name)
        return
    if held.slot(name) is not None and _keeps_results(held.layout):
        raise ctx.refuse(
            node,
            f"`.{name}` of an object with a `cached_property` is changed",
            why="what the property has kept would not change with it, and whether it has kept anything is not known",
            fix="make it a plain `property`, or make a new object",
        )
    if value.name is None and value.op is not None and value.op.opcode != "const" and object_of(value) is None:
        value.name = name
    number = held.slot(name)
    ctx.change(node, cell, held.add(name, value) if number is None else held.put(number, value))


def _refuse_descriptor(ctx: Context, node: Any, layout: Layout, name: str) -> None:
    """Refuse an attribute that an object in the class computes or stores, but for those of the library."""
    held = next((vars(cls)[name] for cls in _mro(layout) if name in vars(cls)), None)
    if held is None or type(held).__module__ in _KNOWN_DESCRIPTORS or hasattr(held, "__adjoint_lower__"):
        return
    accesses = (inspect.getattr_static(type(held), each, None) for each in ("__get__", "__set__", "__delete__"))
    if any(isinstance(each, FunctionType) for each in accesses):
        raise ctx.refuse(
            node,
            f"the attribute `.{name}` is a descriptor, `{type(held).__name__}`",
            why="reading or writing it calls a method of an object in the class",
            fix="a property, or a plain attribute",
        )


_KNOWN_DESCRIPTORS = frozenset({"builtins", "dataclasses", "enum", "functools", "types", "typing"})


def _keeps_results(layout: Layout) -> bool:
    """Whether a class has properties that are computed once."""
    return any(isinstance(held, functools.cached_property) for cls in _mro(layout) for held in vars(cls).values())


def has_setter(ctx: Context, node: Any, base: Value, name: str) -> bool:
    """Whether an attribute is stored by the setter of a property."""
    cell = object_of(base)
    held = ctx.seen(node, cell) if isinstance(cell, Cell) else None
    return isinstance(held, Items) and _property_of(held.layout, name) is not None


def _property_of(layout: Layout, name: str) -> Any:
    for cls in _mro(layout):
        held = vars(cls).get(name)
        if isinstance(held, property):
            return held.fset
    return None


__all__ = ["UNKNOWN", "MethodType", "attribute", "class_of", "find", "method_of", "store"]
