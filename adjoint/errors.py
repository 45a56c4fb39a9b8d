"""What adjoint says when it cannot do what was asked: the place, the reason, one way out.

Every refusal is an `AdjointError`: a `SyntaxError` filled with the user's file, line and columns, so that Python and
IPython draw the caret. Faults of the compiler itself are `InternalError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where in the user's source an error stands. Columns count from 0; `text` is the source line."""

    filename: str
    line: int
    column: int
    text: str = ""
    end_line: int | None = None
    end_column: int | None = None


class AdjointError(SyntaxError):
    """A refusal. `code` names its page in docs/errors.md; `why` is the reason, `fix` one way out."""

    code = "ADJ000"
    raises: type[BaseException] | None = None
    """What Python itself would surely raise here, when that is the reason: a `try` around it takes its handler."""
    rounds: bool = False
    """Whether a real number would be rounded in an array of integers."""
    asks: Sequence[Any] = ()
    """What would have to be known before the run (see `adjoint.frontend.values.asked`)."""
    parts_ways: bool = False
    """Whether it is about what differs between paths: it asks for what decides between them."""
    is_of_results: bool = False
    """Whether it is about what a function gives on its paths: where it is called, nothing has to be given."""
    given: str = ""
    """The call that has passed what is asked for."""
    region: object = None
    """The region of the program that was being written."""

    def __init__(self, message: str, *, place: Place | None = None, why: str = "", fix: str = "") -> None:
        self.message = message
        self.why = why
        self.fix = fix
        if place is None:
            super().__init__(message)
        else:
            end = place.end_column + 1 if place.end_column is not None else None
            position = (place.filename, place.line, place.column + 1, place.text, place.end_line, end)
            super().__init__(message, position)
        self.msg = f"[{self.code}] {message}"
        for label, text in (("why", why), ("fix", fix)):
            if text:
                self.add_note(f"{label}: {text}")

    def report(self) -> str:
        """The error as the command line prints it: place, source line with carets, why and fix."""
        lines = [f"error[{self.code}]: {self.message}"]
        if self.filename is not None and self.lineno is not None:
            column = (self.offset or 1) - 1
            lines[0] = f"{self.filename}:{self.lineno}:{column}: {lines[0]}"
            gutter = f"{self.lineno:3d} | "
            text = (self.text or "").rstrip("\n")
            width = 1
            if self.end_offset is not None and self.end_lineno in (None, self.lineno):
                width = max(self.end_offset - 1 - column, 1)
            lines.append(f"{gutter}{text}")
            lines.append(f"{' ' * (len(gutter) - 2)}| {' ' * column}{'^' * width}")
        lines += [f"{label}: {text}" for label, text in (("why", self.why), ("fix", self.fix)) if text]
        return "\n".join(lines)


class UnsupportedConstruct(AdjointError):
    """A syntax node that has no derivative here, or none yet."""

    code = "ADJ101"


class NoRule(AdjointError):
    """A call of something that has no derivative rule."""

    code = "ADJ102"


class AliasNotProvable(AdjointError):
    """Two names may or may not share memory, and the derivative depends on it."""

    code = "ADJ103"


class OutsideEffect(AdjointError):
    """The function changes something outside itself."""

    code = "ADJ104"


class NotDifferentiable(AdjointError):
    """A derivative was asked with respect to, or of, something that has none."""

    code = "ADJ105"


class ShapeAssumption(AdjointError):
    """Types or shapes do not fit, or an assumption about them broke."""

    code = "ADJ106"


class NoSource(AdjointError):
    """The function's source text cannot be found."""

    code = "ADJ107"


class StaleSource(NoSource):
    """The file no longer says what the running function does."""

    code = "ADJ108"


class NotCompilable(AdjointError):
    """Numba was asked for, and it does not compile something the derivative needs."""

    code = "ADJ109"


class UsageError(Exception):
    """The command line asks for something that is not there."""


class InternalError(Exception):
    """A fault of the compiler. The message holds the IR with the bad operation marked."""


class InvalidIR(InternalError):
    """The verifier found IR that breaks its own rules."""
