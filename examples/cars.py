"""A line through real data by gradient descent: how far cars of the 1920s rolled before they stopped.

Run it: `python examples/cars.py`.

The data are in cars.csv, with their source and licence.
"""

from pathlib import Path

import numpy as np
from differences import compare

from adjoint import grad


def misfit(intercept, slope, speed, distance):
    return np.mean((intercept + slope * speed - distance) ** 2)


def main() -> None:
    table = np.loadtxt(Path(__file__).with_name("cars.csv"), delimiter=",", skiprows=4)
    speed, distance = table[:, 0], table[:, 1]
    centre, width = speed.mean(), speed.std()
    scaled = (speed - centre) / width
    gradient = grad(misfit, wrt=("intercept", "slope"))
    exact = gradient(0.0, 0.0, scaled, distance)[1]
    print(f"derivative in the slope at the start: {exact:.12g}   check {-2.0 * np.mean(scaled * distance):.12g}")
    # A parabola: central differences are exact in it, until the square of a large step swamps the slope.
    compare(lambda step: misfit(0.0, step, scaled, distance), exact, steps=(1e18, 1e-3, 1e-14))
    intercept, slope = 0.0, 0.0
    for _ in range(60):
        intercept_bar, slope_bar = gradient(intercept, slope, scaled, distance)
        intercept, slope = intercept - 0.25 * intercept_bar, slope - 0.25 * slope_bar
    slope, intercept = slope / width, intercept - slope * centre / width
    check = np.polyfit(speed, distance, 1)
    print(f"distance = {intercept:.4f} + {slope:.4f} speed   check {check[1]:.4f} {check[0]:.4f} (normal equations)")


if __name__ == "__main__":
    main()
