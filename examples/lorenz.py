"""How the Lorenz system forgets where it started: the sensitivity of a Runge-Kutta orbit to a parameter.

Run it: `python examples/lorenz.py`.
"""

from differences import compare

from adjoint import grad, jvp


def velocity(x, y, z, rho):
    return 10.0 * (y - x), x * (rho - z) - y, x * y - 8.0 / 3.0 * z


def orbit(x, y, z, rho, h=0.01, steps=1500):
    """The x coordinate after `steps` steps of the classical fourth-order Runge-Kutta method."""
    for _ in range(steps):
        x1, y1, z1 = velocity(x, y, z, rho)
        x2, y2, z2 = velocity(x + h / 2 * x1, y + h / 2 * y1, z + h / 2 * z1, rho)
        x3, y3, z3 = velocity(x + h / 2 * x2, y + h / 2 * y2, z + h / 2 * z2, rho)
        x4, y4, z4 = velocity(x + h * x3, y + h * y3, z + h * z3, rho)
        x = x + h / 6 * (x1 + 2 * x2 + 2 * x3 + x4)
        y = y + h / 6 * (y1 + 2 * y2 + 2 * y3 + y4)
        z = z + h / 6 * (z1 + 2 * z2 + 2 * z3 + z4)
    return x


def complex_step(start: tuple[float, float, float], rho: float) -> float:
    """The derivative in rho without cancellation: the imaginary part of the orbit for rho + 1e-30 i."""
    return float(orbit(*start, rho + 1e-30j).imag / 1e-30)


def main() -> None:
    start, rho = (1.0, 1.0, 1.0), 28.0
    x_bar, y_bar, z_bar, rho_bar = grad(orbit, wrt=("x", "y", "z", "rho"))(*start, rho)
    _, rho_dot = jvp(orbit, (*start, rho), (None, None, None, 1.0))
    print(f"to the start: {x_bar:.10g} {y_bar:.10g} {z_bar:.10g}")
    print(f"to rho: reverse {rho_bar:.12g}   forward {rho_dot:.12g}   check {complex_step(start, rho):.12g}")
    compare(lambda step: orbit(*start, rho + step), rho_bar)


if __name__ == "__main__":
    main()
