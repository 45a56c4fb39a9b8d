"""The text form of the IR: one function, then every function it calls.

    func logistic(%x: float, %n: int = 4) -> float {
      %0: int = const {value=0}
      %1: int = const {value=1}
      %v: float = for %0 %n %1 %x (%i: int, %v.1: float) {
        %v.2: float = mul %v.1 %v.1
        continue %v.2
      }
      return %v
    }

`%v.1` is another value of the user's name `v`; temporaries are numbers. Attributes equal to the defaults of the
operation are left out. Objects that are not literals are written `@name`, functions of the IR `&name`, types `!type`.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterator
from typing import Any, final

import numpy as np

from adjoint.ir import opset
from adjoint.ir.core import Function, Op, Param, Region, Value, walk
from adjoint.ir.types import Array, Layout, List, Object, Residuals, Scalar, Static, TapeType, Tuple, Type, Undef

REGION_WORDS = {"if": ("", "else"), "for": ("", "else"), "while": ("", "do", "else")}
"""What stands before each region of a control operation."""

_TYPES = (Scalar, Array, Tuple, List, Static, Object, TapeType, Residuals, Undef)
KEYWORDS = ("np", "math", "namespace", "function", "static", "tape", "residuals", "undef")
"""Words of the text form: no object is called by one of them."""
_STARS = {"variadic positional": "*", "variadic keyword": "**"}


def print_function(function: Function, *, mark: Op | None = None, lines: bool = False) -> str:
    """The text of the function and of every function it reaches.

    `mark` puts `>>>` in front of one operation; `lines` quotes the user's statements in comments.
    """
    return _Printer(mark, lines).print_all(function)


def print_with_statics(function: Function) -> tuple[str, dict[str, Any]]:
    """The text, and the objects its `@names` stand for where Python itself does not say."""
    printer = _Printer(None, False)
    return printer.print_all(function), printer.statics


def reachable_functions(function: Function) -> list[Function]:
    """The function and all it calls, directly or not, in the order in which they are met."""
    found = {function: None}
    pending = [function]
    while pending:
        for callee in callees(pending.pop(0)):
            if callee not in found:
                found[callee] = None
                pending.append(callee)
    return list(found)


def callees(function: Function) -> Iterator[Function]:
    """The functions named in the attributes of the function's operations (repeated as they occur)."""
    for op in walk(function.body):
        for value in op.attrs.values():
            if isinstance(value, Function):
                yield value


def known_name(value: Any) -> str | None:
    """The name under which Python, `math` or NumPy hold the object, or None."""
    name = getattr(value, "__name__", None)
    if not isinstance(name, str):
        return None
    if getattr(builtins, name, None) is value:
        return name
    if getattr(math, name, None) is value:
        return f"math.{name}"
    if getattr(np, name, None) is value:
        return f"np.{name}"
    if getattr(np.linalg, name, None) is value:
        return f"np.linalg.{name}"
    return {"numpy": "np", "math": "math"}.get(name) if type(value).__name__ == "module" else None


