"""What cannot be resolved is refused at its line, naming what shares memory; so are arguments that share it."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError, AliasNotProvable

BUFFER = np.zeros(3)
LAYERS = [np.zeros(3)]
GENERATOR = np.random.default_rng(0)


class Settings:
    weights = np.ones(3)


X = np.array([0.5, 1.5, 1.0, 2.0])
REFUSED: list[Any] = []


def refused(*args: Any, line: str, says: str = "") -> Any:
    """Decorator: refused at the line with this text, with these words in the report."""

    def register(function: Any) -> Any:
        REFUSED.append(pytest.param(function, args, line, says, id=function.__name__))
        return function

    return register


@refused(1.5, line="BUFFER[0] = x", says="BUFFER is a global")
def stores_into_a_global(x):
    BUFFER[0] = x
    return BUFFER[0] * 2


@refused(1.5, line="b += x", says="BUFFER is a global")
def augments_a_global_by_another_name(x):
    b = BUFFER
    b += x
    return np.sum(b)


@refused(1.5, line="LAYERS[0][0] = x", says="LAYERS is a global")
def stores_into_a_global_list_of_arrays(x):
    LAYERS[0][0] = x
    return LAYERS[0][0]


@refused(1.5, line="Settings.weights[0] = x", says="Settings.weights outlives the call")
def stores_into_a_class(x):
    Settings.weights[0] = x
    return np.sum(Settings.weights)


@refused(1.5, line="layer += x", says="LAYERS is a global")
def each_layer_of_a_global(x):
    for layer in LAYERS:
        layer += x
    return np.sum(LAYERS[0])


def _around():
    weights = np.zeros(3)

    @refused(1.5, line="weights[0] = x", says="weights is a variable of the function around")
    def writes_around(x):
        weights[0] = x
        return np.sum(weights)

    return writes_around


WRITES_AROUND = _around()


@refused(1.5, line="v.fill(x)", says="BUFFER is a global")
def fills_a_view_of_a_global(x):
    v = BUFFER[1:]
    v.fill(x)
    return np.sum(BUFFER)


@refused(1.5, line="np.add(BUFFER, x, out=BUFFER)", says="BUFFER is a global")
def writes_out_to_a_global(x):
    np.add(BUFFER, x, out=BUFFER)
    return np.sum(BUFFER)


@refused(X, line="return np.ravel(x) @ np.add(b, 1.2, out=x)", says="`ravel` gives a view or a copy")
def reads_what_the_same_statement_changes(x):
    b = x * 2.0
    return np.ravel(x) @ np.add(b, 1.2, out=x)


@refused(X, line="return x.ravel()[1:] @ np.add(b, 1.2, out=x)[1:]", says="`ravel` gives a view or a copy")
def reads_a_part_of_what_the_same_statement_changes(x):
    b = x * 2.0
    return x.ravel()[1:] @ np.add(b, 1.2, out=x)[1:]


def put(a, x):
    a[0] = x


@refused(1.5, line="a[0] = x")
def hands_out_a_global(x):
    put(BUFFER, x)
    return np.sum(BUFFER)


def captured() -> Any:
    memory = np.zeros(2)

    def stores_into_a_captured_array(x):
        memory[0] = x
        return np.sum(memory)

    return stores_into_a_captured_array


refused(1.5, line="memory[0] = x", says="memory is a")(captured())


@refused(X, line="r[0] = 5.0", says="`ravel` gives a view or a copy")
def stores_into_what_may_be_a_copy(x):
    y = x.reshape(2, 2).T * 2.0
    r = y.ravel()
    r[0] = 5.0
    return np.sum(y**2)


@refused(X.reshape(2, 2), line="return np.sum(r**2)", says="'x' has changed")
def reads_what_may_be_a_copy(x):
    r = x.reshape(-1)
    x[0, 0] = 7.0
    return np.sum(r**2)


@refused(X, line="np.broadcast_to(x, (2, 4))[0, 0] = 1.0", says="does not write through")
def stores_into_a_broadcast_view(x):
    np.broadcast_to(x, (2, 4))[0, 0] = 1.0
    return np.sum(x)


def one_of(a, b):
    return a if a[0] > b[0] else b


@refused(X, line="u[k] *= 2.0", says="put into the list 'history'")
def lists_one_array_again_and_again(u):
    u = u * 1.0
    history = []
    for k in range(len(u)):
        u[k] *= 2.0
        history.append(u)
    return np.sum(history[0] ** 2)


@refused(X, line="u[k] *= 2.0", says="a view of it is in the list 'history'")
def lists_views(u):
    u = u * 1.0
    history = []
    for k in range(len(u)):
        u[k] *= 2.0
        history.append(u[:2])
    return np.sum(history[0] ** 2)


@refused(X, line="n[0] = x[0]", says="its derivative is lost")
def stores_a_real_into_integers(x):
    n = np.zeros(3, dtype=int)
    n[0] = x[0]
    return np.sum(n)


@refused(X, line="n *= 1.5", says="does not fit into int64[3] in place")
def augments_integers_by_a_real(x):
    n = np.arange(3)
    n *= 1.5
    return np.sum(n) * x[0]


@refused(X, line="np.add(x[:3], 1.0, out=n)", says="does not cast")
def writes_a_real_out_to_integers(x):
    n = np.arange(3)
    np.add(x[:3], 1.0, out=n)
    return np.sum(n) * x[0]


@refused(X, line="x += 1j", says="complex128")
def loses_the_imaginary_part(x):
    x += 1j
    return np.sum(x)


@refused(X, line="y.real[0] = x[0]", says="one part of complex numbers")
def stores_into_the_real_part(x):
    y = np.zeros(3, dtype=complex)
    y.real[0] = x[0]
    return np.abs(y[0]) ** 2


@refused(X, line="x.shape = (2, 2)", says="reshape")
def changes_the_shape(x):
    x.shape = (2, 2)
    return np.sum(x)


@refused(X, line="del x[0]", says="deleted")
def deletes_an_element(x):
    del x[0]
    return np.sum(x)


@refused(X, line="x.resize(2)", says="`.resize()` changes")
def resizes(x):
    x.resize(2)
    return np.sum(x)


@refused(X, line="GENERATOR.random(out=x)", says="random")
def fills_at_random(x):
    GENERATOR.random(out=x)
    return np.sum(x)


@refused(X, line="flat[0] = 1.0", says="of the array 'rows'")
def names_what_the_view_may_be_of(x):
    rows = x.reshape(2, 2).T * 2.0
    flat = rows.ravel()
    flat[0] = 1.0
    return np.sum(rows)


@refused(X, line="for v in np.nditer(x):", says="`x.flat`")
def walks_with_nditer(x):
    total = 0.0
    for v in np.nditer(x):
        total += v
    return total


@refused(X, line="a[0][0] = 1.0", says="the change would be seen in the container 'b', too")
def stores_into_what_is_in_two_lists(x):
    a, b = [], []
    for k in range(len(x)):
        row = x * k
        a.append(row)
        b.append(row)
    a[0][0] = 1.0
    return np.sum(b[0])


@refused(X, line="b[0][0] = 1.0", says="the change would be seen in the container 'a', too")
def stores_into_a_copied_list(x):
    a = [x * k for k in range(len(x))]
    b = a[:]
    b[0][0] = 1.0
    return np.sum(a[0])


@refused(X, line="x[0] = 5.0", says="may stand in it twice, or in another list")
def stores_into_rows_of_a_list(x):
    rows = list(np.outer(x, x))
    x = rows[0]
    rows.append(x)
    x[0] = 5.0
    return np.sum(rows[0])


@refused(X, line="y[0, 0] = 5.0", says="its rows are the items of the list 'rows'")
def stores_into_an_array_whose_rows_are_listed(x):
    y = np.outer(x, x)
    rows = list(y)
    y[0, 0] = 5.0
    return np.sum(rows[0])


@refused(X, line="if b is a:", says="whether two of them are the same object")
def asks_whether_lists_are_one(x):
    a = [x[0], x[1]]
    b = a
    if x[0] < 0.0:
        b = list(a)
    if b is a:
        return x[0] * 2.0
    return x[0]


@refused(np.ones((2, 3), order="F"), line="rows[0] = 5.0", says="`ravel` gives a view or a copy")
def row_of_what_was_broadcast(x):
    y = np.zeros((4, 1, x.shape[1])) + x  # lies as x does
    rows = y.ravel()
    rows[0] = 5.0
    return np.sum(y)


@refused(X, line="s += x[2]", says="in place that 't' shares")
def adds_to_what_may_have_two_names(x):
    s = np.asarray(x[0] * x[1])
    t = s
    s += x[2]
    return t * s


@refused(X, line="larger[0] = 1.0", says="what `doubled_or_not` returned may share memory with the array 'y'")
def is_new_on_a_path_of_a_function(x):
    def doubled_or_not(v):
        return v if v[0] > 1.0 else v * 2.0

    y = x * 1.0
    larger = doubled_or_not(y)
    larger[0] = 1.0
    return np.sum(larger * y)


@refused(X, line="y[0] = 3.0", says="what `larger` returned may share memory with the array 'y'")
def is_read_after_a_store(x):
    def larger(v):
        return v if v[0] > 1.0 else v * 2.0

    y = x * 1.0
    w = larger(y)
    y[0] = 3.0
    return np.sum(y) + w[0]


@refused(X, line="return np.sum(np.asarray(larger(y)) * double(y))", says="what `larger` returned may share memory")
def is_read_beside_a_store(x):
    def larger(v):
        return v if v[0] > 1.0 else v * 2.0

    def double(v):
        v[0] *= 2.0
        return v[1]

    y = x * 1.0
    return np.sum(np.asarray(larger(y)) * double(y))


@refused(X, line="rows[-1][0] = x[1]", says="the change would be seen in the array 'row', too")
def is_read_after_a_store_into_its_list(x):
    rows, s = [], 0.0
    for k in range(len(x)):
        row = x * k
        rows.append(row)
        rows[-1][0] = x[1]
        s += row[0]
    return s + np.sum(rows[0])


@refused(X, line="a[0] = 2.0 * s", says="it may be the array 'w'")
def is_read_in_the_next_pass(x):
    a, b = x * 1.0, x * 2.0
    table = [[a, x * 0.3], [b, x * 0.2]]
    w, s = table[int(x[0] > 1.0)][0], 0.0
    for _ in range(3):
        s += w[0]
        a[0] = 2.0 * s
    return np.sum(a) + s


@refused(X, line="a[0] = 2.0", says="it may be the array 'w'")
def is_read_by_a_function_inside(x):
    a, b = x * 1.0, x * 2.0
    table = [[a, x * 0.3], [b, x * 0.2]]
    w = table[int(x[0] > 1.0)][0]

    def later():
        return w[0]

    a[0] = 2.0
    return np.sum(a) + later()


@refused(X, line="u[k] *= 2.0", says="put a copy into the list: `history.append(u.copy())`")
def is_told_where_the_copy_goes(u):
    u = u * 1.0
    history = []
    for k in range(len(u)):
        history.append(u)
        u[k] *= 2.0
    return np.sum(history[0] ** 2)


@pytest.mark.parametrize(("function", "args", "line", "says"), REFUSED)
def test_refused(function: Any, args: tuple[Any, ...], line: str, says: str) -> None:
    with pytest.raises(AdjointError) as caught:
        adjoint.grad(function)(*args)
    error = caught.value
    lines, first = inspect.getsourcelines(inspect.getmodule(function))
    assert error.lineno is not None and error.fix
    assert lines[error.lineno - 1 - max(first - 1, 0)].strip() == line
    assert says in error.report()


# -- arguments that share memory


def writes_first(a, b):
    a[0] = b[1] ** 2
    return np.sum(a * b)


def reads_twice(a, b, c):
    a[0] = b[1] * c[1]
    return np.sum(a * b)


def writes_in_a_list(layers):
    layers[0][0] = layers[1][1] ** 2
    return np.sum(layers[0] * layers[1])


def writes_a_default(x, buffer=np.zeros(3)):  # noqa: B008
    buffer[0] += x
    return np.sum(buffer)


SHARING = [
    pytest.param(writes_first, (X, X), "'a' and 'b' share memory", id="same"),
    pytest.param(writes_first, (X[:3], X[1:]), "'a' and 'b' share memory", id="overlapping"),
    pytest.param(writes_first, (X, X[::-1]), "'a' and 'b' share memory", id="reversed"),
    pytest.param(reads_twice, (X, X, X.copy()), "'a' and 'b' share memory", id="one of the others"),
    pytest.param(writes_in_a_list, ([X, X],), "share memory", id="in a list"),
    pytest.param(writes_a_default, (1.5,), "its default", id="default"),
]


def calls(function: Any, args: tuple[Any, ...]) -> list[Any]:
    """The ways to ask for a derivative."""
    return [
        lambda: adjoint.grad(function)(*args),
        lambda: adjoint.value_and_grad(function)(*args),
        lambda: adjoint.vjp(function, *args)[1](1.0),
        lambda: adjoint.hvp(function, args, args),
        lambda: adjoint.jvp(function, args, args),
    ]


@pytest.mark.parametrize(("function", "args", "says"), SHARING)
def test_arguments_that_share_memory(function: Any, args: tuple[Any, ...], says: str) -> None:
    for call in calls(function, args):
        with pytest.raises(AliasNotProvable) as caught:
            call()
        assert says in caught.value.report()


@pytest.mark.parametrize(
    ("function", "args"),
    [
        pytest.param(writes_first, (X[:2], X[2:]), id="apart"),
        pytest.param(writes_first, (X[::2], X[1::2]), id="interleaved"),
        pytest.param(reads_twice, (X.copy(), X, X), id="only read"),
    ],
)
def test_arguments_apart(function: Any, args: tuple[Any, ...]) -> None:
    value, _ = adjoint.value_and_grad(function)(*args)
    assert value == function(args[0].copy(), *args[1:])
