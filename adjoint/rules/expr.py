"""The operands a rule computes with: Python operators and NumPy calls on them append IR.

`np.cos(x)`, `x * y`, `x.sum(0)`, `x[..., None]`, `np.where(m, a, b)` all work; control flow in a rule may look at
types (`x.ndim`, `x.type`) and static attributes only, which are known when a derivative is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from adjoint.ir import binding
from adjoint.ir.builder import Builder
from adjoint.ir.core import Region, Value
from adjoint.ir.types import Dim, Type, dtype_of, is_complex, join, rank_of, shape_of


@final
class Expr:
    """A value inside a rule."""

    __slots__ = ("builder", "value")
    __array_priority__ = 1000.0

    def __init__(self, builder: Builder, value: Value) -> None:
        self.builder = builder
        self.value = value

    @property
    def type(self) -> Type:
        return self.value.type

    @property
    def ndim(self) -> int:
        """The number of dimensions, known when the rule runs."""
        return rank_of(self.value.type)

    @property
    def dims(self) -> tuple[Dim, ...]:
        """The symbolic extents: for decisions at transform time."""
        return shape_of(self.value.type)

    @property
    def shape(self) -> Expr:
        """The run-time shape (a tuple value)."""
        return self.emit("shape", self)

    @property
    def size(self) -> Expr:
        """The run-time number of elements."""
        return self.emit("size", self)

    @property
    def T(self) -> Expr:
        return self.emit("transpose", self)

    def emit(self, opcode: str, *operands: Any, **attrs: Any) -> Expr:
        """Append any operation of the table; plain numbers become constants."""
        values = [lift(self.builder, operand) for operand in operands]
        return Expr(self.builder, self.builder.emit(opcode, *values, **attrs))

    def _binary(self, opcode: str, a: Any, b: Any) -> Expr:
        return self.emit(opcode, a, b)

    def __add__(self, other: Any) -> Expr:
        return self._binary("add", self, other)

    def __radd__(self, other: Any) -> Expr:
        return self._binary("add", other, self)

    def __sub__(self, other: Any) -> Expr:
        return self._binary("sub", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return self._binary("sub", other, self)

    def __mul__(self, other: Any) -> Expr:
        return self._binary("mul", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return self._binary("mul", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return self._binary("truediv", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return self._binary("truediv", other, self)

    def __pow__(self, other: Any) -> Expr:
        return self._binary("pow", self, other)

    def __rpow__(self, other: Any) -> Expr:
        return self._binary("pow", other, self)

    def __matmul__(self, other: Any) -> Expr:
        return self._binary("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Expr:
        return self._binary("matmul", other, self)

    def __floordiv__(self, other: Any) -> Expr:
        return self._binary("floordiv", self, other)

    def __mod__(self, other: Any) -> Expr:
        return self._binary("mod", self, other)

    def __neg__(self) -> Expr:
        return self.emit("neg", self)

    def __lt__(self, other: Any) -> Expr:
        return self._binary("lt", self, other)

    def __le__(self, other: Any) -> Expr:
        return self._binary("le", self, other)

    def __gt__(self, other: Any) -> Expr:
        return self._binary("gt", self, other)

    def __ge__(self, other: Any) -> Expr:
        return self._binary("ge", self, other)

    def equals(self, other: Any) -> Expr:
        """Elementwise `==` (the operator itself keeps its Python meaning, identity)."""
        return self._binary("eq", self, other)

    def __getitem__(self, index: Any) -> Expr:
        items = index if isinstance(index, tuple) else (index,)
        spec, operands = index_spec(self.builder, items)
        return Expr(self.builder, self.builder.emit("index", self.value, *operands, spec=spec))

    def __getattr__(self, name: str) -> Callable[..., Expr]:
        found = binding.method_of(name)
        if name.startswith("_") or found is None:
            raise AttributeError(f"rules know no method {name}")
        definition, parameters = found

        def method(*args: Any, **keywords: Any) -> Expr:
            rest, attrs = binding.bind(
                definition, f"{definition.operands[0]}, {parameters}", (self, *args), keywords, f".{name}"
            )
            return self.emit(definition.name, *rest, **attrs)

        return method

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Expr:
        if method != "__call__":
            raise TypeError(f"rules do not use {ufunc.__name__}.{method}")
        return self.__array_function__(ufunc, (), inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Sequence[Any], keywords: dict[str, Any]) -> Expr:
        found = binding.definition_of(function)
        if found is None:
            raise TypeError(f"{function.__name__} is not an operation")
        definition, parameters = found
        operands, attrs = binding.bind(definition, parameters, args, keywords, function.__name__)
        return self.emit(definition.name, *operands, **attrs)


def choose(condition: Expr, then: Callable[[], Any], orelse: Callable[[], Any], *, sugar: str = "ternary") -> Expr:
    """`then() if condition else orelse()` on a number: only the side that is taken runs."""
    builder, outer = condition.builder, condition.builder.region
    regions, values = [Region(), Region()], []
    try:
        for region, side in zip(regions, (then, orelse)):
            builder.region = region
            values.append(lift(builder, side()))
            builder.terminate("yield", values[-1])
    finally:
        builder.region = outer
    joined = join(values[0].type, values[1].type)
    attrs = {"_sugar": sugar, "_of_rule": True}
    return Expr(builder, builder.op("if", [condition.value], [joined], attrs, regions).result)


def extent(x: Expr, axis: int) -> int | Expr:
    """The extent of one dimension: a Python int where it is known."""
    known = x.dims[axis]
    return known if isinstance(known, int) else x.shape.emit("getitem", x.shape, index=axis % x.ndim)


def lift(builder: Builder, operand: Any) -> Value:
    """The value of an `Expr`, a value itself, or a constant."""
    if isinstance(operand, Expr):
        return operand.value
    return operand if isinstance(operand, Value) else builder.const(operand)


def index_spec(builder: Builder, items: Sequence[Any]) -> tuple[tuple[Any, ...], list[Value]]:
    """The `spec` attribute and the operands of an index written in a rule (ints, slices, None, `...`, Exprs)."""
    spec: list[Any] = []
    operands: list[Value] = []
    for item in items:
        if item is None:
            spec.append("new")
        elif item is Ellipsis:
            spec.append("...")
        elif isinstance(item, slice):
            bounds = (item.start, item.stop, item.step)
            spec.append(("slice", *(bound is not None for bound in bounds)))
            operands += [lift(builder, bound) for bound in bounds if bound is not None]
        elif isinstance(item, Expr) and item.ndim:
            spec.append("mask" if dtype_of(item.type) == "bool" else "array")
            operands.append(item.value)
        else:
            spec.append("int")
            operands.append(lift(builder, item))
    return tuple(spec), operands


def above_infinity(y: Expr) -> Expr:
    """Logarithms, with a number less than any other one in the place of -inf: -inf minus that is -inf, not nan."""
    if is_complex(y.type):
        return y
    return y.emit("maximum", y, -6e4 if dtype_of(y.type) == "float16" else -1e38)
