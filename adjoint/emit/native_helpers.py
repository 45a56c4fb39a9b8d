"""Small functions that stand in emitted modules for what Numba lacks, written for the ranks they are called with."""

from __future__ import annotations

import re
from collections.abc import Sequence

_STEP = {
    "prod": "y * {0}",
    "max": "np.maximum(y, {0})",
    "min": "np.minimum(y, {0})",
    "any": "y | {0}",
    "all": "y & {0}",
}
_MEANING = {
    "sum": "The sum",
    "mean": "The mean",
    "prod": "The product",
    "max": "The maximum",
    "min": "The minimum",
    "any": "Whether any is true",
    "all": "Whether all are true",
    "var": "The variance",
    "std": "The standard deviation",
}


def name_of(text: str) -> str:
    """The name of the function that the text defines."""
    found = re.match(r"\s*def (\w+)", text)
    assert found is not None
    return found[1]


def _index(rank: int, **special: str) -> str:
    """`:, k, :`: an index of full slices with something else on some axes (`a1="k"`)."""
    return ", ".join(special.get(f"a{i}", ":") for i in range(rank))


def _axes_name(axes: Sequence[int], keep: bool) -> str:
    return "".join(f"_{axis}" for axis in axes) + ("_keep" if keep else "")


def _one_axis(kind: str, rank: int, axis: int) -> list[str]:
    """Statements that reduce `y` along one axis."""
    if kind == "sum":
        return [f"y{rank - 1} = np.sum(y{rank}, {axis})" if rank > 1 else "y0 = np.sum(y1)"]
    if rank == 1:
        return [f"y0 = np.{kind}(y1)"]
    at, index = f"a{axis}", f"y{rank}"
    step = _STEP[kind].format(f"{index}[{_index(rank, **{at: 'k'})}]").replace("y *", f"y{rank - 1} *")
    step = step.replace("(y,", f"(y{rank - 1},").replace("y |", f"y{rank - 1} |").replace("y &", f"y{rank - 1} &")
    return [
        f"y{rank - 1} = {index}[{_index(rank, **{at: '0'})}].copy()",
        f"for k in range(1, {index}.shape[{axis}]):",
        f"    y{rank - 1}[:] = {step}",
    ]


def reduction(kind: str, rank: int, axes: Sequence[int], keep: bool, ddof: float = 0) -> str:
    """`sum_1_keep(x)`: a reduction along axes that Numba does not know."""
    name = f"{kind}_of_{rank}d{_axes_name(axes, keep)}" + (f"_ddof_{ddof}".replace(".", "_") if ddof else "")
    count = " * ".join(f"x.shape[{axis}]" for axis in axes)
    body: list[str] = []
    if kind in ("var", "std"):
        body += _squares(rank, axes)
        inner, divisor = "sum", f"({count} - {ddof})" if ddof else f"({count})"
    else:
        body.append(f"y{rank} = x")
        inner, divisor = ("sum", f"({count})") if kind == "mean" else (kind, "")
    left = rank
    for axis in sorted(axes, reverse=True):
        body += _one_axis(inner, left, axis)
        left -= 1
    result = f"y{left}" + (f" / {divisor}" if divisor else "")
    if kind == "std":
        result = f"np.sqrt({result})"
    shape = ", ".join("1" if i in axes else f"x.shape[{i}]" for i in range(rank))
    if keep:
        result = f"({result}).reshape(({shape},))" if left else f"np.full(({shape},), {result})"
    return _function(name, "x", f"{_MEANING[kind]} along {_words(axes)}.", [*body, f"return {result}"])


def _squares(rank: int, axes: Sequence[int]) -> list[str]:
    """Statements that make `y` the squared distances from the mean."""
    body, left = [f"y{rank} = x"], rank
    for axis in sorted(axes, reverse=True):
        body += _one_axis("sum", left, axis)
        left -= 1
    count = " * ".join(f"x.shape[{axis}]" for axis in axes)
    shape = ", ".join("1" if i in axes else f"x.shape[{i}]" for i in range(rank))
    mean = f"(y{left} / ({count})).reshape(({shape},))" if left else f"y0 / ({count})"
    return [*body, f"d = x - {mean}", f"y{rank} = d * d"]


def _words(axes: Sequence[int]) -> str:
    return ("axis " if len(axes) == 1 else "the axes ") + ", ".join(map(str, axes))


