"""`jax.jit(jax.grad(...))` of the forms written for jax: 64-bit numbers, arguments on the device, one thread."""

from __future__ import annotations

import os

_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def jax_jit(problem):
    """The compiled gradient, and its arguments: arrays of jax, and the numbers of steps as they are."""
    os.environ.setdefault("XLA_FLAGS", _ONE_THREAD)  # before jax is loaded
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    from tests.benchmarks.rivals import jax_arrays, jax_scalars

    form = {**jax_scalars.FORMS, **jax_arrays.FORMS}[problem.name]
    derivative = jax_scalars.FORWARDS.get(problem.name, jax.grad)(form, problem.wrt)
    args = problem.arguments()
    static = [place for place, arg in enumerate(args) if isinstance(arg, int)]
    compiled = jax.jit(derivative, static_argnums=static)

    def gradient(*args):
        return jax.block_until_ready(compiled(*args))

    return gradient, tuple(arg if isinstance(arg, int) else jax.numpy.asarray(arg) for arg in args)