@final
class _Printer:
    """One run: names of values per function, names of functions and statics for the whole text."""

    def __init__(self, mark: Op | None, lines: bool) -> None:
        self.mark = mark
        self.lines = lines
        self.text: list[str] = []
        self.statics: dict[str, Any] = {}
        self.functions: dict[Function, str] = {}
        self.values: dict[Value, str] = {}
        self.counts: dict[str | None, int] = {}
        self.last_line: object = None

    def print_all(self, function: Function) -> str:
        functions = reachable_functions(function)
        for each in functions:
            self.functions[each] = self.fresh(each.name, set(self.functions.values()))
        for each in functions:
            self.print_one(each)
        return "\n".join(self.text) + "\n"

    @staticmethod
    def fresh(name: str, taken: set[str]) -> str:
        candidate, number = name, 1
        while candidate in taken:
            candidate, number = f"{name}.{number}", number + 1
        return candidate

    def print_one(self, function: Function) -> None:
        self.values, self.counts, self.last_line = {}, {}, None
        if self.text:
            self.text.append("")
        result = self.type_text(function.result_type)
        self.text.append(f"func {self.functions[function]}({self.parameters(function)}) -> {result} {{")
        self.print_ops(function.body, "  ")
        self.text.append("}")

    def parameters(self, function: Function) -> str:
        texts: list[str] = []
        previous = "positional only" if _any_positional_only(function.params) else "positional or keyword"
        for param, value in zip(function.params, function.args):
            if param.kind != previous:
                texts += ["/"] * (previous == "positional only")
                texts += ["*"] * (param.kind == "keyword only" and previous != "variadic positional")
                previous = param.kind
            text = self.declare(value)
            if param.name != value.name:
                text = f"{param.name}={text}"
            if param.has_default:
                text += f" = {self.attr_text(param.default)}"
            texts.append(_STARS.get(param.kind, "") + text)
        if previous == "positional only":
            texts.append("/")
        return ", ".join(texts)

    def print_ops(self, region: Region, indent: str) -> None:
        for op in region.ops:
            if self.lines and op.line is not None and op.line != self.last_line:
                self.text.append(f"{indent}# {op.line.number}: {op.line.text}")
                self.last_line = op.line
            self.print_op(op, indent)

    def print_op(self, op: Op, indent: str) -> None:
        words = [op.opcode, *map(self.name, op.operands)]
        if attrs := self.attrs_text(op):
            words.append(attrs)
        head = " ".join(words)
        results = ", ".join(self.declare(result) for result in op.results)
        if results:
            head = f"{results} = {head}"
        self.text.append(f">>>{indent}{head}" if op is self.mark else indent + head)
        for index, region in enumerate(op.regions):
            labels = REGION_WORDS.get(op.opcode, ())
            label = labels[index] if index < len(labels) else "else"
            self.open_region(region, label, indent)
        if op.regions:
            self.text.append(f"{indent}}}")

    def open_region(self, region: Region, label: str, indent: str) -> None:
        args = ", ".join(self.declare(arg) for arg in region.args)
        opening = f"({args}) {{" if args else "{"
        if label:
            self.text.append(f"{indent}}} {label} {opening}")
        else:
            self.text[-1] += f" {opening}"
        self.print_ops(region, indent + "  ")

    def declare(self, value: Value) -> str:
        return f"{self.name(value)}: {self.type_text(value.type)}"

    def name(self, value: Value) -> str:
        """The name of a value in this function, given out in the order of the text."""
        if value not in self.values:
            count = self.counts.get(value.name, 0)
            self.counts[value.name] = count + 1
            number = f".{count}" if count else ""
            self.values[value] = f"%{count}" if value.name is None else f"%{value.name}{number}"
        return self.values[value]

    def attrs_text(self, op: Op) -> str:
        defaults = opset.TABLE[op.opcode].attrs if op.opcode in opset.TABLE else {}
        items = []
        for name in sorted(op.attrs):
            text = self.attr_text(op.attrs[name])
            if name not in defaults or text != self.attr_text(defaults[name]):
                items.append(f"{name}={text}")
        return f"{{{', '.join(items)}}}" if items else ""

    def attr_text(self, value: Any) -> str:
        """A literal, `!type`, `&function` or `@name`."""
        if isinstance(value, _TYPES):
            return f"!{self.type_text(value)}"
        if isinstance(value, Layout):
            return self.layout_text(value)
        if isinstance(value, Function):
            return f"&{self.functions.get(value, value.name)}"
        if type(value) in (tuple, list, dict, set, frozenset):
            return self.container_text(value)
        if isinstance(value, np.dtype):
            return f"np.dtype({str(value)!r})"
        if isinstance(value, np.generic):
            return f"np.dtype({str(value.dtype)!r})({self.attr_text(value.item())})"
        if type(value) is complex:
            return f"complex({value.real!r}, {value.imag!r})"
        if value is None or type(value) in (bool, int, float, str, bytes):
            return repr(value)
        if value is Ellipsis:
            return "..."
        return f"@{self.static_name(value)}"

    def container_text(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.attr_text(k)}: {self.attr_text(v)}" for k, v in value.items()) + "}"
        texts = [self.attr_text(item) for item in value]
        if isinstance(value, list):
            return f"[{', '.join(texts)}]"
        if isinstance(value, tuple):
            return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
        return f"{type(value).__name__}({', '.join(sorted(texts))})"

    def static_name(self, value: Any) -> str:
        known = known_name(value)
        if known is not None and known not in self.statics:
            return known
        for name, other in self.statics.items():
            if other is value:
                return name
        base = getattr(value, "__name__", type(value).__name__)
        base = base if isinstance(base, str) and base.isidentifier() else type(value).__name__
        name = self.fresh(base, {*self.statics, *vars(builtins), *KEYWORDS})
        self.statics[name] = value
        return name

    def layout_text(self, layout: Layout, items: tuple[str, ...] | None = None) -> str:
        """The kind of container, or the name of its class among the statics of the text, with its keys and items."""
        name = layout.kind if layout.cls is None else self.static_name(layout.cls)
        return layout.text(name, items, self.attr_text)

    def type_text(self, type: Type) -> str:
        """As `str(type)`, except that static objects are written so that the parser can find them."""
        if isinstance(type, Static):
            return f"static<{self.attr_text(type.value)}>"
        if isinstance(type, Object):
            return f"object<{self.attr_text(type.cls)}{'' if type.like is None else f', {type.like}'}>"
        if isinstance(type, Tuple):
            texts = tuple(self.type_text(item) for item in type.items)
            if type.layout is not None:
                return self.layout_text(type.layout, texts)
            return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
        if isinstance(type, List):
            return f"list[{self.type_text(type.item)}]"
        if isinstance(type, TapeType):
            return f"tape<{self.type_text(type.item)}>"
        return str(type)


def _any_positional_only(params: list[Param]) -> bool:
    return any(param.kind == "positional only" for param in params)
