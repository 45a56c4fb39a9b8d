"""Programs on containers, in the text form, with arguments to run them on: dicts, namedtuples, records, lists."""

from __future__ import annotations

import typing
from collections import namedtuple
from dataclasses import dataclass
from typing import Any, final

import numpy as np

Point = namedtuple("Point", "x y")


class Pair(typing.NamedTuple):
    """A namedtuple by its class form."""

    left: float
    right: Any


@dataclass
class Params:
    """A record that its constructor rebuilds."""

    w: Any
    b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Another one."""

    scale: float
    label: str


@dataclass
class Checked:
    """A record whose constructor runs the user's code."""

    w: float
    b: float

    def __post_init__(self) -> None:
        if self.w is None or not isinstance(self.w, float):
            raise TypeError("a number is needed")
        self.b *= 2


class Plain:
    """A record without a constructor for its attributes."""

    def __init__(self) -> None:
        self.w, self.b = np.array([0.5, -0.25]), 2.0


STATICS = {"Point": Point, "Pair": Pair, "Params": Params, "Frozen": Frozen, "Checked": Checked, "Plain": Plain}


@final
@dataclass(frozen=True)
class Program:
    """`wrt` are the positions of the differentiated parameters."""

    name: str
    text: str
    args: tuple[Any, ...]
    wrt: tuple[int, ...] = (0,)


LAYER = '''func layer(%params: dict{"w": float64[n, m], "b": float64[m]}, %x: float64[n]) -> float64[] {
  %0: float64[n, m] = getitem %params
  %1: float64[m] = matmul %x %0
  %2: float64[m] = getitem %params {index=1}
  %h: float64[m] = add %1 %2
  %3: float64[m] = mul %h %h
  %4: float64[] = sum %3
  return %4
}
'''

RECORDS = """func records(\
%p: Point{x: float, y: float}, %q: Params{w: float64[n], b: float}, %r: Plain{w: float64[n], b: float}) -> float64[] {
  %0: float = getitem %p
  %1: float = getitem %p {index=1}
  %2: float = mul %0 %1
  %3: float64[n] = getitem %q
  %4: float64[n] = getitem %r
  %5: float64[n] = mul %3 %4
  %6: float64[n] = mul %2 %5
  %7: float = getitem %q {index=1}
  %8: float64[n] = mul %6 %7
  %9: float64[] = sum %8
  return %9
}
"""

LOOP = '''func loop(\
%params: dict{"layers": list(dict{"w": float, "s": static<'relu'>}, dict{"w": float, "s": static<None>}), "n": int}, \
%x: float) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: int = getitem %params {index=1}
  %h: float = for %0 %2 %1 %x (%i: int, %h.1: float) {
    %3: list(dict{"w": float, "s": static<'relu'>}, dict{"w": float, "s": static<None>}) = getitem %params
    %4: dict{"w": float, "s": static<'relu'>} = getitem %3
    %5: float = getitem %4
    %a: float = mul %h.1 %5
    %6: dict{"w": float, "s": static<None>} = getitem %3 {index=1}
    %7: float = getitem %6
    %h.2: float = sin %a
    %8: float = add %h.2 %7
    continue %8
  }
  return %h
}
'''

STATE = '''func state(%start: Pair{left: float, right: float}, %n: int) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: float = getitem %start
  %3: float = getitem %start {index=1}
  %s: dict{"x": float, 7: float} = tuple %2 %3 {layout=dict{"x", 7}}
  %s.1: dict{"x": float, 7: float} = for %0 %n %1 %s (%i: int, %s.2: dict{"x": float, 7: float}) {
    %4: float = getitem %s.2
    %5: float = getitem %s.2 {index=1}
    %6: float = mul %4 %5
    %7: float = sin %6
    %s.3: dict{"x": float, 7: float} = tuple %7 %4 {layout=dict{"x", 7}}
    continue %s.3
  }
  %8: float = getitem %s.1
  %9: float = getitem %s.1 {index=1}
  %10: float = mul %8 %9
  return %10
}
'''

PATHS = '''func paths(%x: float, %c: bool) -> dict{"a": float, "b": Point{x: float, y: int}} {
  %d: dict{"a": float, "b": Point{x: float, y: int}} = if %c {
    %0: float = mul %x %x
    %1: int = const {value=1}
    %2: Point{x: float, y: int} = tuple %0 %1 {layout=Point{x, y}}
    %3: dict{"a": float, "b": Point{x: float, y: int}} = tuple %x %2 {layout=dict{"a", "b"}}
    yield %3
  } else {
    %4: float = sin %x
    %5: int = const {value=2}
    %6: Point{x: float, y: int} = tuple %x %5 {layout=Point{x, y}}
    %7: dict{"a": float, "b": Point{x: float, y: int}} = tuple %4 %6 {layout=dict{"a", "b"}}
    yield %7
  }
  return %d
}
'''

INTEGERS = '''func integers(%x: float, %c: bool) -> float {
  %d: dict{"a": float, "b": (float,)} = if %c {
    %0: int = const {value=3}
    %1: (int,) = tuple %0
    %2: dict{"a": float, "b": (int,)} = tuple %x %1 {layout=dict{"a", "b"}}
    yield %2
  } else {
    %3: int = const {value=2}
    %4: float = sin %x
    %5: (float,) = tuple %4
    %6: dict{"a": int, "b": (float,)} = tuple %3 %5 {layout=dict{"a", "b"}}
    yield %6
  }
  %7: float = getitem %d
  %8: (float,) = getitem %d {index=1}
  %9: float = getitem %8
  %10: float = mul %7 %9
  %11: float = mul %10 %x
  return %11
}
'''