def unbroadcast(g: int, x: int) -> str:
    """`unbroadcast(g, x)` for the ranks of its arguments."""
    body = [f"y{g} = np.ascontiguousarray(g)"]
    for left in range(g, x, -1):
        body.append(f"y{left - 1} = np.sum(y{left}, 0)")
    for axis in range(x):
        shape = ", ".join("1" if i == axis else f"y{x}.shape[{i}]" for i in range(x))
        total = f"np.sum(y{x}, {axis}).reshape(({shape},))" if x > 1 else f"np.full((1,), np.sum(y{x}))"
        body += [f"if x.shape[{axis}] == 1 and y{x}.shape[{axis}] != 1:", f"    y{x} = {total}"]
    doc = "Sum `g` over the axes along which `x` was broadcast."
    return _function(f"unbroadcast_{g}d_{x}d", "g, x", doc, [*body, f"return y{x}"])


def roll(rank: int, axis: int) -> str:
    """`np.roll` along one axis."""
    at = f"a{axis}"
    body = [
        f"n = x.shape[{axis}]",
        "k = shift % n",
        "y = np.empty_like(x)",
        f"y[{_index(rank, **{at: 'k:'})}] = x[{_index(rank, **{at: ':n - k'})}]",
        f"y[{_index(rank, **{at: ':k'})}] = x[{_index(rank, **{at: 'n - k:'})}]",
        "return y",
    ]
    return _function(
        f"roll_of_{rank}d_{axis}", "x, shift", f"The array moved along axis {axis}, around its ends.", body
    )


def cumulative(kind: str, rank: int, axis: int) -> str:
    """`np.cumsum` or `np.cumprod` along one axis."""
    at, sign = f"a{axis}", "+" if kind == "cumsum" else "*"
    old, new = _index(rank, **{at: "k - 1"}), _index(rank, **{at: "k"})
    loop = [f"for k in range(1, x.shape[{axis}]):", f"    y[{new}] = y[{old}] {sign} x[{new}]"]
    word = "sums" if kind == "cumsum" else "products"
    return _function(
        f"{kind}_of_{rank}d_{axis}", "x", f"The running {word} along axis {axis}.", ["y = x.copy()", *loop, "return y"]
    )


def padded(widths: Sequence[tuple[int, int]]) -> str:
    """`np.pad` with zeros."""
    shape = ", ".join(f"x.shape[{axis}] + {before + after}" for axis, (before, after) in enumerate(widths))
    inner = ", ".join(f"{before}:{before} + x.shape[{axis}]" for axis, (before, _) in enumerate(widths))
    name = "padded_" + "_".join(f"{before}_{after}" for before, after in widths)
    body = [f"y = np.zeros(({shape},), x.dtype)", f"y[{inner}] = x", "return y"]
    return _function(name, "x", "The array with zeros around it.", body)


def gather(rank: int, count: int) -> str:
    """`x[i, j]` with several arrays of indices."""
    names, at = _names(count)
    shape = "(i.shape[0],)" if rank == count else f"(i.shape[0],) + x.shape[{count}:]"
    body = [f"y = np.empty({shape}, x.dtype)", "for k in range(i.shape[0]):", f"    y[k] = x[{at}]", "return y"]
    return _function(f"gather_{count}_of_{rank}d", f"x, {names}", "The items at several arrays of indices.", body)


def scatter(adds: bool, rank: int, count: int, own: int) -> str:
    """Items put or added at several arrays of indices, one after the other."""
    names, at = _names(count)
    item = "v[k]" if own == rank - count + 1 else "v"
    body = ["for k in range(i.shape[0]):", f"    x[{at}] {'+=' if adds else '='} {item}"]
    name = f"{'add' if adds else 'put'}_{own}d_at_{count}_of_{rank}d"
    doc = "Add to the items at the indices, also where they repeat." if adds else "Put items at the indices."
    return _function(name, f"x, v, {names}", doc, body)


def _names(count: int) -> tuple[str, str]:
    names = "ijlm"[:count]
    return ", ".join(names), ", ".join(f"{name}[k]" for name in names)


def _function(name: str, parameters: str, doc: str, body: Sequence[str]) -> str:
    lines = "\n".join(f"    {line}" for line in body)
    return f'\ndef {name}({parameters}):\n    """{doc}"""\n{lines}\n'
