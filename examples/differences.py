"""Central differences beside an exact derivative: right in the middle, wrong at both ends.

A step too large leaves the straight part of the curve. A step too small drowns in rounding: `f(x + h)` and `f(x - h)`
then differ in their last digits only, and those are noise.
"""

from collections.abc import Callable, Sequence

STEPS = (1e-1, 1e-5, 1e-14)


def central(along: Callable[[float], float], step: float) -> float:
    """The slope of `along` at 0."""
    return float((along(step) - along(-step)) / (2.0 * step))


def compare(along: Callable[[float], float], exact: float, steps: Sequence[float] = STEPS) -> float:
    """Print the slope of `along` at 0 for a large, a good and a small step; the smallest relative error."""
    errors = []
    for step in steps:
        slope = central(along, step)
        errors.append(abs(slope - exact) / max(abs(exact), 1e-300) if exact else abs(slope))
        print(f"    differences, step {step:.0e}: {slope: .16g}   error {errors[-1]:.1e}")
    print(f"    exact:                    {exact: .16g}")
    return min(errors)
