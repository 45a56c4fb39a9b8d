"""Programs with scopes, handlers, text and imports: each runs as it is, and is differentiated."""

import contextlib
import dataclasses
import math
import warnings

import numpy as np

PROGRAMS = []


def program(*many):
    def register(function):
        PROGRAMS.append((function, many))
        return function

    return register


class Noisy:
    """Says when it is entered and left."""

    def __init__(self, name="scope"):
        self.name = name

    def __enter__(self):
        print("in", self.name)
        return self

    def __exit__(self, *exception):
        print("out", self.name)

    def say(self, text, *, end="\n"):
        print(self.name, "says", text, end=end)


NOISY = Noisy("global")


@contextlib.contextmanager
def quiet(name="quiet"):
    print("begin", name)
    with np.errstate(all="ignore"):
        yield name
    print("end", name)


# -- with


@program((3.0,), (-1.0,))
def straight(x):
    with np.errstate(divide="ignore"):
        y = x * x
    return y * x


@program((3.0,), (0.5,))
def returns_inside(x):
    with Noisy("a"), Noisy("b"):
        if x > 1:
            return x * x
        y = 3 * x
    return y * y


@program((3.0,), (-3.0,), (0.5,))
def returns_everywhere(x):
    with Noisy():
        if x > 1:
            return x * x
        elif x < 0:
            return -x
        else:
            return x**3


@program((1.5,), (7.0,))
def loop_returns_inside(x):
    with NOISY:
        for i in range(5):
            if i > x:
                return x * i
            x = x * 1.1
        z = x
    return z * 2


@program((2.0,))
def endless_loop_inside(x):
    with Noisy() as noisy:
        while True:
            x = x * 2
            noisy.say("twice")
            if x > 10:
                return x * x


@program((1.0,), (10.0,), (2.5,))
def jumps_inside(x):
    s = 0.0
    for i in range(5):
        with quiet("pass"):
            if i == 1:
                continue
            s += x * x * i
            if s > 30:
                break
        s = s * 1.5
    return s


@program((2.0,))
def nested_deep(x):
    total = 0.0
    with Noisy("outer"):
        for i in range(3):
            with Noisy("inner"):
                for j in range(3):
                    if i * j > 1:
                        break
                    if i + j == 4:
                        return total
                    total += x * j
                else:
                    total += x**2
            total = total * x
    return total


@program((2.0,))
def nullcontext_passes_values(x):
    with contextlib.nullcontext(x * x) as y, contextlib.nullcontext():
        z = y * x
    return z + y


@program((2.0,))
def an_empty_body(x):
    with Noisy():
        pass
    return x * x


