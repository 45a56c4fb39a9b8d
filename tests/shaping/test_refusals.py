"""What is not supported is refused by name, with a way out; what is supported sees every store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import adjoint
from tests import support
from tests.shaping.judge import check

REFUSED = {
    "np.pad(x, 1, mode='mean')": "mode 'mean'",
    "np.pad(x, 1, mode='linear_ramp', end_values=2.0)": "end_values",
    "np.pad(x, 1, mode='reflect', reflect_type='odd')": "reflect_type",
    "np.apply_along_axis(np.sum, 0, x)": "loop",
    "np.vectorize(np.sin)(x)": "loop",
    "np.trim_zeros(x)": "positions",
    "np.union1d(x, x)": "positions",
    "np.copy(x, order='F')": "row by row",
    "x.ravel(order='K')": "order='K'",
    "np.reshape(x, (2, 2), order='A')": "order='A'",
    "x.view(np.int64)": "astype",
    "x.byteswap()": "bytes",
    "np.sort(x, order='f')": "order",
    "np.take(x, [0], out=None, mode='round')": "no mode",
    "np.histogram(x)[0] * x[:1]": "range",
    "np.histogram(x, bins='auto')[0] * x[:1]": "range",
    "np.unique(x, axis=0)": "axis",
    "np.choose([0, 1, 0, 1], [x, x], mode='wrap')": "mode",
    "np.rot90(x)": "axis 1",
    "np.insert(np.arange(4), 1, x[0]) * x[0]": "round",
    "np.r_['0,2', x]": "string",
    "np.zeros(4, order='F') * x": "order",
    "np.select(x, [x])": "lists",
    "x[True]": "index",
    "x[1.0]": "index",
}


@pytest.mark.parametrize("expression", REFUSED)
def test_refused(expression: str, tmp_path: Path) -> None:
    module = support.import_text(f"import numpy as np\n\n\ndef f(x):\n    return np.sum({expression})\n", tmp_path)
    with pytest.raises(adjoint.AdjointError) as refusal:
        adjoint.grad(module.f)(np.array([0.3, 0.1, 0.7, 0.2]))
    error = refusal.value
    assert REFUSED[expression] in f"{error} {error.why} {error.fix}"
    assert error.lineno == 5 and error.offset and error.why and error.fix


LISTS = {
    "np.dstack(xs)": "written out",
    "np.choose(np.array([0, 1, 1, 0]), xs)": "written out",
    "np.lexsort(xs)": "written out",
    "np.block(xs)": "np.block",
    "np.select(xs, xs)": "written out",
    "np.vstack(vs)": "np.array",
    "np.column_stack(vs)": "np.array",
}


@pytest.mark.parametrize("expression", LISTS)
def test_lists_of_run_time_length_are_refused(expression: str, tmp_path: Path) -> None:
    """A list whose length is not known is not taken for one array."""
    text = f"    xs = [v * x for v in x]\n    vs = [v * v for v in x]\n    return np.sum({expression}) * x[0] + vs[0]\n"
    module = support.import_text(f"import numpy as np\n\n\ndef f(x):\n{text}", tmp_path)
    with pytest.raises(adjoint.AdjointError) as refusal:
        adjoint.grad(module.f)(np.array([0.3, 0.1, 0.7, 0.2]))
    assert LISTS[expression] in f"{refusal.value} {refusal.value.why} {refusal.value.fix}"


VIEWS = {
    "fliplr": "np.fliplr(a)",
    "flipud": "np.flipud(a)",
    "rot90": "np.rot90(a)",
    "rot90_back": "np.rot90(a, 3)",
    "rot180": "np.rot90(a, 2)",
    "rollaxis": "np.rollaxis(a, 1)",
    "moveaxis": "np.moveaxis(a, (0, 1), (1, 0))",
    "mT": "a.mT",
    "matrix_transpose": "np.matrix_transpose(a)",
    "atleast_3d": "np.atleast_3d(a)[:, :, 0]",
    "atleast_2d": "np.atleast_2d(a)",
    "flip_both": "np.flip(a)",
}
COPIES = {
    "roll": "np.roll(a, 1)",
    "tile": "np.tile(a, 2)",
    "pad": "np.pad(a, 1)",
    "sort": "np.sort(a)",
    "take": "np.take(a, [1, 0], axis=0)",
    "delete": "np.delete(a, 0, axis=0)",
    "append": "np.append(a, a, axis=0)",
    "meshgrid": "np.meshgrid(a[0], a[0])[0]",
    "select": "np.select([a > 0.3], [a], 0.0)",
    "block": "np.block([[a, a]])",
    "flatten": "a.flatten('F')[None, :]",
    "array": "np.array(a, ndmin=2, copy=True)",
}


@pytest.mark.parametrize("name", [*VIEWS, *COPIES])
def test_stores(name: str, tmp_path: Path) -> None:
    """A store into a view changes the array, one into a copy does not; the array changes under a view."""
    made = {**VIEWS, **COPIES}[name]
    module = support.import_text(
        f"""import numpy as np


def through(x, c):
    a = x * 2.0
    v = {made}
    v[0] = c
    v[:, 1] *= c
    return a * x + a[::-1]


def under(x, c):
    a = x * 2.0
    v = {made}
    a[1] = c
    a[:, 0] += c * c
    return v * v
""",
        tmp_path,
    )
    x = np.array([[0.3, 0.1, 0.7], [0.2, 0.5, -0.4]])
    check(module.through, (x, 0.6))
    check(module.under, (x, 0.6))


def test_python_numbers_take_the_precision_of_arrays(tmp_path: Path) -> None:
    text = "import numpy as np\n\n\ndef f(x):\n    return np.sum(np.r_[x, 1.0])\n"
    module = support.import_text(text, tmp_path)
    np.testing.assert_array_equal(adjoint.grad(module.f)(np.zeros(2)), [1.0, 1.0])
    with pytest.raises(adjoint.AdjointError, match="r_"):
        adjoint.grad(module.f)(np.zeros(2, np.float32))


@pytest.mark.parametrize("made", ["np.ascontiguousarray(a.T)", "np.asfortranarray(a)"])
def test_view_or_copy(made: str, tmp_path: Path) -> None:
    """Whether it is a copy depends on how the array lies: a store is refused, and so is a read after one."""
    module = support.import_text(
        f"""import numpy as np


def read(x):
    a = x * 2.0
    v = {made}
    return np.sum(v * v)


def store(x):
    a = x * 2.0
    v = {made}
    v[0] = 1.0
    return np.sum(a * v.sum())
""",
        tmp_path,
    )
    x = np.array([[0.3, 0.1], [0.2, 0.5]])
    check(module.read, (x,))
    with pytest.raises(adjoint.AdjointError):
        adjoint.grad(module.store)(x)


def test_positions_that_differ_are_added_plainly(tmp_path: Path) -> None:
    """`np.add.at` stands only where an element may be named twice."""
    module = support.import_text(
        """import numpy as np


def once(x):
    return np.sum(np.sort(x) ** 2 + x[np.flatnonzero(x > -9)] * np.take_along_axis(x, np.argsort(x), axis=0))


def twice(x, k):
    return np.sum(x[k] ** 2)
""",
        tmp_path,
    )
    x = np.array([0.3, 0.1, 0.7])
    once, twice = adjoint.grad(module.once), adjoint.grad(module.twice)
    check(module.once, (x,))
    np.testing.assert_array_equal(twice(x, np.array([1, 1, 2])), [0.0, 4 * 0.1, 2 * 0.7])
    once(x)
    assert "np.add.at" not in once.source
    assert "np.add.at" in twice.source
