"""tanh and its first six derivatives, as a plot.

Run it: `python examples/tanh_curve.py [tanh_curve.png]`.
"""

import sys
from pathlib import Path

import matplotlib
import mpmath
import numpy as np
from differences import STEPS, central

from adjoint import elementwise_grad

ORDERS = 6


def tanh(x):
    y = np.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


def plot(x: np.ndarray, curves: list[np.ndarray], path: Path) -> None:
    """Save the curves, scaled to one height: the sixth derivative is two hundred times as high as the first."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    for order, curve in enumerate(curves):
        axes.plot(x, curve / np.max(np.abs(curve)), label="tanh" if order == 0 else f"derivative {order}")
    axes.set_xlabel("x")
    axes.set_ylabel("scaled to a maximum of 1")
    axes.legend()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "tanh_curve.png")
    x = np.linspace(-4.0, 4.0, 401)
    functions = [tanh]
    for _ in range(ORDERS):
        functions.append(elementwise_grad(functions[-1]))
    curves = [function(x) for function in functions]
    plot(x, curves, path)
    at = np.array([0.5])
    for order in range(1, ORDERS + 1):
        exact = float(functions[order](at)[0])
        check = float(mpmath.diff(mpmath.tanh, 0.5, order))
        below = functions[order - 1]
        slopes = [central(lambda step, f=below: float(f(at + step)[0]), step) for step in STEPS]
        print(f"order {order}: {exact:.12g}   check {check:.12g}")
        print(f"    differences of order {order - 1}, steps 1e-1, 1e-5, 1e-14:", *[f"{slope:.6g}" for slope in slopes])
    print(f"saved {path}")


if __name__ == "__main__":
    main()
