"""Index expressions of every form NumPy knows, each read, stored into and added to."""

from __future__ import annotations

VECTOR = """
i
-1
np.int64(2)
1:
:-1
::-1
::2
-3:-1
4:1:-1
None
...
..., None
i:
None, 1:, None
[0, 2, -1]
[0, 0, 1]
[[0, 1], [2, 3]]
np.array([3, 1, 0])
np.array([[3, 1], [0, 0]])
ints
ints - 1
ints[::-1]
np.arange(5)[::2]
mask
~mask
[True, False, True, False, True]
x0 > 0.4
(x0 > 0.1) & (x0 < 0.9)
pair[0]
(1,)
(slice(1, 4),)
np.s_[1:3]
"""

MATRIX = """
1
-1, 2
i, 0
i
:, 1
1:, ::-1
..., 0
0, ...
:, None
None, 1
:, None, 1:
[0, 2]
[0, 2], [1, 3]
[0, 0, 0], [1, 1, 2]
ints3, :
:, ints3
:, [0, 3, 0]
ints3, 1
1, ints3
1:, ints3
ints3[:, None], ints3
ints3[:, None], [0, 2]
np.ix_([0, 2], [1, 3])
np.ix_(ints3, rows)
mask3
mask3, 1
mask3, 1:
:, mask4
1, mask4
mask34
x0 > 0.4
mask3, [0, 1]
[0, 2], mask4
rows, ..., None
None, ints3
ints3, None
ints3, None, [0, 1, 2]
pair
(slice(None), 1)
(i, slice(1, None))
np.s_[1:, ::2]
(0, 1), :
((0, 1), (2, 3))
[[0, 1], [2, 2]]
np.nonzero(x0 > 0.4)
np.triu_indices(3)
np.ix_(mask3, [0, 2])
np.ix_(mask3, mask4)
np.where(x0 > 0.4)
list(pair)
"""

CUBE = """
1
:, 1
..., 1
1, ..., 2
:, 0, 1
0, :, 1
[0, 1]
:, [0, 2]
..., [0, 3, 3]
[0, 1], [1, 2]
[0, 1], :, [1, 2]
:, [0, 1], [1, 2]
[0, 1], :, 2
0, :, [1, 2]
0, [1, 2]
0, [1, 2], :
:, 0, [1, 2]
[0, 1], 1, :
[0, 1], 1:, [2, 3]
[0, 1], None, [1, 2]
:, [[0, 1], [2, 0]]
[[0, 1], [1, 0]], :, [0, 3]
1, mask3
:, mask3
:, mask3, 1
:, mask3, ::2
mask23
mask23, 1
mask23, 1:
0, mask34
:, mask34
..., mask4
mask_two, :, [0, 1]
mask_two, mask_of_two
mask_two, mask_of_two, 0
None, [0, 1], :, None
[0, 1], ..., [0, 1], None
ints2, :, ints2
x0 > 0.5
np.ix_([0, 1], [2, 0], [1])
(0, 1), :
(0, 1), 1:, 2
[[True, False, True], [False, True, True]]
:, i, None
i, ::-1, 1:3
"""

CONSTANTS = {
    "i": 1,
    "pair": (1, 2),
    "ints": "np.array([1, 4, 2, 1])",
    "rows": "np.array([1, 0])",
    "ints2": "np.array([1, 0])",
    "ints3": "np.array([2, 0, 1])",
    "mask": "np.array([True, False, True, True, False])",
    "mask3": "np.array([True, False, True])",
    "mask4": "np.array([False, True, True, False])",
    "mask_two": "np.array([True, True])",
    "mask_of_two": "np.array([True, False, True])",
    "mask34": "np.array([[True, False, True, False], [False] * 4, [True, True, False, True]])",
    "mask23": "np.array([[True, False, True], [False, False, True]])",
}

BODY = """\
    r = x[{index}] * w
    y = x * 2.0
    y[{index}] = w
    z = x * x
    z[{index}] += w
    return np.sum(r * r) + np.sum(y * x) + np.sum(z * x)
"""


def programs(rank: int, shape: tuple[int, ...]) -> str:
    """The text of a module with a function for each index, and a list of them."""
    text = ["import numpy as np\n", f"x0 = (np.arange(1.0, {_count(shape)} + 1) * 0.618 % 1.0).reshape({shape})\n"]
    text += [f"{name} = {value}\n" for name, value in CONSTANTS.items()]
    names = []
    for number, index in enumerate({1: VECTOR, 2: MATRIX, 3: CUBE}[rank].strip().splitlines()):
        text.append(f"\n\ndef f{number}(x, w):\n{BODY.format(index=index)}")
        names.append(f"    (f{number}, x0, x0[{index}] * 0.5 + 1.0, {index!r}),\n")
    return "".join(text) + f"\n\nALL = [\n{''.join(names)}]\n"


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for extent in shape:
        count *= extent
    return count
