"""From the text form back to IR: the inverse of the printer, for tests and for reading dumps.

`print_function(parse_function(text)) == text` for every text that the printer wrote.
"""

from __future__ import annotations

import ast
import builtins
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, final

import numpy as np

import adjoint.ir.ops  # noqa: F401  # fills the table of operations
from adjoint.ir import opset
from adjoint.ir.core import Function, Op, Param, Region, Value
from adjoint.ir.printer import REGION_WORDS
from adjoint.ir.types import (
    Array,
    Dim,
    Layout,
    List,
    Object,
    Residuals,
    Scalar,
    Static,
    Sym,
    TapeType,
    Tuple,
    Type,
    Undef,
)


class ParseError(ValueError):
    """The text is not IR. The message names the line."""


_BLANK = re.compile(r"(\s+|#[^\n]*)*")
_TOKEN = re.compile(
    r"(?P<string>b?'(?:[^'\\]|\\.)*'|b?\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>[-+]?(?:inf\b|nan\b|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))"
    r"|(?P<value>%[A-Za-z_0-9.]+)"
    r"|(?P<name>[A-Za-z_][\w.]*)"
    r"|(?P<mark>->|\.\.\.|>>>|.)",
    re.DOTALL,
)
_SCALARS = {kind: Scalar(kind) for kind in ("bool", "int", "float", "complex")}
_WORDS = {"None": None, "True": True, "False": False}
_ROOTS: dict[str, Any] = {"np": np, "math": math}


def parse_function(text: str, statics: Mapping[str, Any] | None = None) -> Function:
    """The first function of the text; `statics` says what its `@names` are. Raises ParseError."""
    return parse_functions(text, statics)[0]


def parse_functions(text: str, statics: Mapping[str, Any] | None = None) -> list[Function]:
    """Every function of the text, in order. Raises ParseError."""
    return _Parser(text, statics or {}).parse_all()


