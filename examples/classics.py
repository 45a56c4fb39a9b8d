"""The classics of every lecture on automatic differentiation, each with its number and its check.

Run it: `python examples/classics.py`.
"""

import math

import numpy as np
from differences import compare

from adjoint import grad, hessian, value_and_grad


def square(x):
    return x**2


def log_ratio(x):
    return math.log(1 + x**2) / x


def logistic(x, n=4):
    v = x
    for _ in range(n):
        v = 4 * v * (1 - v)
    return v


def quotient(x, y):
    return (x**2 + 2 * y**2) / (x * y)


def polynomial(x, y):
    return x**2 * y + y + 2


def sine_of_square(x):
    return math.sin(x**2)


def quadratic_form(x, A):
    return x @ A @ x


def squared_l2(x):
    return np.sum(x**2)


def l1(x):
    return np.sum(np.abs(x))


def soft_relu(x):
    return math.log(1.0 + math.exp(x))


def soft_relu_twice(x):
    return soft_relu(soft_relu(x))


def quartic(x):
    return 2 * x**4 - 1


def float_power(x):
    return x**5.0


def constant(x):
    return 12 + 0 * x


def h(x):
    print("    h is evaluated")
    return x * x


def g(x):
    return math.exp(-x)


def f(x):
    return math.sin(x)


def composed(x):
    return f(g(h(x)))


def mean_of_squares(x):
    return np.mean(3 * (x + 2) ** 2)


def unused(x, y):
    return x * x


def report(name: str, got: object, check: object) -> None:
    """One line an example; stops where the two differ."""
    print(f"{name}: {got}   check {check}")
    np.testing.assert_allclose(got, check, rtol=1e-12, atol=1e-14)


def scalar_classics() -> None:
    """Functions of one number, with differences beside them."""
    sigmoid = lambda x: 1.0 / (1.0 + math.exp(-x))
    cases = [
        ("x**2 at 3", square, 3.0, 6.0),
        ("log(1 + x**2)/x at 1", log_ratio, 1.0, 1.0 - math.log(2.0)),
        ("logistic map, n = 4, at 0.25", logistic, 0.25, -16.0),
        ("sin(x**2) at 3", sine_of_square, 3.0, 6.0 * math.cos(9.0)),
        ("soft ReLU of soft ReLU at 0.5", soft_relu_twice, 0.5, sigmoid(soft_relu(0.5)) * sigmoid(0.5)),
        ("2x**4 - 1 at 2", quartic, 2.0, 64.0),
        ("x**5.0 at 2", float_power, 2.0, 80.0),
        ("12 + 0*x at 7", constant, 7.0, 0.0),
    ]
    for name, function, x, check in cases:
        exact = grad(function)(x)
        report(name, exact, check)
        compare(lambda step, function=function, x=x: function(x + step), exact)


def several_arguments() -> None:
    """Functions of several numbers: gradients by name, and a Hessian."""
    report("(x**2 + 2y**2)/(xy) at (1, 2)", grad(quotient, wrt=("x", "y"))(1.0, 2.0), (-3.5, 1.75))
    report("x**2*y + y + 2 at (3, 4)", grad(polynomial, wrt=("x", "y"))(3.0, 4.0), (24.0, 10.0))
    report("its Hessian", hessian(polynomial, wrt=("x", "y"))(3.0, 4.0), ((8.0, 6.0), (6.0, 0.0)))
    report("an unused argument", grad(unused, wrt=("x", "y"))(3.0, 4.0), (6.0, 0.0))


def arrays() -> None:
    """Functions of arrays; differences go along one direction."""
    x, A = np.array([1.0, -2.0, 3.0]), np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0], [4.0, 0.0, 5.0]])
    report("x^T A x", grad(quadratic_form)(x, A), (A + A.T) @ x)
    report("squared L2 norm", grad(squared_l2)(x), 2 * x)
    exact = grad(l1)(x)
    report("L1 norm", exact, np.sign(x))
    direction = np.ones(3)
    compare(lambda step: l1(x + step * direction), float(exact @ direction), steps=(5.0, 1e-5, 1e-16))
    ones = np.ones((2, 2))
    report("mean of 3(x + 2)**2", grad(mean_of_squares)(ones).tolist(), np.full((2, 2), 4.5).tolist())


def one_evaluation() -> None:
    """Value and derivative of f(g(h(x))) together: `h` runs once."""
    value, derivative = value_and_grad(composed)(0.5)
    inner = math.exp(-0.25)
    report("f(g(h(x))) at 0.5", (value, derivative), (math.sin(inner), -math.cos(inner) * inner))


def main() -> None:
    scalar_classics()
    several_arguments()
    arrays()
    one_evaluation()


if __name__ == "__main__":
    main()
