"""The text of small functions that change arrays at some of their places, for Numba."""

from __future__ import annotations

from adjoint.emit.native_helpers import INDICES, function_text, inside, loops


def put_where(adds: bool, rank: int, own: int) -> str:
    """Items put or added where a mask of several dimensions is true; vectors give theirs in order."""
    item = f"x[{', '.join(INDICES[:rank])}]"
    symbol = "+=" if adds else "="
    body = inside(loops("x", rank), f"if mask[{', '.join(INDICES[:rank])}]:")
    pad = "    " * (rank + 1)
    if own:
        spread = "v = np.broadcast_to(v, (np.count_nonzero(mask),))"
        body = [spread, "count = 0", *body, f"{pad}{item} {symbol} v[count]", f"{pad}count += 1"]
    else:
        body = [*body, f"{pad}{item} {symbol} v"]
    name = f"{'add' if adds else 'put'}_{own}d_where_{rank}d"
    doc = f"{'Add to' if adds else 'Put'} items where the mask is true."
    return function_text(name, "x, v, mask", doc, body)


def put_along(adds: bool, rank: int, axis: int, own: int) -> str:
    """Items put or added at an array of indices of one axis, one after the other."""
    places = [f"{INDICES[axis]}_at" if each == axis else INDICES[each] for each in range(rank)]
    counts = [f"for {INDICES[axis]} in range(at.shape[0]):" if each == axis else head for each, head in heads(rank)]
    value = f"v[{', '.join(INDICES[:rank])}]" if own else "v"
    places[axis] = f"at[{INDICES[axis]}]"
    body = inside(counts, f"x[{', '.join(places)}] {'+=' if adds else '='} {value}")
    if own:
        extents = ["at.shape[0]" if each == axis else f"x.shape[{each}]" for each in range(rank)]
        body = [f"v = np.broadcast_to(v, ({', '.join(extents)},))", *body]
    name = f"{'add' if adds else 'put'}_{own}d_along_{axis}_of_{rank}d"
    doc = f"{'Add to' if adds else 'Put'} items at indices of axis {axis}, also where they repeat."
    return function_text(name, "x, v, at", doc, body)


def heads(rank: int) -> list[tuple[int, str]]:
    """The axes of an array, and the heads of loops over them."""
    return list(enumerate(loops("x", rank)))
