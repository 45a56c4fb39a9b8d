"""Small functions that stand in emitted modules for what Numba lacks, written for the ranks they are called with."""

from __future__ import annotations

import re
from collections.abc import Sequence

_STEP = {
    "sum": "{y} += {x}",
    "prod": "{y} *= {x}",
    "max": "{y} = np.maximum({y}, {x})",
    "min": "{y} = np.minimum({y}, {x})",
    "any": "{y} |= {x}",
    "all": "{y} &= {x}",
}
_START = {"sum": "zeros", "prod": "ones", "any": "zeros", "all": "ones"}
INDICES = "ijklmnpqrstuvw"
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


def reduction(kind: str, rank: int, axes: Sequence[int], keep: bool, ddof: float = 0, dtype: str = "float64") -> str:
    """`sum_1_keep(x)`: a reduction along axes that Numba does not know, or is slow to compile."""
    name = f"{kind}_of_{rank}d{_axes_name(axes, keep)}" + (f"_ddof_{ddof}".replace(".", "_") if ddof else "")
    name += "" if dtype == "float64" else f"_{dtype}"
    kept = [axis for axis in range(rank) if axis not in axes]
    shape = ", ".join("1" if axis in axes else f"x.shape[{axis}]" for axis in (range(rank) if keep else kept))
    place = ", ".join("0" if axis in axes else INDICES[axis] for axis in (range(rank) if keep else kept))
    item = f"x[{', '.join(INDICES[:rank])}]"
    count = " * ".join(f"x.shape[{axis}]" for axis in axes)
    y = f"y[{place}]" if shape else "y"
    made = (f"({shape},)" if "," in shape else shape) + ("" if dtype == "float64" else f", np.{dtype}")
    heads = loops("x", rank)
    if kind in ("max", "min"):
        empty = " or ".join(f"x.shape[{axis}] == 0" for axis in axes)
        body = [f"if {empty}:", f'    raise ValueError("the {kind} of no numbers")', f"y = {_first(rank, axes, keep)}"]
        body += inside(heads, _STEP[kind].format(y=y, x=item))
        return function_text(name, "x", f"{_MEANING[kind]} along {_words(axes)}.", [*body, "return y"])
    step = kind if kind in _STEP else "sum"
    first = f"np.{_START[step]}({made})" if shape else "0.0" if dtype == "float64" else f"np.{dtype}(0)"
    body = [f"y = {first}", *inside(heads, _STEP[step].format(y=y, x=item))]
    result = "y" if kind in _STEP else f"y / ({count})"
    if kind in ("var", "std"):
        divisor = f"({count} - {ddof})" if ddof else f"({count})"
        body += [f"mean = {result}", f"y = {first}"]
        body += inside(heads, f"{y} += ({item} - {y.replace('y', 'mean', 1)}) ** 2")
        result = f"y / {divisor}" if kind == "var" else f"np.sqrt(y / {divisor})"
    return function_text(name, "x", f"{_MEANING[kind]} along {_words(axes)}.", [*body, f"return {result}"])


def loops(array: str, rank: int) -> list[str]:
    """The heads of loops over all indices of an array."""
    return [f"for {INDICES[axis]} in range({array}.shape[{axis}]):" for axis in range(rank)]


def inside(heads: Sequence[str], statement: str) -> list[str]:
    """A statement inside loops."""
    return [f"{'    ' * depth}{line}" for depth, line in enumerate([*heads, statement])]


def _first(rank: int, axes: Sequence[int], keep: bool) -> str:
    """The first items along axes."""
    zero = "0:1" if keep else "0"
    return f"x[{', '.join(zero if axis in axes else ':' for axis in range(rank))}].copy()"


def _words(axes: Sequence[int]) -> str:
    return ("axis " if len(axes) == 1 else "the axes ") + ", ".join(map(str, axes))


