"""Containers that the tests of arguments pass around."""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np

Point = namedtuple("Point", "x y")


class Typed(NamedTuple):
    w: float
    name: str = "n"


@dataclasses.dataclass
class Params:
    w: Any
    b: float


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: Any
    label: str = "a"

    def __post_init__(self) -> None:
        object.__setattr__(self, "made", True)


@dataclasses.dataclass(slots=True)
class Slotted:
    x: float
    y: float


class Private:
    __slots__ = ("__hidden", "seen")

    def __init__(self, hidden: float) -> None:
        self.__hidden = hidden
        self.seen = 2.0


class Wider(Private):
    def __init__(self) -> None:
        super().__init__(1.0)
        self.more = [1.0]


class Cached:
    def __init__(self, r: float) -> None:
        self.r = r

    @functools.cached_property
    def area(self) -> float:
        return 3.0 * self.r * self.r


class Color(enum.Enum):
    RED = 1


class Empty:
    pass


class Odd:
    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, name)


class Numbers(list):  # type: ignore[type-arg]
    pass


class Linear:
    """A model as people write it."""

    scale = 2.0

    def __init__(self, w: Any, b: float = 0.5) -> None:
        self.w = w
        self.b = b
        self.name = "linear"

    def __call__(self, x: Any) -> Any:
        return np.sum(self.w * x) * self.scale + self.b

    def loss(self, x: Any, y: float = 1.0) -> Any:
        error = np.sum(self.w * x) + self.b - y
        return error * error

    @staticmethod
    def square(x: float) -> float:
        return x * x

    @classmethod
    def scaled(cls, x: float) -> float:
        return cls.scale * x * x
