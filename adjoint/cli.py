"""The command `adjoint`: show | check | rules.

Code goes to stdout, everything else to stderr. Exit 0: done; 1: cannot differentiate, or a check failed;
2: wrong usage.
The compiler is imported only when a command runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adjoint import __version__
from adjoint.errors import AdjointError, InternalError, UsageError

if TYPE_CHECKING:
    from adjoint.derivative import Derivative
    from adjoint.targets import Target

BROKEN_PIPE = 128 + 13
STDIN = "<stdin>"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    parser = build_parser()
    given = sys.argv[1:] if argv is None else argv
    options = parser.parse_args([f"{STDIN}{arg[1:]}" if arg.startswith("-:") else arg for arg in given])
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except AdjointError as error:
        return _complain(error.report(), 1)
    except InternalError as error:
        return _complain(f"internal error, a fault of adjoint and not of your function: {error}", 1)
    except UsageError as error:
        return _complain(f"usage error: {error}", 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        from adjoint.targets import own_traceback

        return _complain(own_traceback(error), 1)


def _complain(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="adjoint", description="Derivatives of plain Python and NumPy functions, as readable Python."
    )
    parser.add_argument("--version", action="version", version=f"adjoint {__version__}")
    commands = parser.add_subparsers(required=True, metavar="show | check | rules")
    _add_show(commands.add_parser("show", help="print the source of a derivative"))
    _add_check(commands.add_parser("check", help="compare derivatives with finite differences"))
    rules = commands.add_parser("rules", help="list the functions that can be differentiated")
    rules.add_argument("pattern", nargs="?", default="", help="only names that contain this, for example `sum`")
    rules.set_defaults(run=run_rules)
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="FILE.py:FUNC | pkg.module:FUNC", help="the function; `-:FUNC` reads stdin")
    parser.add_argument("--wrt", help="parameters to differentiate in, such as `x` or `w,b` (default: the first)")
    parser.add_argument("--at", metavar="VALUES", help='arguments, such as "x=0.25, n=4, w=np.ones(3)"')


def _add_show(parser: argparse.ArgumentParser) -> None:
    _add_target(parser)
    parser.add_argument("--mode", choices=("reverse", "forward"), help="reverse: gradient; forward: tangent")
    parser.add_argument("--order", type=int, default=1, metavar="K", help="how often to differentiate (0: not at all)")
    parser.add_argument("--types", metavar="TYPES", help='parameter types, such as "x: f8[:,:], n: int"')
    parser.add_argument("--ir", action="store_true", help="print the intermediate program, not Python")
    parser.add_argument(
        "--stage", choices=("lowered", "derived", "emitted"), default="emitted", help="stop at a stage and print it"
    )
    parser.add_argument(
        "--target", choices=("python", "numba"), default="python", dest="dialect", help="what the text is written for"
    )
    parser.add_argument("--eval", action="store_true", help="also run it on the values of --at: the result on stderr")
    parser.add_argument("--memory", action="store_true", help="print what it keeps, how often, and with --at how much")
    parser.add_argument("--budget", metavar="AMOUNT", help='what loops may keep, such as "200MB"')
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    parser.set_defaults(run=run_show)


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_target(parser)
    parser.add_argument("--order", type=int, default=1, metavar="K", help="the highest order to check")
    parser.add_argument("--mode", choices=("reverse", "forward", "both"), default="both")
    parser.add_argument("--rtol", type=float, default=1e-5)
    parser.add_argument("--atol", type=float, default=1e-7)
    parser.set_defaults(run=run_check)


# show


def run_show(options: argparse.Namespace) -> int:
    """Print the source (or the IR) of the derivative that the options describe."""
    if options.order < 0:
        raise UsageError("--order counts from 0")
    if options.eval and options.at is None:
        raise UsageError("--eval needs the values of --at")
    target = _target(options)
    text, derivative = _show_text(target, options)
    if options.memory:
        text = _memory_text(derivative, target, text)
    if options.output and options.output != "-":
        Path(options.output).write_text(text, encoding="utf-8")
    else:
        is_code = not options.ir and not options.memory and options.stage == "emitted"
        sys.stdout.write(_colored(text, options.color) if is_code else text)
    if options.eval:
        with contextlib.redirect_stdout(sys.stderr):
            print(_evaluate(derivative, target), file=sys.stderr)
    return 0


def _show_text(target: Target, options: argparse.Namespace) -> tuple[str, Derivative[..., Any]]:
    from adjoint.ir.printer import print_function

    types = _types(target, options)
    derivative = _derivative(target, options, types)
    if options.stage == "lowered":
        return print_function(target.function.for_types(types).program), derivative
    shown = derivative.for_types(types)
    if options.ir or options.stage == "derived":
        return print_function(shown.program), derivative
    return shown.source, derivative


def _derivative(target: Target, options: argparse.Namespace, types: dict[str, Any]) -> Derivative[..., Any]:
    """`order` gradients on top of each other; where a result is not one number, vector-Jacobian products instead."""
    from adjoint.ir.types import is_differentiable, rank_of
    from adjoint.options import Jit, Kind, bytes_of

    made = target.function
    wrt = target.wrt(options.wrt) if options.wrt else made.wrt
    mode = options.mode or made.mode
    if options.dialect == "numba":
        made = made.compiled(Jit("numba"))
    try:
        budget = bytes_of(options.budget)
    except ValueError as error:
        raise UsageError(f"--budget: {error}") from None
    for _ in range(options.order):
        if mode == "forward":
            made = made.derive("jvp", wrt, inplace_primal=made.inplace_primal)
            continue
        result = made.for_types(types).program.result_type
        scalar = rank_of(result) == 0 and is_differentiable(result) and not hasattr(result, "items")
        if not scalar and hasattr(result, "shape"):
            print(f"note: {made.__name__} returns an array: showing vjp, which takes its cotangent", file=sys.stderr)
        kind: Kind = "vjp" if not scalar and is_differentiable(result) else "grad"
        made = made.derive(kind, wrt, inplace_primal=made.inplace_primal, memory=budget)
    return made


def _memory_text(derivative: Derivative[..., Any], target: Target, source: str) -> str:
    """What the derivative keeps; with values, from a run on them."""
    from adjoint.memory_report import describe, measure

    if not target.values:
        return describe(source)
    args, named = _arguments(derivative, target)
    run = derivative.specialize(*args, **named)
    with contextlib.redirect_stdout(sys.stderr):
        return measure(
            source,
            run,
            lambda: derivative.bind(*_arguments(derivative, target)),
            lambda: _result(target),
        )


def _types(target: Target, options: argparse.Namespace) -> dict[str, Any]:
    """Parameter types from --types, else from the values of --at (integers of differentiated arguments are real)."""
    from adjoint.signatures import parse_types

    try:
        given = parse_types(options.types) if options.types else {}
    except ValueError as error:
        raise UsageError(f"--types: {error}") from None
    if unknown := set(given) - set(target.function.parameter_names):
        raise UsageError(f"--types names {', '.join(sorted(unknown))}: {target.signature()}")
    wrt = target.wrt(options.wrt) if options.wrt else target.function.wrt
    slots = target.function.slots(wrt).items if options.order else ()
    real = {slot.position for slot in slots}
    return {**target.types_of_rest(slots), **target.types_at(real), **given}


def _evaluate(derivative: Derivative[..., Any], target: Target) -> Any:
    """The value of the derivative; tangents and cotangents are ones."""
    args, named = _arguments(derivative, target)
    return derivative(*args, **named)


def _arguments(derivative: Derivative[..., Any], target: Target) -> tuple[list[Any], dict[str, Any]]:
    """Copies of the values of --at, and ones for tangents and cotangents."""
    from adjoint.jacobians import copy_arrays
    from adjoint.runtime.containers import copy_leaves

    args, named = copy_arrays(target.arguments())
    for name in derivative.parameter_names:
        if name not in target.function.parameter_names:
            primal = name.removesuffix("_dot")
            like = target.values[primal] if primal in target.values else _result(target)
            named[name] = copy_leaves(_ones, like)
    return args, named


def _ones(leaf: Any) -> Any:
    import numpy as np

    from adjoint.runtime.containers import is_number

    return np.ones(np.shape(leaf)) if is_number(leaf) else None


def _result(target: Target) -> Any:
    from adjoint.jacobians import copy_arrays

    args, named = copy_arrays(target.arguments())
    return target.function(*args, **named)


def _colored(text: str, choice: str) -> str:
    """The source with terminal colours, if they are wanted and pygments is there."""
    wanted = choice == "always"
    if choice == "auto":
        forced = bool(os.environ.get("FORCE_COLOR"))
        wanted = forced or (sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
    if not wanted:
        return text
    try:
        from pygments import highlight
        from pygments.formatters import TerminalFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        return text
    return str(highlight(text, PythonLexer(stripnl=False), TerminalFormatter()))


# check and rules


def run_check(options: argparse.Namespace) -> int:
    """Compare with finite differences; 1 when something disagrees."""
    from adjoint.checking import GradientMismatch, check_values
    from adjoint.options import Mode

    if options.at is None:
        raise UsageError('check needs arguments: --at "x=0.25, n=4"')
    target = _target(options)
    modes: tuple[Mode, ...] = ("forward", "reverse") if options.mode == "both" else (options.mode,)
    wrt = target.wrt(options.wrt) if options.wrt else None
    args, named = target.arguments()
    values = target.function.bind(args, named)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            check_values(target.function, values, options.order, modes, wrt=wrt, rtol=options.rtol, atol=options.atol)
    except GradientMismatch as error:
        return _complain(str(error), 1)
    orders = "order 1" if options.order <= 1 else f"orders 1 to {options.order}"
    print(f"{target.function.__name__}: {' and '.join(modes)} mode agree with finite differences, {orders}")
    return 0


def run_rules(options: argparse.Namespace) -> int:
    """List what can be differentiated, and how; what is known to be refused when nothing else matches."""
    from adjoint.catalogue import list_refused, list_rules

    rows = [(row.name, row.how, row.remarks) for row in list_rules(options.pattern)]
    rows = rows or [(name, f"refused: {why}", fix) for name, why, fix in list_refused(options.pattern)]
    width = max((len(name) for name, *_ in rows), default=0)
    for name, how, remarks in rows:
        print(f"{name:<{width}}  {how}" + (f"  ({remarks})" if remarks else ""))
    if not rows:
        return _complain(f"nothing matches {options.pattern!r}", 1)
    return 0


def _target(options: argparse.Namespace) -> Target:
    """The function of the command line, its module loaded with stdout turned away."""
    from adjoint.targets import load_target

    with contextlib.redirect_stdout(sys.stderr):
        return load_target(options.target, options.at)