def unbroadcast(g: int, x: int) -> str:
    """`unbroadcast(g, x)` for the ranks of its arguments."""
    place = ", ".join(f"min({INDICES[g - x + axis]}, x.shape[{axis}] - 1)" for axis in range(x))
    body = ["if g.shape == x.shape:", "    return g"] if g == x else []
    body += ["y = np.zeros(x.shape, g.dtype)"]
    body += inside(loops("g", g), f"y[{place}] += g[{', '.join(INDICES[:g])}]")
    doc = "Sum `g` over the axes along which `x` was broadcast."
    return function_text(f"unbroadcast_{g}d_{x}d", "g, x", doc, [*body, "return y"])


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
    return function_text(
        f"roll_of_{rank}d_{axis}", "x, shift", f"The array moved along axis {axis}, around its ends.", body
    )


def cumulative(kind: str, rank: int, axis: int) -> str:
    """`np.cumsum` or `np.cumprod` along one axis."""
    at, sign = f"a{axis}", "+" if kind == "cumsum" else "*"
    old, new = _index(rank, **{at: "k - 1"}), _index(rank, **{at: "k"})
    loop = [f"for k in range(1, x.shape[{axis}]):", f"    y[{new}] = y[{old}] {sign} x[{new}]"]
    word = "sums" if kind == "cumsum" else "products"
    return function_text(
        f"{kind}_of_{rank}d_{axis}", "x", f"The running {word} along axis {axis}.", ["y = x.copy()", *loop, "return y"]
    )


def padded(widths: Sequence[tuple[int, int]]) -> str:
    """`np.pad` with zeros."""
    shape = ", ".join(f"x.shape[{axis}] + {before + after}" for axis, (before, after) in enumerate(widths))
    inner = ", ".join(f"{before}:{before} + x.shape[{axis}]" for axis, (before, _) in enumerate(widths))
    name = "padded_" + "_".join(f"{before}_{after}" for before, after in widths)
    body = [f"y = np.zeros(({shape},), x.dtype)", f"y[{inner}] = x", "return y"]
    return function_text(name, "x", "The array with zeros around it.", body)


def repeated(rank: int, axis: int) -> str:
    """`np.repeat` along one axis."""
    shape = ", ".join(f"x.shape[{each}]" + (" * n" if each == axis else "") for each in range(rank))
    place = ", ".join(INDICES[each] + (" // n" if each == axis else "") for each in range(rank))
    body = _made(shape, rank, place)
    doc = f"Each item n times along axis {axis}."
    return function_text(f"repeated_{rank}d_{axis}", "x, n", doc, [*body, "return y"])


def _made(shape: str, rank: int, place: str) -> list[str]:
    """Statements that make an array of the items at places of another."""
    item = f"y[{', '.join(INDICES[:rank])}]"
    return [f"y = np.empty(({shape},), x.dtype)", *inside(loops("y", rank), f"{item} = x[{place}]")]


def tiled(counts: Sequence[int]) -> str:
    """`np.tile` with numbers that are known, one for each axis."""
    rank = len(counts)
    shape = ", ".join(f"{count} * x.shape[{axis}]" for axis, count in enumerate(counts))
    place = ", ".join(f"{INDICES[axis]} % x.shape[{axis}]" for axis in range(rank))
    body = _made(shape, rank, place)
    name = f"tiled_{'_'.join(map(str, counts))}"
    return function_text(name, "x", "The array several times beside itself.", [*body, "return y"])


def triangle(kind: str, k: int) -> str:
    """`np.tril` and `np.triu` of a matrix, from diagonal `k` on; Numba's own take a second and more to compile."""
    word, side = ("lower", "below") if kind == "tril" else ("upper", "above")
    shifted = f"i {'+' if k > 0 else '-'} {abs(k)}" if k else "i"
    stop = f"i + {k + 1}" if k > -1 else f"i - {-k - 1}" if k < -1 else "i"
    columns = f"min({stop}, x.shape[1])" if kind == "tril" else f"max({shifted}, 0), x.shape[1]" if k < 0 else ""
    body = ["y = np.zeros_like(x)", "for i in range(x.shape[0]):"]
    body += [f"    for j in range({columns or f'{shifted}, x.shape[1]'}):", "        y[i, j] = x[i, j]", "return y"]
    name = f"{word}_triangle" + (f"_{k}".replace("-", "minus_") if k else "")
    diagonal = f"diagonal {k}" if k else "the diagonal"
    return function_text(name, "x", f"The matrix on and {side} {diagonal}.", body)


