"""torch in one thread: the forms written for it, and loops over numbers as they stand."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.rivals.compiled import with_globals


def torch(problem):
    """The gradient by `torch.autograd.grad`, and arguments that are tensors of 64 bits."""
    import torch as library

    from tests.benchmarks.rivals.torch_arrays import FORMS

    library.set_num_threads(1)
    form = FORMS.get(problem.name) or with_globals(problem.primal, {"math": library})
    wrt = (problem.wrt,) if isinstance(problem.wrt, int) else problem.wrt
    lists_are_arrays = problem.name in FORMS

    def converted(place, arg):
        if isinstance(arg, np.ndarray) or place in wrt or (lists_are_arrays and isinstance(arg, list)):
            return library.from_numpy(np.array(arg)).requires_grad_(place in wrt)
        return arg

    args = tuple(converted(place, arg) for place, arg in enumerate(problem.arguments()))

    def gradient(*args):
        return library.autograd.grad(form(*args), [args[place] for place in wrt])

    return gradient, args
