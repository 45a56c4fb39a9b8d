"""Newton's square root: the derivative of a `while` loop whose length depends on the argument.

Run it: `python examples/newton_root.py`.
"""

import math

from differences import compare

from adjoint import grad


def root(a):
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def main() -> None:
    gradient = grad(root)
    exact = gradient(2.0)
    check = 0.5 / math.sqrt(2.0)
    print(gradient.source)
    print(f"derivative {exact!r}   check {check!r}   error {abs(exact - check):.1e}")
    compare(lambda step: root(2.0 + step), exact)


if __name__ == "__main__":
    main()