def differences(rank: int, axis: int, n: int) -> str:
    """`np.diff` along one axis."""
    later, former = (_index(rank, **{f"a{axis}": each}) for each in ("1:", ":-1"))
    body = [f"x = x[{later}] - x[{former}]"] * n
    name = f"differences_{rank}d_{axis}" + (f"_{n}" if n != 1 else "")
    return function_text(name, "x", f"The differences of neighbours along axis {axis}.", [*body, "return x"])


def mapped(name: str, rank: int) -> str:
    """A function of numbers for each item of an array."""
    item = f"[{', '.join(INDICES[:rank])}]"
    body = ["y = np.empty(x.shape)", *inside(loops("x", rank), f"y{item} = {name}(x{item})"), "return y"]
    return function_text(f"{name}_of_{rank}d", "x", f"`{name}` of each item.", body)


POLYVAL = '''
def polyval(p, x):
    """The polynomial with the coefficients `p`, that of the highest power first."""
    y = 0.0 * x
    for c in p:
        y = y * x + c
    return y
'''
POLYDER = '''
def polyder(p):
    """The coefficients of the derivative of a polynomial."""
    return p[:-1] * np.arange(p.size - 1, 0, -1)
'''
AVERAGE = '''
def average(x, weights):
    """The mean with weights."""
    return np.sum(x * weights) / np.sum(weights)
'''


def gather(rank: int, count: int) -> str:
    """`x[i, j]` with several arrays of indices."""
    names, at = _names(count)
    shape = "(i.shape[0],)" if rank == count else f"(i.shape[0],) + x.shape[{count}:]"
    body = [f"y = np.empty({shape}, x.dtype)", "for k in range(i.shape[0]):", f"    y[k] = x[{at}]", "return y"]
    body = [*_of_one_length(count), *body]
    return function_text(f"gather_{count}_of_{rank}d", f"x, {names}", "The items at several arrays of indices.", body)


def scatter(adds: bool, rank: int, count: int, own: int) -> str:
    """Items put or added at several arrays of indices, one after the other."""
    names, at = _names(count)
    rest = "" if rank == count else f"x.shape[{count}:]"
    is_apart = own == rank - count + 1
    shape = " + ".join([*(["(i.shape[0],)"] if is_apart else []), *([rest] if rest else [])])
    body = [f"v = np.broadcast_to(v, {shape})"] if own else []
    item = "v[k]" if is_apart else "v"
    body = [*_of_one_length(count), *body, "for k in range(i.shape[0]):", f"    x[{at}] {'+=' if adds else '='} {item}"]
    name = f"{'add' if adds else 'put'}_{own}d_at_{count}_of_{rank}d"
    doc = "Add to the items at the indices, also where they repeat." if adds else "Put items at the indices."
    return function_text(name, f"x, v, {names}", doc, body)


_INDEX_NAMES = "ijlm"


def _of_one_length(count: int) -> list[str]:
    """One of the arrays of indices may have extent 1."""
    if count == 1:
        return []
    names = _INDEX_NAMES[:count]
    longest = f"n = max({', '.join(f'{name}.shape[0]' for name in names)})"
    least = f"n = n if min({', '.join(f'{name}.shape[0]' for name in names)}) else 0"
    return [longest, least, *(f"{name} = np.broadcast_to({name}, (n,))" for name in names)]


def _names(count: int) -> tuple[str, str]:
    names = _INDEX_NAMES[:count]
    return ", ".join(names), ", ".join(f"{name}[k]" for name in names)


def function_text(name: str, parameters: str, doc: str, body: Sequence[str]) -> str:
    lines = "\n".join(f"    {line}" for line in body)
    return f'\ndef {name}({parameters}):\n    """{doc}"""\n{lines}\n'