@program((np.array([1.5, 2.0, 0.5]),))
def over_arrays(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(np.where(x > 1, x / (x - 1.0), x * x))


@program((2.0,))
def warnings_are_caught(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = x * x
    return y


@program((2.0,), (-2.0,))
def in_a_branch(x):
    y = x
    if x > 0:
        with Noisy("positive"):
            y = y * x
    else:
        with Noisy("negative"):
            print("value", x)
            y = -y
    return y * x


def scoped_square(x):
    with Noisy("callee"):
        if x > 2:
            return 4 * x
        return x * x


@program((0.7,), (3.0,))
def in_a_callee(x):
    return scoped_square(x) * x + scoped_square(2 * x)


@program((1.2,))
def with_in_a_while_loop(x):
    n = 0
    while x < 10:
        with Noisy("step") as noisy:
            x = x * x + 0.1
            noisy.say(f"step {n}")
            n += 1
    return x


# -- finally


@program((3.0,), (1.0,))
def finally_prints(x):
    try:
        y = x * x
        if y > 4:
            return y * x
    finally:
        print("done")
    return y


@program((3.0,), (-1.0,))
def finally_reads(x):
    factor = 2.0
    try:
        if x < 0:
            return x * factor
        y = x * x * factor
    finally:
        print("factor", factor)
    return y


@program((3.0,), (-1.0,))
def finally_assigns(x):
    k = 1.0
    try:
        y = x * x
        if y < 2:
            y = y * 2
    finally:
        k = 3.0 * x
    return y * k


@program((2.0,))
def finally_in_loop(x):
    s = 0.0
    for i in range(4):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            s += x * x * i
        finally:
            print("pass", i)
            s += x
    return s


# -- except


@program((2.0,), (-2.0,))
def raise_jumps(x):
    try:
        if x < 0:
            raise ValueError("neg")
        y = math.atan(x)
    except ValueError:
        y = -x * x
    else:
        y = y * 2
    return y + x


@program((2.0,), (-2.0,), (20.0,), (0.5,))
def several_handlers(x):
    scale = 1.0
    try:
        if x < 0:
            raise KeyError("neg")
        scale = 2.0
        if x > 10:
            raise ValueError(f"{x} is big")
        if x > 1:
            return scale * x
        scale = 3.0
    except (KeyError, IndexError):
        scale = scale * x
    except ValueError as error:
        print("caught", error)
        return x * scale**2
    return x * x * scale


@program((2.0,), (-2.0,))
def nested_handlers(x):
    try:
        try:
            if x < 0:
                raise ValueError("outer takes it")
            if x > 1:
                raise KeyError("inner takes it")
            y = x
        except KeyError:
            y = x * x
        y = y * 3
    except ValueError:
        y = x**3
    finally:
        print("finally")
    return y


@program((2.0,), (-2.0,))
def raise_out_of_with(x):
    y = x
    try:
        if x > 0:
            raise ValueError
        with np.errstate(all="ignore"):
            y = x * 2
    except ValueError:
        return x * x * y
    return y


@program((2.0,), (-2.0,))
def jumps_in_handlers(x):
    s = 0.0
    for i in range(4):
        try:
            if i == 2:
                raise ValueError
            s += x * i
        except ValueError:
            if x < 0:
                break
            continue
        s = s * x
    return s


@program((2.0,))
def nothing_raises(x):
    try:
        return x * 2.0 + x * x
    except ZeroDivisionError:
        return 0.0


@program((2.0,), (-2.0,))
def raises_surely(x):
    y = x
    try:
        y = x * x
        raise NotImplementedError("not yet")
    except NotImplementedError:
        y = y * x
    return y


@program((2.0,))
def missing_import(x):
    try:
        import a_module_that_is_not_there as missing
    except ImportError:
        missing = None
    return x * x if missing is None else x


@program((2.0,), (3.0,))
def raised_anew(x):
    try:
        if x > 5:
            raise ValueError("too big")
        y = x * x
    except ValueError as error:
        raise RuntimeError(f"failed: {error}") from error
    return y


@program((2.0,), (3.0,))
def raised_again(x):
    try:
        if x > 5:
            raise ValueError("too big", 5)
        y = x * x
    except ValueError:
        print("again")
        raise
    return y


# -- text


@program((2.0,), (3.0,))
def prints_text(x):
    print(f"x = {x:.3f} {x!r} {3:>4} {'a'}{{}}", str(x), "%d %s%%" % (1, x))  # noqa: UP031  # what is tested
    print("{} {:.2f} {name!r}".format(x, x, name="n"), "a" + str(x) + "b", "-".join(["p", "q"]).upper())
    print(repr(x), format(x, ".1f"), "%.2f" % x, f"{x:{'>'}8.2f}", f"{x=}")  # noqa: UP031  # as above
    if x < 0:
        raise ValueError(f"neg {x}")
    assert x > 0, f"{x} is not positive"
    return x * x


@program((2.0, "sin"), (2.0, "other"))
def static_text(x, kind):
    name = f"{kind}_{len(kind)}"
    return x * x if name == "sin_3" else x


@program((2.0,))
def text_in_loops(x):
    label = "start"
    for i in range(3):
        label = f"{label}, {i}: {x:.1f}"
        x = x * 1.5
    print(label)
    return x


# -- import, del, global


@program((0.5,))
def imports(x):
    import math as m
    import os.path
    from math import cos, pi
    from os import path as p

    assert p is os.path
    return m.atan(x) * pi + cos(x)


@program((2.0,))
def deletes(x):
    y = x * x
    z = y
    del y
    y = z * x
    del z
    return y


SCALE = 3.0


@program((2.0,))
def reads_global(x):
    global SCALE
    return SCALE * x * x


# -- match


@program((2.0, "square"), (2.0, "cube"), (2.0, "other"))
def match_text(x, kind):
    match kind:
        case "square":
            return x * x
        case "cube":
            return x**3
        case _:
            return x


@program((2.0, 0), (2.0, 1), (2.0, 7))
def match_numbers(x, n):
    match n:
        case 0:
            y = x
        case 1 | 2:
            y = x * x
        case k if k > 5:
            y = x * k
        case _:
            y = -x
    return y


@program((2.0, 3.0), (7.0, 2.0))
def match_tuples(x, y):
    match (x, y * y):
        case (a, b) if a > b:
            return a * b
        case (a, b) if a == b:
            return a
        case (a, _):
            return a * a


@program((2.0,), (-1.0,))
def match_in_loop(x):
    s = 0.0
    for i in range(5):
        match i % 3:
            case 0:
                continue
            case 1:
                s += x * x
            case r:
                s += x * r
    return s


@dataclasses.dataclass
class Circle:
    radius: float


@dataclasses.dataclass
class Box:
    width: float
    height: float = 1.0


def area(shape):
    match shape:
        case Circle(r):
            return math.pi * r**2
        case Box(w, height=1.0):
            return w
        case Box(width=w, height=h):
            return w * h
        case (first, *others):
            return area(first) + sum([area(each) for each in others])
        case {"kind": "square", "side": side, **rest}:
            return side * side * rest["scale"]
        case [] | None:
            return 0.0
        case int() | str():
            return -1.0


@program((2.0,), (1.0,))
def match_classes(x):
    total = area(Circle(x)) + area(Box(x)) + area(Box(x, 3.0 * x)) + area(None) + area("text")
    return total * area({"kind": "square", "side": x, "scale": 2.0})


@program((2.0,))
def match_sequences(x):
    total = area((Circle(x), Box(x, x + 5.0), Circle(2 * x)))
    match [x, (x * x, "name")]:
        case [a, (b, ("other" | "name") as text)]:
            total += a * b * len(text)
    match (x, [1.0, x]):
        case (1.0, y, z) | (y, [_, z]):
            total += y * z
    return total


@program((2.0, True), (2.0, False), (2.0, None))
def match_singletons(x, flag):
    match flag:
        case True:
            return x * x
        case False:
            return x**3
        case None:
            return x


@program((2.0,), (0.5,))
def match_in_scopes(x):
    try:
        with contextlib.nullcontext((x, x * x)) as pair:
            match pair:
                case (a, b) if a > 1:
                    return a * b
                case (_, b):
                    if b > 100:
                        raise ValueError
                    y = b
    except ValueError:
        y = 0.0 * x
    finally:
        print("left")
    return y * 3.0


@program((2.0,), (0.5,))
def containers_in_scopes(x):
    seen = []
    state = {"total": 0.0}
    for i in range(3):
        try:
            if i == 1 and x > 1:
                raise KeyError("skip")
            seen.append(x * i)
            state["total"] += x
        except KeyError:
            state["total"] *= x
            continue
        finally:
            state["total"] += 1.0
    with Noisy():
        seen.append(x * x)
        state["last"] = x
    return state["total"] * seen[-1] + len(seen) + state["last"]


@program((2.0,))
def closures_in_scopes(x):
    with Noisy():

        def double(y):
            with np.errstate(all="ignore"):
                return 2.0 * y * x

        z = double(x)
    return double(z)


@program((2.0,))
def deletes_items(x):
    values = {"a": x, "b": x * x}
    items = [x, x * x, 3.0]
    del values["a"], items[0]
    return values["b"] * items[0] * len(values)


@program((2.0,))
def missing_keys(x):
    state = {"a": x}
    y = 1.0
    try:
        y = 2.0 * x
        scale = state["b"]
    except KeyError:
        scale = state["a"]
    try:
        third = [x, x * x][2]
    except (IndexError, TypeError):
        third = x**3
    try:
        unknown = float("no number")
    except ValueError:
        unknown = 5.0
    return scale * y * third + unknown


@program((2.0,), (-2.0,))
def suppresses(x):
    y = x
    with contextlib.suppress(KeyError, ValueError):
        y = y * x
        if x < 0:
            raise ValueError
        y = y * x
    with contextlib.suppress(KeyError):
        y = y * 3.0 + {"a": 1.0}["b"]
    return y