@final
class _Parser:
    """A recursive descent over tokens taken one at a time from `text` at `at`."""

    def __init__(self, text: str, statics: Mapping[str, Any]) -> None:
        self.text = text
        self.at = 0
        self.statics = statics
        self.functions: dict[str, Function] = {}
        self.defined: set[str] = set()
        self.values: dict[str, Value] = {}

    # tokens

    def peek(self) -> tuple[str, str]:
        """The kind and text of the next token, `("end", "")` after the last."""
        kind, token, _ = self.scan()
        return kind, token

    def scan(self) -> tuple[str, str, int]:
        blank = _BLANK.match(self.text, self.at)
        start = blank.end() if blank else self.at
        match = _TOKEN.match(self.text, start)
        if match is None:
            return "end", "", start
        return str(match.lastgroup), match.group(), match.end()

    def take(self, expected: str | None = None) -> str:
        kind, token, end = self.scan()
        if expected is not None and token != expected:
            self.fail(f"expected {expected!r}, found {token or 'the end'!r}")
        if kind == "end":
            self.fail("the text ends too early")
        self.at = end
        return token

    def accept(self, token: str) -> bool:
        if self.peek()[1] != token:
            return False
        self.take()
        return True

    def fail(self, message: str) -> NoReturn:
        number = self.text.count("\n", 0, self.at) + 1
        line = self.text.splitlines()[number - 1] if self.text else ""
        raise ParseError(f"line {number}: {message}: {line.strip()}")

    def listed(self, item: Callable[[], Any], close: str) -> list[Any]:
        """Items between commas up to `close`, which is taken; a comma at the end is allowed."""
        items: list[Any] = []
        while not self.accept(close):
            items.append(item())
            if not self.accept(","):
                self.take(close)
                break
        return items

    # functions

    def parse_all(self) -> list[Function]:
        found = []
        while self.peek()[0] != "end":
            found.append(self.parse_one())
        if not found:
            self.fail("no function")
        if undefined := set(self.functions) - self.defined:
            self.fail(f"no function {', '.join(sorted(undefined))}")
        return found

    def function_named(self, name: str) -> Function:
        if name not in self.functions:
            plain = name.partition(".")[0]
            self.functions[name] = Function(plain, [], Region(), Undef(), namespace=self.statics)
        return self.functions[name]

    def parse_one(self) -> Function:
        self.values = {}
        self.take("func")
        name = self.take()
        function = self.function_named(name)
        self.defined.add(name)
        self.take("(")
        function.params, function.body.args = self.parameters()
        self.take("->")
        function.result_type = self.type()
        self.take("{")
        self.operations(function.body)
        return function

    def parameters(self) -> tuple[list[Param], list[Value]]:
        params: list[Param] = []
        args: list[Value] = []
        kind = "positional or keyword"
        while not self.accept(")"):
            if self.accept("/"):
                params = [Param(p.name, "positional only", p.has_default, p.default) for p in params]
            else:
                stars = self.accept("*") + self.accept("*")
                kind = "keyword only" if stars == 1 else kind
                if stars != 1 or self.peek()[1] != ",":
                    param, arg = self.parameter((kind, "variadic positional", "variadic keyword")[stars])
                    params.append(param)
                    args.append(arg)
            if not self.accept(","):
                self.take(")")
                break
        return params, args

    def parameter(self, kind: str) -> tuple[Param, Value]:
        name = None
        if self.peek()[0] == "name":
            name = self.take()
            self.take("=")
        arg = self.declaration()
        has_default = self.accept("=")
        default = self.literal() if has_default else None
        return Param(name or arg.name or "", kind, has_default, default), arg

    # operations

    def declaration(self) -> Value:
        kind, _ = self.peek()
        text = self.take()
        if kind != "value":
            self.fail("expected a value")
        if text in self.values:
            self.fail(f"{text} is defined twice")
        self.take(":")
        name = text[1:].partition(".")[0]
        self.values[text] = value = Value(self.type(), None if name.isdigit() else name)
        return value

    def operations(self, region: Region) -> None:
        """Operations up to the closing brace, which is taken."""
        while not self.accept("}"):
            if self.peek()[1] == ">>>":
                self.take()
            region.ops.append(self.operation())

    def operation(self) -> Op:
        results: list[Value] = []
        if self.peek()[0] == "value":
            # Results are declared before the regions are read but may not be used inside them: the verifier says so.
            results.append(self.declaration())
            while self.accept(","):
                results.append(self.declaration())
            self.take("=")
        op = Op(self.take(), results=results)
        for result in results:
            result.op = op
        while self.peek()[0] == "value" and not self.is_declaration():
            op.operands.append(self.operand())
        op.attrs = self.default_attrs(op.opcode)
        if self.is_attrs():
            self.take("{")
            op.attrs.update(self.listed(self.attr, "}"))
        if self.peek()[1] in ("(", "{"):
            self.regions(op)
        return op

    def is_declaration(self) -> bool:
        _, _, end = self.scan()
        return self.text[end : end + 1] == ":"

    def is_attrs(self) -> bool:
        """Whether a brace opens attributes (`{name=`) and not a region."""
        return self.peek()[1] == "{" and re.compile(r"\{[A-Za-z_]\w*=").match(self.text, self.scan()[2] - 1) is not None

    def operand(self) -> Value:
        text = self.take()
        if text not in self.values:
            self.fail(f"{text} is not defined")
        return self.values[text]

    @staticmethod
    def default_attrs(opcode: str) -> dict[str, Any]:
        return dict(opset.TABLE[opcode].attrs) if opcode in opset.TABLE else {}

    def attr(self) -> tuple[str, Any]:
        name = self.take()
        self.take("=")
        return name, self.literal()

    def regions(self, op: Op) -> None:
        words = REGION_WORDS.get(op.opcode, ("", "else"))
        for word in words:
            if word and not self.accept(word):
                continue
            region = Region()
            if self.accept("("):
                region.args = self.listed(self.declaration, ")")
            self.take("{")
            self.operations(region)
            op.regions.append(region)

    # literals

    def literal(self) -> Any:
        """An attribute's value: see `_Printer.attr_text`."""
        kind, _ = self.peek()
        token = self.take()
        if kind == "number":
            return float(token) if token.lstrip("+-") in ("inf", "nan") else ast.literal_eval(token)
        if kind == "string":
            return ast.literal_eval(token)
        if token in _WORDS:
            return _WORDS[token]
        if token == "...":
            return ...
        if token == "!":
            return self.type()
        if token == "&":
            return self.function_named(self.take())
        if token == "@":
            return self.object(self.take())
        return self.composite_literal(token)

    def composite_literal(self, token: str) -> Any:
        if token == "[":
            return self.listed(self.literal, "]")
        if token == "{":
            return dict(self.listed(self.pair, "}"))
        if token == "(":
            return tuple(self.listed(self.literal, ")"))
        if token in ("set", "frozenset", "complex"):
            self.take("(")
            items = self.listed(self.literal, ")")
            return complex(*items) if token == "complex" else {"set": set, "frozenset": frozenset}[token](items)
        if token == "np.dtype":
            return self.dtype_literal()
        if self.text[self.at : self.at + 1] == "{" or token in ("list", "function"):
            return self.container(token, None).layout
        return self.fail(f"{token!r} is not a literal")

    def dtype_literal(self) -> Any:
        self.take("(")
        dtype = np.dtype(self.literal())
        self.take(")")
        if not self.accept("("):
            return dtype
        value = dtype.type(self.literal())
        self.take(")")
        return value

    def container(self, name: str, item: Callable[[], Type] | None) -> Tuple:
        """What stands behind `list`, `dict` or a class: keys, and types that `item` reads if it is given."""
        if name in ("list", "function"):
            self.take("(")
            return Tuple(tuple(self.listed(item or self.type, ")")), Layout(name))
        self.take("{")
        is_dict = name in ("dict", OrderedDict.__name__)
        pairs = self.listed(lambda: self.entry(self.literal if is_dict else self.take, item), "}")
        keys = tuple(key for key, _ in pairs)
        if is_dict:
            layout = Layout("dict", keys, OrderedDict if name != "dict" else None)
        else:
            layout = Layout(name, keys) if name == "namespace" else self.class_layout(name, keys)
        return Tuple(tuple(each for _, each in pairs), layout)

    def entry(self, key: Callable[[], Any], item: Callable[[], Type] | None) -> tuple[Any, Type]:
        found = key()
        if item is None:
            return found, Undef()
        self.take(":")
        return found, item()

    def class_layout(self, name: str, keys: tuple[str, ...]) -> Layout:
        found = self.object(name)
        if not isinstance(found, type):
            self.fail(f"@{name} is not a class")
        return Layout("named" if issubclass(found, tuple) else "record", keys, found)

    def pair(self) -> tuple[Any, Any]:
        key = self.literal()
        self.take(":")
        return key, self.literal()

    def object(self, name: str) -> Any:
        """What `@name` stands for: in the statics given, in the builtins, in `np` or `math`."""
        if name in self.statics:
            return self.statics[name]
        root, *path = name.split(".")
        found = _ROOTS.get(root, getattr(builtins, root, None))
        if found is None:
            found = getattr(np, root, None)
        for part in path:
            found = getattr(found, part, None)
        return self.fail(f"nothing is known as @{name}: pass it in `statics`") if found is None else found

    # types

    def type(self) -> Type:
        token = self.take()
        if token == "(":
            return Tuple(tuple(self.listed(self.type, ")")))
        if token == "function" or (token == "list" and self.peek()[1] == "("):
            return self.container(token, self.type)
        if token in ("list", "tape", "static", "object"):
            return self.type_argument(token)
        if token == "residuals":
            return Residuals()
        if token == "undef":
            return Undef()
        if self.text[self.at : self.at + 1] == "[":
            return Array(token, self.shape())
        if self.text[self.at : self.at + 1] == "{":
            return self.container(token, self.type)
        if token in _SCALARS:
            return _SCALARS[token]
        return self.fail(f"{token!r} is not a type")

    def type_argument(self, token: str) -> Type:
        open_mark, close_mark = ("[", "]") if token == "list" else ("<", ">")
        self.take(open_mark)
        type: Type
        if token == "static":
            type = Static(self.literal())
        elif token == "object":
            cls, like = self.literal(), None
            if self.peek()[1] == ",":
                self.take(",")
                like = self.type()
            type = Object(cls, like if isinstance(like, Array) else None)
        else:
            type = List(self.type()) if token == "list" else TapeType(self.type())
        self.take(close_mark)
        return type

    def shape(self) -> tuple[Dim, ...]:
        """Dimensions in brackets, read as raw text: `n-2?`, `3`, `?`."""
        start, depth = self.at + 1, 0
        for end in range(self.at, len(self.text)):
            depth += {"[": 1, "]": -1}.get(self.text[end], 0)
            if depth == 0:
                break
        self.at = end + 1
        return tuple(_dim(text.strip()) for text in self.text[start:end].split(",") if text.strip())


def _dim(text: str) -> Dim:
    if text == "?":
        return None
    if text.isdigit():
        return int(text)
    match = re.fullmatch(r"(.*?)([+-]\d+)?(\?)?", text)
    assert match is not None
    return Sym(match[1], int(match[2] or 0), match[3] is not None)
