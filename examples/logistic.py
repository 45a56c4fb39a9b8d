"""The logistic map: the derivative of a loop.

Run it: `python examples/logistic.py`.
"""

from adjoint import grad


def logistic(x, n=4):
    v = x
    for _ in range(n):
        v = 4 * v * (1 - v)
    return v


def closed_form(x: float, n: int = 4) -> float:
    """The derivative by the chain rule: the product of 4 - 8 v over the iterates."""
    product, v = 1.0, x
    for _ in range(n):
        product *= 4 - 8 * v
        v = 4 * v * (1 - v)
    return product


def main() -> None:
    from differences import compare

    exact = grad(logistic)(0.25)
    print(f"derivative {exact}   check {closed_form(0.25)}")
    compare(lambda h: logistic(0.25 + h), exact)


if __name__ == "__main__":
    main()
