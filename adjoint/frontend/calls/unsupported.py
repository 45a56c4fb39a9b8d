"""NumPy's functions that are not differentiated, and what to do instead; how a rule for any other function is given.

A function that has an operation or is written out by the front end is never looked up here.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

_MODULES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random")

Reason = tuple[str, str]
"""Why a function is refused, and a way out."""

_GROUPS: dict[str, Reason] = {
    "array2string array_repr array_str base_repr binary_repr datetime_as_string datetime_data format_float_positional "
    "format_float_scientific typename": (
        "it makes text, which carries no derivative",
        "print outside of the function",
    ),
    "fromfile fromregex genfromtxt load loadtxt save savetxt savez savez_compressed frombuffer "
    "fromstring from_dlpack": (
        "it reads or writes files or raw memory",
        "load the data outside of the function and pass the array in",
    ),
    "get_include get_printoptions getbufsize geterr geterrcall info printoptions set_printoptions setbufsize seterr "
    "seterrcall show_config show_runtime test": (
        "it is about NumPy itself, not about numbers",
        "call it outside of the function; for warnings use `with np.errstate(...)`",
    ),
    "busday_count busday_offset is_busday isnat": (
        "dates carry no derivative",
        "compute with dates outside of the function",
    ),
    "can_cast common_type isdtype isfortran issubdtype may_share_memory min_scalar_type mintypecode promote_types "
    "require result_type shares_memory real_if_close iscomplexobj isrealobj isscalar iterable": (
        "it asks for types or memory, which are known before the run",
        "test `x.dtype` or `x.ndim`, or decide outside of the function",
    ),
    "intersect1d setdiff1d setxor1d union1d unique unique_all unique_counts unique_inverse unique_values trim_zeros "
    "argwhere nonzero flatnonzero extract": (
        "the length of the result depends on the numbers, so that no derivative has a fixed shape",
        "find the positions outside of the function and index with them",
    ),
    "histogram histogram2d histogram_bin_edges histogramdd bincount digitize searchsorted": (
        "it counts: the result steps",
        "compute the counts outside of the function; for a smooth density write a sum of kernels",
    ),
    "packbits unpackbits bitwise_count gcd lcm": (
        "it works on the bits or factors of integers",
        "compute it outside of the function",
    ),
    "apply_along_axis apply_over_axes fromfunction frompyfunc vectorize fromiter nested_iters einsum_path": (
        "it calls a Python function behind NumPy's back",
        "write the loop out, or use operations on whole arrays",
    ),
    "asmatrix bmat mat matrix": (
        "`np.matrix` changes what the operators mean",
        "use arrays, `@` and `np.block`",
    ),
    "copyto put place putmask fill_diagonal put_along_axis": (
        "it writes into its argument through a function",
        "write `x[mask] = values`, or `x[index] = values`",
    ),
    "roots poly polydiv": (
        "the roots of a polynomial are ordered by the algorithm, and complex",
        "iterate Newton's method from a start, or differentiate the polynomial equation",
    ),
    "spacing nextafter frexp ldexp modf": (
        "it takes floating-point numbers apart; the exponent steps",
        "write it with `np.floor`, `np.log2` and powers of two",
    ),
    "eig eigvals": (
        "eigenvalues of a matrix that need not be symmetric are complex, and not in a fixed order",
        "use `np.linalg.eigh` for a symmetric matrix",
    ),
    "random_integers bytes multinomial dirichlet multivariate_normal get_state set_state get_bit_generator "
    "set_bit_generator noncentral_chisquare noncentral_f": (
        "how this draw follows its parameters, or what it gives, has no formula here",
        "draw outside of the function, or write it with `normal`: `mean + root @ rng.normal(size=n)`",
    ),
    "sort_complex": ("complex numbers have no order", "sort by `np.abs`, with `np.argsort`"),
    "array_equiv": ("it broadcasts before it compares", "use `np.array_equal`, or `np.all(a == b)`"),
    "asarray_chkfinite": ("it raises for nan", "use `np.asarray`, and test `np.isfinite` outside of the function"),
    "mask_indices": ("it calls a function to find positions", "use `np.triu_indices` or `np.tril_indices`"),
    "row_stack": ("NumPy has renamed it", "use `np.vstack`"),
    "as_strided": ("it makes views that overlap in memory", "index: `x[i[:, None] + j]`, or `sliding_window_view`"),
    "i0 bartlett blackman hamming hanning kaiser": (
        "the window is a constant, and has no rule",
        "compute the window outside of the function and pass it in",
    ),
}
REASONS: dict[str, Reason] = {name: reason for names, reason in _GROUPS.items() for name in names.split()}
"""By the name that the function has in NumPy."""


def refused_names() -> Iterator[tuple[str, Any, Reason]]:
    """Every listed function that NumPy has here: its dotted name, the function, the reason and the way out."""
    for path in _MODULES:
        module = sys.modules.get(path)
        short = path.replace("numpy", "np", 1)
        for name, reason in REASONS.items():
            found = vars(module).get(name) if module is not None else None
            if callable(found):
                yield f"{short}.{name}", found, reason


def reason_for(target: Any) -> Reason | None:
    """Why a function of NumPy is refused, and what to do; None for one that is not listed."""
    return next((reason for _, found, reason in refused_names() if found is target), None)


def registration(target: Any, text: str) -> str:
    """The lines that would register a rule for a function."""
    short = text.rpartition(".")[2]
    names = _parameters(target)
    arguments = ", ".join(names)
    if not text.replace(".", "").isidentifier() or not short.isidentifier():
        return "write it with known operations (`adjoint rules` lists them), or compute it outside of the function"
    return (
        "register its derivative (see `help(adjoint.custom_rule)`), or compute it outside of the function:\n"
        "    from adjoint import custom_rule\n"
        f"    def {short}_partials({arguments}): return ...  # d {short} / d {' and '.join(names)}, elementwise\n"
        f"    custom_rule({text}, partials={short}_partials)"
    )


def _parameters(target: Any) -> list[str]:
    """The names of the parameters that have no default; made up where Python does not know them."""
    try:
        found = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        found = []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in found if p.kind in kinds and p.default is p.empty and p.name != "self"]
    count = getattr(target, "nin", 1)
    return names if 0 < len(names) < 5 else [f"x{number + 1}" for number in range(count)] if count > 1 else ["x"]
