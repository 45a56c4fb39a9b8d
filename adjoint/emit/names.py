"""Names for the variables of one function: the wanted ones where possible, numbered where not, nothing shadowed."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence

from adjoint.emit.variables import Variable, hint

INDICES = ("i", "j", "k", "l")
_NUMBERED = re.compile(r"_(\d+)$")


def name_variables(variables: Sequence[Variable], reserved: Iterable[str], *, is_native: bool = False) -> None:
    """Give every variable its name. Parameters keep theirs; nobody else gets one of the `reserved`.

    With `is_native`, none ends in `_1`: Numba calls its own versions of `x` that.
    """
    used = set(reserved) | {"_"}
    for variable in variables:
        if variable.is_parameter:
            variable.name = variable.wanted or ""
            used.add(variable.name)
    waiting: list[Variable] = []
    for variable in variables:
        if variable.is_parameter:
            continue
        wanted = variable.wanted
        if is_native and wanted == "_":  # an index, which nobody read before
            wanted = variable.wanted = None
            variable.is_index = True
        elif is_native and wanted is not None:
            wanted = variable.wanted = _NUMBERED.sub(r"\1_", wanted)
        if wanted is not None and _is_usable(wanted) and wanted not in used:
            variable.name = wanted
            used.add(wanted)
        else:
            waiting.append(variable)
    counts: dict[str, int] = {}
    for variable in waiting:
        variable.name = _numbered(variable, used, counts, is_native)
        used.add(variable.name)


def _is_usable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _numbered(variable: Variable, used: set[str], counts: dict[str, int], is_native: bool) -> str:
    """`x_1`, `x_2` for further versions of `x`; `d`, `d2` for what has no name."""
    if variable.wanted is None:
        base = hint(variable)
        for name in INDICES if base == "i" else (base,):
            if name not in used:
                return name
        pattern, start = f"{base}{{}}", 2
    else:
        joint = variable.wanted.rstrip("_") if is_native else f"{variable.wanted}_"
        pattern, start = f"{joint}{{}}", 2 if is_native else 1
    number = counts.get(pattern, start)
    while pattern.format(number) in used:
        number += 1
    counts[pattern] = number + 1
    return pattern.format(number)