UNBOUND = '''func unbound(%x: float, %n: int) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %nothing: undef = undef
  %total: float, %kept: dict{"v": list(float, float)} = for %0 %n %1 %x %nothing (%i: int, %total.1: float, \
%kept.1: dict{"v": list(float, float)}) {
    %2: int = const {value=2}
    %3: int = mod %i %2
    %odd: bool = eq %3 %1
    %total.2: float, %kept.2: dict{"v": list(float, float)} = if %odd {
      %4: list(float, float) = getitem %kept.1
      %5: float = getitem %4 {index=1}
      %6: float = mul %total.1 %5
      yield %6 %kept.1
    } else {
      %7: float = sin %total.1
      %8: list(float, float) = tuple %7 %total.1 {layout=list()}
      %kept.3: dict{"v": list(float, float)} = tuple %8 {layout=dict{"v"}}
      yield %7 %kept.3
    }
    continue %total.2 %kept.2
  }
  return %total
}
'''

CALL = '''func call(%p: dict{"a": float, "b": float}, %x: float) -> float {
  %r: dict{"y": Frozen{scale: float, label: static<'hot'>}, "z": float} = call %p %x {callee=&inner}
  %0: Frozen{scale: float, label: static<'hot'>} = getitem %r
  %1: float = getitem %0
  %2: float = getitem %r {index=1}
  %3: float = mul %1 %2
  return %3
}

func inner(%p: dict{"a": float, "b": float}, %x: float) \
-> dict{"y": Frozen{scale: float, label: static<'hot'>}, "z": float} {
  %0: float = getitem %p
  %1: float = sin %0
  %2: float = mul %1 %x
  %label: static<'hot'> = const {value='hot'}
  %3: Frozen{scale: float, label: static<'hot'>} = tuple %2 %label {layout=Frozen{scale, label}}
  %4: float = getitem %p {index=1}
  %5: float = mul %4 %2
  %6: dict{"y": Frozen{scale: float, label: static<'hot'>}, "z": float} = tuple %3 %5 {layout=dict{"y", "z"}}
  return %6
}
'''

SHARED = '''func shared(%p: dict{"a": float64[n], "b": float64[n], "c": float64[n]}) -> float64[] {
  %0: float64[n] = getitem %p
  %1: float64[n] = getitem %p {index=1}
  %2: float64[n] = add %0 %1
  %3: float64[n] = sin %2
  %4: float64[] = sum %3
  return %4
}
'''

EXCHANGE = '''func exchange(%p: dict{"a": float64[n], "b": float64[n]}) -> list(float64[n], dict{"a": float64[n]}) {
  %0: float64[n] = getitem %p
  %1: float64[n] = getitem %p {index=1}
  %2: dict{"a": float64[n]} = tuple %0 {layout=dict{"a"}}
  %3: list(float64[n], dict{"a": float64[n]}) = tuple %1 %2 {layout=list()}
  return %3
}
'''

WHOLE = '''func whole(%p: dict{"a": list(float, float), "b": float}, %c: bool) -> float {
  %xs: list(float, float) = if %c {
    %0: list(float, float) = getitem %p
    yield %0
  } else {
    %1: float = getitem %p {index=1}
    %2: float = mul %1 %1
    %3: list(float, float) = tuple %2 %1 {layout=list()}
    yield %3
  }
  %4: float = getitem %xs
  %5: float = getitem %xs {index=1}
  %6: float = mul %4 %5
  %7: list(float, float) = getitem %p
  %8: float = getitem %7
  %9: float = mul %6 %8
  return %9
}
'''

CHECKED = """func checked(%p: Checked{w: float, b: float}, %n: int) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: float = getitem %p
  %x: float = for %0 %n %1 %2 (%i: int, %x.1: float) {
    %3: float = getitem %p {index=1}
    %4: float = mul %x.1 %3
    %5: float = sin %4
    continue %5
  }
  return %x
}
"""

_VECTOR = np.array([0.3, -1.2])
_LOOP = {"layers": [{"w": 0.7, "s": "relu"}, {"w": -0.4, "s": None}], "n": 3}
_PQR = (Point(0.5, -1.5), Params(np.array([1.0, 2.0]), 3.0), Plain())

SCALAR = [
    Program("layer", LAYER, ({"w": np.array([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]]), "b": np.ones(3)}, _VECTOR), (0, 1)),
    Program("records", RECORDS, _PQR, (0, 1, 2)),
    Program("loop", LOOP, (_LOOP, 0.6), (0, 1)),
    Program("state", STATE, (Pair(0.8, 1.1), 3)),
    Program("integers, then", INTEGERS, (0.7, True)),
    Program("integers, else", INTEGERS, (0.7, False)),
    Program("unbound", UNBOUND, (0.7, 5)),
    Program("call", CALL, ({"a": 0.4, "b": -0.7}, 1.3), (0, 1)),
    Program("shared", SHARED, ({"a": _VECTOR, "b": np.array([1.0, 0.1]), "c": _VECTOR},)),
    Program("whole, then", WHOLE, ({"a": [0.4, 1.4], "b": 2.0}, True)),
    Program("whole, else", WHOLE, ({"a": [0.4, 1.4], "b": 2.0}, False)),
    Program("checked", CHECKED, (Checked(0.9, 0.6), 3)),
]
CONTAINER = [
    Program("paths, then", PATHS, (0.6, True)),
    Program("paths, else", PATHS, (0.6, False)),
    Program("exchange", EXCHANGE, ({"a": _VECTOR, "b": np.array([1.0, 0.1])},)),
]
