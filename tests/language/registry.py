"""The mark on a program of the corpus: its arguments, and what is to be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, final

F = TypeVar("F", bound=Callable[..., Any])
Out = Literal["number", "vector"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A function to differentiate at `args`, and again at each of `more`.

    `out` is "number" where it returns one real number, else "vector": anything made of numbers. `order=1` leaves the
    second derivative out. `refused` says why it must not be differentiated; `raises` that the plain call raises.
    """

    name: str
    category: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    wrt: int | str | tuple[int, ...]
    more: Sequence[tuple[Any, ...]]
    out: Out = "number"
    order: int = 2
    refused: str = ""
    raises: bool = False

    @property
    def id(self) -> str:
        return f"{self.category}.{self.name}"


PROGRAMS: dict[str, Program] = {}


def program(
    args: tuple[Any, ...] = (),
    *,
    kwargs: Mapping[str, Any] | None = None,
    wrt: int | str | tuple[int, ...] = 0,
    more: Sequence[tuple[Any, ...]] = (),
    out: Out = "number",
    order: int = 2,
    refused: str = "",
    raises: bool = False,
    name: str = "",
    category: str = "",
) -> Callable[[F], F]:
    """Decorator: put the function in the corpus as it is."""

    def register(function: F) -> F:
        own = name or getattr(function, "__name__", "")
        home = category or function.__module__.rpartition(".")[2]
        made = Program(own, home, function, args, kwargs or {}, wrt, more, out, order, refused, raises)
        assert made.id not in PROGRAMS, f"two programs are called {made.id}"
        PROGRAMS[made.id] = made
        return function

    return register
