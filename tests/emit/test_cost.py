"""What makes an emitted derivative short and fast, each with the gradient that it must not change."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint import grad, hessian


def differences(f, args, index=0, step=1e-6):
    """The gradient in one argument by central differences."""
    x = np.asarray(args[index], dtype=float)
    found = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        values = []
        for sign in (1, -1):
            moved = x.copy()
            moved[place] += sign * step
            given = moved if x.ndim else float(moved)
            values.append(f(*args[:index], given, *args[index + 1 :]))
        found[place] = (values[0] - values[1]) / (2 * step)
    return found


def text_of(f, *args):
    """The emitted gradient, after a comparison with differences."""
    derivative = grad(f)
    kept = [np.array(arg) for arg in args]
    np.testing.assert_allclose(derivative(*args), differences(f, args), rtol=2e-6, atol=1e-7)
    for arg, old in zip(args, kept):
        np.testing.assert_array_equal(arg, old)
    return derivative.source


x = np.array([0.3, -0.5, 0.8])
W = np.array([[0.2, 0.1, -0.3], [0.5, -0.2, 0.4], [-0.1, 0.3, 0.2]])


def two_arrays(W, x):
    for _ in range(3):
        h = np.tanh(W @ x)
        g = np.sin(W @ h)
        x = g * h + x
    return np.sum(x)


def five_numbers(x, n):
    for _ in range(n):
        a = np.sin(x)
        b = np.cos(a * x)
        c = np.exp(a * b)
        d = np.sin(b * c + a)
        x = a * b * c * d
    return x


def two_numbers(x, n):
    a = b = x
    for _ in range(n):
        a, b = a * b, b * a + a
    return a * b


def rebound(x, n):
    for _ in range(n):
        y = np.sin(x)
        x = x * y
        x = x * y
    return np.sum(x)


def overwritten(x, n):
    y = x.copy()
    for _ in range(n):
        s = np.exp(y)
        y[1:] = np.sin(y[1:] * s[1:])
        t = np.sin(y)
        y[0] = y[0] * t[0] * s[1]
    return np.sum(y)


def stored_twice(x):
    y = x.copy()
    for i in range(len(x)):
        y[i] = y[i] * y[i] + 1.0
        y[i] *= x[i]
    return np.sum(y * y)


def left_early(x, n):
    y = x
    for _ in range(n):
        s = np.sin(y)
        if np.sum(s) > 1.5:
            break
        y = y * np.exp(s)
    return np.sum(y)


def in_a_branch(x, n):
    y = x
    for i in range(n):
        s = np.sin(y)
        if i % 2:
            e = np.exp(s)
            y = y * e * s
        else:
            y = y * s + 1.0
    return np.sum(y)


def test_arrays_saved_at_one_place_share_a_stack() -> None:
    text = text_of(two_arrays, W, x)
    assert text.count("[]") == 1 and text.count(".append(") == 1 and text.count(".pop()") == 1


def test_many_numbers_share_a_stack_and_few_do_not() -> None:
    assert ".append((" in text_of(five_numbers, 0.7, 3)
    assert ".append((" not in text_of(two_numbers, 0.7, 3)


@pytest.mark.parametrize("f", [rebound, overwritten, left_early, in_a_branch])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_what_is_saved_is_what_was_read(f, n) -> None:
    text_of(f, x, n)


def test_a_place_that_is_stored_into_twice_stays_in_one_array() -> None:
    text = text_of(stored_twice, x)
    assert text.count(".copy()") == text.count("zeros_like") == 1


def test_second_order_through_shared_stacks() -> None:
    found = hessian(rebound)(x, 2)
    rows = [differences(lambda v, i=i: float(grad(rebound)(v, 2)[i]), (x,)) for i in range(3)]
    np.testing.assert_allclose(found, rows, rtol=1e-5, atol=1e-7)


def norm_steps(q, n):
    q = q.copy()
    for j in range(n):
        q[j, :] /= np.sqrt(q[j, :] @ q[j, :])
    return np.sum(q**3)


def softmax_loss(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.sum((e / e.sum(axis=1, keepdims=True)) ** 2)


def separations(p):
    d = p[None, :, :] - p[:, None, :]
    return np.sum(np.exp(-np.sum(d * d, axis=2)))


def transposed(A, B):
    return np.sum((A @ B.T) ** 2 * (A.T[0] @ B.T[0]))


def minus(A, v):
    return np.sum(np.sin(v - A @ v))


def logistic(z):
    return np.sum(1.0 / (1.0 + np.exp(-z)))


def test_sums_of_products_are_products() -> None:
    text = text_of(norm_steps, W, 3)
    assert " @ " in text.split("_bar", 1)[1] and ".sum()" not in text


def test_signs_and_axes_of_sums() -> None:
    text = text_of(softmax_loss, W)
    assert "(-" not in text
    text = text_of(separations, W)
    assert "keepdims" not in text and "d_bar.sum(0) - d_bar.sum(1)" in text


def test_transposes_cancel() -> None:
    assert ".T.T" not in text_of(transposed, W, 2 * W)
    assert ".T.T" not in text_of(lambda B, A: transposed(A, B), W, 2 * W)


def test_a_sign_before_a_product() -> None:
    assert "d = A.T @ v_bar\n    return v_bar - d" in text_of(lambda v, A: minus(A, v), x, W)


def test_one_over_reads_its_result_only() -> None:
    assert text_of(logistic, x).count("1.0 / (1.0 + ") == 1


def test_a_number_is_no_dot_product() -> None:
    """One of two extents may be 1: the sum of a product that was stretched."""

    def stretched(u, v):
        return np.sum(np.sin(u * v))

    for v in (np.array([2.0]), np.array([1.0, 2.0, 3.0])):
        text_of(stretched, x, v)
        np.testing.assert_allclose(
            grad(stretched, wrt=1)(x, v), differences(stretched, (x, v), 1), rtol=1e-6, atol=1e-8
        )


def first_touch(x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i]
    return y[-1]


def second_last(x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i]
    return y[-2] * y[-1]


def other_length(x):
    y = np.zeros(len(x) + 1)
    y[0] = x[0]
    for i in range(1, len(x) + 1):
        y[i] = y[i - 1] * x[i - 1] + x[i - 1]
    return y[-1] * y[2]


def test_a_place_that_is_met_first_is_set() -> None:
    assert "y_bar[i - 1] = " in text_of(first_touch, x + 1)
    assert "y_bar[i - 1] += " in text_of(second_last, x + 1)
    text_of(other_length, x + 1)


def repeated(x, n):
    for _ in range(n):
        x = x - (x * x * x - 2.0) / (3.0 * x * x)
    return x


def test_equal_terms_are_one() -> None:
    text = text_of(repeated, 1.7, 3)
    assert "+ x_bar_1 + x_bar_1" not in text
