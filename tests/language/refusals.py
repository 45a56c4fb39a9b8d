"""What ought to be refused: no derivative, or none that could be told."""

import asyncio
import ctypes
import math
import os
import pickle

import numpy as np

from tests.language.registry import program


@program((0.7,), refused="a coroutine returns no number")
async def coroutine(x):
    await asyncio.sleep(0)
    return x * x


@program((0.7,), refused="a generator returns more than once")
def generator_target(x):
    yield x
    yield x * x


@program((0.7,), refused="text run by exec cannot be followed")
def executed(x):
    scope = {"x": x}
    exec("y = x * x", scope)
    return scope["y"]


@program((0.7,), refused="text run by eval cannot be followed")
def evaluated(x):
    return eval("x * x") + x


@program((0.7,), refused="the number goes through text")
def through_text(x):
    return float(str(x)) * 2.0


@program((0.7,), refused="the number goes through text")
def through_formatted_text(x):
    return float(f"{x:.6f}") * x


@program((0.7,), refused="the number goes through bytes")
def through_pickle(x):
    return pickle.loads(pickle.dumps(x)) * 2.0


square_root = ctypes.CDLL(None).sqrt
square_root.restype, square_root.argtypes = ctypes.c_double, [ctypes.c_double]


@program((0.7,), refused="a C function has no source and no rule")
def c_function(x):
    return square_root(x) * x


@program((0.7,), refused="there is no rule for it")
def without_rule(x):
    return np.roots([1.0, x, -1.0])[0] * x


LAST = 0.0


@program((0.7,), refused="the function changes a variable of the module with a number the result depends on")
def writes_a_global(x):
    global LAST
    LAST = x * x
    return LAST * x


HISTORY = []


@program((0.7,), refused="the function grows a list of the module at every call")
def appends_to_a_global(x):
    HISTORY.append(x)
    return x * HISTORY[-1]


CACHE = {}


@program((0.7,), refused="the function stores numbers in a dict of the module")
def stores_in_a_global(x):
    CACHE["last"] = x * x
    return CACHE["last"] + x


class Settings:
    gain = 1.0


@program((0.7,), refused="the function changes a class")
def writes_a_class_attribute(x):
    Settings.gain = x
    return Settings.gain * x


def counted(x, calls=[]):
    calls.append(x)
    return sum(calls)


@program((0.7,), refused="the default grows at every call")
def grows_its_default(x):
    return counted(x) + counted(x * x)


@program((0.7,), refused="whether it raises depends on the number")
def caught_division(x):
    try:
        return math.log(x - 0.5) / x
    except ValueError:
        return x


@program((0.7,), refused="what is raised inside depends on the number")
def caught_in_callee(x):
    def check(v):
        while v > 0.1:
            v = v * v
            if v > 0.3:
                raise ValueError
        return v

    try:
        return check(x) * 2.0
    except ValueError:
        return x * 3.0


@program((0.7,), refused="the environment is not an argument")
def reads_environment(x):
    return x * float(os.environ.get("GAIN", "2.0"))


@program((0.7,), refused="the environment is changed")
def writes_environment(x):
    os.environ["LAST_X"] = str(x)
    return x * x


@program((0.7,), refused="the number becomes an integer by its bits")
def through_bits(x):
    return np.float64(x).view(np.int64) * x


@program((0.7,), refused="the name to look up depends on the number")
def key_from_the_number(x):
    table = {"0.7": x, "0.8": 2.0 * x}
    return table[str(x)]


@program((np.array([0.7, 1.2]),), refused="the numbers decide which keys there are")
def keys_from_the_numbers(v):
    table = {}
    for t in v:
        table[t] = t * 2.0
    return table[v[0]]


@program((0.7,), refused="the locals are read by name at run time")
def through_locals(x):
    y = x * x
    return locals()["y"] * x


@program((0.7,), refused="the globals are changed by name")
def through_globals(x):
    globals()["LAST"] = x
    return x


@program((0.7,), refused="a class is made at run time")
def class_made_at_run_time(x):
    Made = type("Made", (), {"double": lambda self, v: v * 2.0})
    return Made().double(x)


@program((0.7,), refused="a thread runs beside the function")
def in_a_thread(x):
    import threading

    box = []
    worker = threading.Thread(target=lambda: box.append(x * x))
    worker.start()
    worker.join()
    return box[0]


@program(("text",), refused="a string has no derivative")
def string_argument(name):
    return float(len(name))


@program((0.7,), refused="the result is not one real number")
def text_result(x):
    return f"{x}"


@program((0.7,), refused="the result is complex")
def complex_result(x):
    return x * 1j


@program((0.7,), refused="there is no parameter to differentiate in", wrt=0)
def no_parameter():
    return 1.0


@program(({"a": "text"},), refused="no leaf of the argument is a real number")
def dict_without_numbers(p):
    return float(len(p["a"]))
