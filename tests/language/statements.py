"""Single statements and expressions in unusual company: walrus, del, starred, chained, f-strings, globals, else of loops."""

import math
from math import *  # noqa: F403
from typing import Final

import numpy as np

from tests.language.registry import program


@program((0.7,))
def walrus_in_condition(x):
    if (y := x * x) > 0.3:
        return y * 2.0
    return y - 1.0


@program((0.7,))
def walrus_in_while(x):
    total = 0.0
    while (x := x * 1.5) < 4.0:
        total += x
    return total * x


@program((0.7,))
def walrus_in_expression(x):
    return (a := x + 1.0) * a + (b := a * x) * b


@program((0.7,))
def walrus_behind_short_circuit(x):
    y = 2.0
    if x > 1.0 and (y := x * 5.0) > 0.0:
        return y
    return y * x


@program((0.7,))
def deleted_names(x):
    a = x * x
    b = a + 1.0
    del a
    a = b * 3.0
    del b
    return a * x


@program(([0.7, 1.5, 2.0, 3.0],))
def starred_unpacking(values):
    first, *middle, last = values
    *init, _ = middle
    return first * last + sum(middle) * init[0]


@program((np.array([0.7, 1.5, 2.0, 3.0]),))
def starred_unpacking_of_array(v):
    head, *tail = v
    return head * sum(t * t for t in tail)


@program((0.7,))
def starred_display(x):
    a = [x, x * x]
    b = (*a, 3.0, *a[::-1])
    c = [0.5, *b, *range(2)]
    return sum(v * k for k, v in enumerate(c))


@program((0.7,))
def chained_assignment(x):
    a = b = c = x * 2.0
    b = b * a
    a, c = c + b, a
    return a * b - c


@program((0.7,))
def swap_and_nested_targets(x):
    (a, b), c = (x, 2.0), x * x
    a, b, c = c, a, b
    [d, (e, f)] = [a, (b, c)]
    return d * e + f * a


@program((0.7,))
def augmented_operators(x):
    x *= 2.0
    x += 1.0
    x **= 2
    x /= 3.0
    x -= 0.1
    x %= 2.5
    return x * x


@program((0.7,))
def formatted_print(x):
    y = x * x
    print(f"x = {x:.3f}, y = {y!r:>8}, {'static'} {2 + 2}")
    print("sum", x + y, sep=": ", end=".\n")
    return y * 3.0


@program((-0.7,), raises=True)
def formatted_exception(x):
    if x < 0.0:
        raise ValueError(f"negative: {x:.2f}")
    return math.sqrt(x)


@program((-0.7,), raises=True)
def failing_assert(x):
    assert x > 0.0, f"x is {x}"
    return x


@program((0.7,))
def passing_assert(x):
    assert x > 0.0, f"x is {x}"
    assert isinstance(x, float)
    return x**3


@program((0.7, 2))
def formatted_keys(x, n):
    table = {f"level{k}": x**k for k in range(3)}
    name = f"level{n}"
    return table[name] + table["level1"]


@program((0.7,))
def annotated_locals(x: float) -> float:
    y: float
    rate: Final = 2.0
    z: "float" = rate * x
    y = z * z
    return y + z


RATE = 0.3
THRESHOLDS = [0.1, 0.5, 2.0]
COEFFICIENTS = {"a": 1.5, "b": -0.5}
DEBUG = False


@program((0.7,))
def module_globals(x):
    if DEBUG:
        print(x)
    total = RATE * x
    for t in THRESHOLDS:
        if x > t:
            total += COEFFICIENTS["a"] * x * t
    return total + COEFFICIENTS["b"] * x**2


@program((0.7,))
def import_inside(x):
    import math as m
    from operator import mul

    return mul(m.sin(x), x)


@program((0.7,))
def conditional_import(x):
    if x > 100.0:
        import does_not_exist  # noqa: F401
    else:
        from math import cos
    return cos(x) * x


@program((0.7,))
def star_imported_names(x):
    return tanh(x) * pi + gamma(3.0)  # noqa: F405


@program((4.0,))
def while_else(x):
    n = 0
    while x > 1.0:
        x = x * 0.6
        n += 1
        if n > 10:
            break
    else:
        x = x * 10.0
    return x * n


@program((0.7,), more=[(2.2,)])
def for_else(x):
    for k in range(4):
        x = x * 1.2
        if x > 3.0:
            break
    else:
        return -x
    return x * k


@program((0.7,))
def nested_ternaries(x):
    return x * 2.0 if x > 1.0 else x * x if x > 0.5 else -x


@program((0.7, 1.2), wrt=(0, 1))
def chained_comparison(x, y):
    if 0.0 < x < y <= 2.0 != x:
        return x * y
    return x + y


@program((0.7,))
def short_circuit_values(x):
    y = x and x * 2.0
    z = 0.0 or x * 3.0
    w = None or y
    return y * z + w


@program((0.7,))
def not_evaluated(x):
    def never():
        raise RuntimeError("must not run")

    if x > 0.0 or never():
        return x * x
    return 0.0


@program((0.7,))
def early_returns_in_nested_loops(x):
    total = 0.0
    for i in range(5):
        for j in range(i + 1):
            if i * j == 6:
                return total * x + j
            if (i + j) % 4 == 3:
                continue
            total += x ** (i - j)
        else:
            total *= 1.1
    return total


@program((0.7,))
def break_two_levels(x):
    done = False
    v = 1.0
    for i in range(1, 6):
        for j in range(1, 6):
            v = v + x / (i * j)
            if v > 3.0:
                done = True
                break
        if done:
            break
    return v * i + j * x


@program((0.7,))
def loop_variable_after_loop(x):
    for k in range(1, 4):
        x = x + 1.0 / k
    return x * k


@program((0.7,))
def is_and_in(x):
    kind = None
    names = ("a", "b")
    if kind is None and "a" in names and "c" not in names:
        return x * 3.0
    return x


@program((0.7,))
def unreachable_code(x):
    return x * x
    print("never")
    x = 1.0 / 0.0


@program((0.7,))
def pass_and_ellipsis(x):
    if x > 0.0:
        pass
    else:
        ...
    "a string by itself"
    return x + x**2


@program((0.7,))
def semicolons_and_one_liners(x):
    a = x; b = a * a
    if b > 0.1: a = a + b
    while a < 2.0: a += x
    return a * b


@program((0.7,))
def long_expression(x):
    return (
        1.0 + x * (2.0 + x * (3.0 + x * (4.0 + x))) / (1.0 + abs(x)) ** 2
        - -x
        + +x * ~-2
        + (x if x else 1.0) // 10.0
        + divmod(x * 7.0, 2.0)[1]
    )


@program((0.7,))
def conditional_definition_of_name(x):
    if x > 0.0:
        y = x * 2.0
    if x > 0.5:
        z = y * x
    return z + y


@program((0.7,), raises=True)
def unbound_local(x):
    if x > 1.0:
        y = x
    return y * x


@program((0.7,))
def string_methods(x):
    name = "alpha-beta".upper().split("-")[1]
    factor = len(name.replace("A", "")) + int("3")
    return x**factor if name.startswith("B") else x


@program((0.7,))
def bool_arithmetic(x):
    positive = x > 0.0
    return positive * x * x + (not positive) * 3.0 + True


@program((0.7, -2.0), wrt=(0, 1))
def tuple_comparison(x, y):
    if (x, y) > (0.5, 1.0):
        return x * y
    return x + y


@program((5.0,))
def static_while(x):
    n = 10
    while n != 1:
        x = x * 0.5 + n
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        if n > 40:
            continue
        x = x + 0.25 * x
    return x
