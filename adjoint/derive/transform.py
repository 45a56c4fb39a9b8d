"""The derivative transforms, function to function: gradient, value and gradient, pullback, tangent.

Each takes a simplified primal and returns plain IR again, so that derivatives of derivatives need nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.analysis.activity import active
from adjoint.analysis.structure import Structure
from adjoint.derive.calls import CallContext, Known, Pair, Tidy, result_types
from adjoint.derive.containers import hoist_reads, make, part
from adjoint.derive.cotangents import Cotangents, bar_name, cotangent_type, zero
from adjoint.derive.draws import refuse_draws
from adjoint.derive.exits import make_exits_explicit
from adjoint.derive.forward import ForwardSweep
from adjoint.derive.mirror import Mirror
from adjoint.derive.residuals import make_residuals
from adjoint.derive.reverse import ReverseSweep
from adjoint.derive.saved_costs import Costs
from adjoint.derive.saved_cut import choose_saved
from adjoint.derive.seed_extents import read_from_seeds
from adjoint.derive.several_paths import split_returned
from adjoint.derive.tangent_calls import fill_tangent, free_name
from adjoint.derive.trips import use_tapes_as_counters
from adjoint.ir.builder import Builder
from adjoint.ir.core import (
    Function,
    Op,
    Param,
    Region,
    Value,
    added_kind,
    clone_function,
    clone_op,
    is_const,
    walk,
    walk_regions,
)
from adjoint.ir.layouts import is_mutable
from adjoint.ir.types import List, Residuals, Scalar, Tuple, Type, rank_of
from adjoint.ir.undefined import bind_undefined, maybe_undefined
from adjoint.rules.registry import passes


def forward_derivative(primal: Function, wrt: Sequence[int], tidy: Tidy) -> Function:
    """`f(x) -> y` becomes `f_jvp(x, x_dot) -> (y, y_dot)`."""
    context = _context(primal, tidy)
    result = Tuple((primal.result_type, cotangent_type(primal.result_type)))
    made = Function(f"{primal.name}_jvp", [], Region(), result, None, primal.filename, primal.namespace)
    made.notes = list(primal.notes)
    known = tuple(index in wrt for index in range(len(primal.args)))
    refuse_draws(primal, known)
    fill_tangent(made, clone_function(primal), known, ForwardSweep(set(), context))
    made.params = _with_tangents(primal, wrt, made.args)
    _own_tangents(made)
    for function in [made, *context.tangents.values()]:
        tidy.after(function)
    return made


def _context(primal: Function, tidy: Tidy) -> CallContext:
    return CallContext(blank_pair, fill_pair, fill_pullback, tidy, primal.filename)


def _with_tangents(primal: Function, wrt: Sequence[int], args: list[Value]) -> list[Param]:
    """The primal's parameters without defaults, then the tangents."""
    params = [Param(p.name, p.kind, generated=p.generated) for p in primal.params]
    for arg in args[len(params) :]:
        arg.name = free_name(arg.name or "x_dot", params)
        params.append(Param(arg.name, added_kind(params), generated=True))
    return params


def reverse_derivative(
    primal: Function,
    wrt: Sequence[int],
    tidy: Tidy,
    *,
    name: str,
    single: bool,
    with_value: bool,
    with_seed: bool,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Function:
    """Gradient (seed 1), value and gradient, or pullback (the seed is a parameter, the last one).

    With `has_aux` the function returns a pair, of which the first is differentiated. A `holomorphic` function has a
    complex derivative.
    """
    context = _context(primal, tidy)
    context.holomorphic = holomorphic
    refuse_draws(primal, [index in wrt for index in range(len(primal.args))])
    function = clone_function(primal)
    function.name = name
    sources = [function.args[index] for index in wrt]
    seeded = function.result_type
    if has_aux and isinstance(seeded, Tuple):
        seeded = seeded.items[0]
    seed_type = cotangent_type(seeded)
    seed = Value(seed_type, _fresh_name(function, "y_bar")) if with_seed else None
    seeds: list[Value | None] | None = [seed] if seed is not None else None
    if has_aux:
        seeds = [seed, None] if seed is not None else _seeds_of_first(function)
    bars, value, _ = _reverse_body(function, sources, seeds, context, with_value)
    builder = Builder(function.body, derived=True)
    bars = [_own_memory(builder, bar) for bar in bars]
    grads = bars[0] if single else builder.emit("tuple", *bars)
    result = builder.emit("tuple", value, grads) if with_value else grads
    builder.terminate("return", result)
    if seed is not None:
        function.body.args.append(seed)
        function.params = [Param(p.name, p.kind, generated=p.generated) for p in function.params]
        function.params.append(Param(seed.name or "y_bar", added_kind(function.params), generated=True))
    function.result_type = result.type
    for made in [function, *context.made()]:
        tidy.after(made)
    return function


def _seeds_of_first(function: Function) -> list[Value | None]:
    """The cotangents of a pair of which only the first is differentiated."""
    region = Region()
    one = Builder(region, derived=True).const(1.0)
    function.body.ops[:0] = region.ops
    return [one, None]


def forward_and_backward(primal: Function, wrt: Sequence[int], tidy: Tidy) -> tuple[Function, Function]:
    """`f_forward(x) -> (y, kept)` and `f_backward(kept, y_bar) -> x_bar` (a tuple when `wrt` names several)."""
    context = _context(primal, tidy)
    wanted = tuple(index in wrt for index in range(len(primal.args)))
    refuse_draws(primal, wanted)
    pair = blank_pair(primal, wanted, (True,))
    fill_pair(pair, primal, wanted, (True,), context)
    _own_results(pair.backward)
    for made in [pair.forward, pair.backward, *context.made()]:
        tidy.after(made)
    return pair.forward, pair.backward


def _own_results(backward: Function) -> None:
    """Give the cotangents a finished backward function returns their own memory."""
    body = backward.body
    returned = body.ops.pop()
    builder = Builder(body, derived=True)
    builder.terminate("return", _own_memory(builder, returned.operands[0]))


def _own_tangents(function: Function) -> None:
    """Give the tangents a finished function returns their own memory."""
    for region in walk_regions(function.body):
        if region.ops and region.ops[-1].opcode == "return":
            returned = region.ops.pop()
            builder = Builder(region, derived=True)
            value, dot = (part(builder, returned.operands[0], index) for index in (0, 1))
            returned.operands = [builder.emit("tuple", value, _own_memory(builder, dot))]
            region.ops.append(returned)


def _own_memory(builder: Builder, bar: Value) -> Value:
    """A gradient never shares memory with an argument or a seed. The copy is dropped where the memory is new."""
    if isinstance(bar.type, Tuple) and _has_memory(bar.type):
        parts = [_own_memory(builder, part(builder, bar, index)) for index in range(len(bar.type.items))]
        return builder.emit("tuple", *parts, layout=bar.type.layout)
    if not _has_memory(bar.type):
        return bar
    nested = isinstance(bar.type, List) and (isinstance(bar.type.item, Tuple) or _has_memory(bar.type.item))
    copy = builder.emit("list_copies" if nested else "copy", bar)
    assert copy.op is not None
    copy.op.attrs["_returned"] = True
    copy.name = bar.name
    return copy


def _has_memory(t: Type) -> bool:
    """Whether the user could change a value of the type in place: it is or holds an array, or is a container."""
    if isinstance(t, Tuple):
        return is_mutable(t.layout) or any(map(_has_memory, t.items))
    return isinstance(t, List) or rank_of(t) > 0


def _fresh_name(function: Function, name: str) -> str:
    taken = {param.name for param in function.params}
    while name in taken:
        name += "_"
    return name


def _reverse_body(
    function: Function,
    sources: list[Value],
    seeds: Sequence[Value | None] | None,
    context: CallContext,
    with_value: bool,
) -> tuple[list[Value], Value, int]:
    """Append the reverse sweep to the body and remove the return.

    `seeds` are the cotangents of the returned value, or of the items of a returned tuple; None stands for the number 1.
    Gives the sources' cotangents, the value, and the index of the first operation of the reverse sweep.
    """
    hoist_reads(function)
    make_exits_explicit(function)
    if seeds is not None and len(seeds) > 1:
        split_returned(function)
    body = function.body
    mirror = Mirror(body)
    cotangents = Cotangents(Builder(Region(), line=body.ops[-1].line, derived=True))
    (value,) = body.ops[-1].operands
    sweep = ReverseSweep(active(function, sources, passes), mirror, context)
    sweep.region(body, cotangents, lambda leaf, totals: _seed(value, seeds, totals))
    bars = [cotangents.full(source) for source in sources]
    for bar, source in zip(bars, sources):
        if bar.name is None and bar.op is not None and bar.op.opcode != "const":
            bar.name = bar_name(source)
    turn = Op("turn")  # passes keep it where it is: between the sweeps
    body.ops[-1:] = [turn, *mirror.tapes, *cotangents.builder.region.ops]
    for forward, reverse in mirror.regions.items():
        if reverse is cotangents.builder.region:  # of the body, and of the branch that is all there is to it
            mirror.regions[forward] = body
    body.ops.append(Op("return", [*bars, value] if with_value else bars))
    context.tidy.before_residuals(function)
    make_residuals(function, body.ops.index(turn), mirror)
    use_tapes_as_counters(function, mirror)
    context.tidy.before_residuals(function)
    split = body.ops.index(turn)
    del body.ops[split]
    bars = body.ops.pop().operands
    if with_value:
        value = bars.pop()
    return bars, value, split


def _seed(value: Value, seeds: Sequence[Value | None] | None, cotangents: Cotangents) -> None:
    if seeds is None:
        cotangents.set(value, cotangents.builder.const(1.0))
    elif len(seeds) == 1:
        if seeds[0] is not None:
            cotangents.set(value, seeds[0])
    elif value.op is not None and value.op.opcode == "tuple":
        for item, seed in zip(value.op.operands, seeds):
            if seed is not None:
                cotangents.add(item, seed)
    else:  # a tuple made on several paths
        builder = cotangents.builder
        parts = [
            zero(builder, builder.emit("getitem", value, index=index)) if seed is None else seed
            for index, seed in enumerate(seeds)
        ]
        cotangents.set(value, make(builder, value.type, parts))


def fill_pair(pair: Pair, callee: Function, wanted: Known, known: Known, context: CallContext) -> None:
    """Write the bodies of a callee's forward and backward functions."""
    function = clone_function(callee)
    sources = [arg for arg, want in zip(function.args, wanted) if want]
    types = result_types(callee, len(known))
    seeds = [Value(cotangent_type(t), "y_bar") if k else None for t, k in zip(types, known)]
    bars, value, split = _reverse_body(function, sources, seeds, context, True)
    body = function.body
    split = read_from_seeds(body, split, [seed for seed in seeds if seed is not None])
    forward_ops, reverse_ops = body.ops[:split], body.ops[split:]
    kept, copies = _kept_values(function, reverse_ops, bars)
    if not maybe_undefined(body).isdisjoint(kept):
        last = forward_ops[-1]
        bind_undefined(body)
        split = body.ops.index(last) + 1
        forward_ops, reverse_ops = body.ops[:split], body.ops[split:]
    _fill_forward(pair, function, forward_ops, value, kept, len(known))
    _fill_backward(pair, reverse_ops, bars, kept, copies, [seed for seed in seeds if seed is not None])


def fill_pullback(made: Function, callee: Function, wanted: Known, known: Known, context: CallContext) -> None:
    """Write the body of a callee's pullback: its arguments and the cotangents of its results in."""
    function = clone_function(callee)
    sources = [arg for arg, want in zip(function.args, wanted) if want]
    types = result_types(callee, len(known))
    seeds = [Value(cotangent_type(t), "y_bar") if k else None for t, k in zip(types, known)]
    bars, _, _ = _reverse_body(function, sources, seeds, context, False)
    made.body, made.params = function.body, list(function.params)
    builder = Builder(made.body, derived=True)
    builder.terminate("return", bars[0] if len(bars) == 1 else builder.emit("tuple", *bars))
    for seed in seeds:
        if seed is not None:
            seed.name = free_name("y_bar", made.params)
            made.params.append(Param(seed.name, generated=True))
            made.args.append(seed)


def _kept_values(function: Function, reverse_ops: list[Op], bars: list[Value]) -> tuple[list[Value], list[Op]]:
    """Forward values the reverse sweep reads, and what is written again: constants, what kept values give at once."""
    forward_ops = function.body.ops[: len(function.body.ops) - len(reverse_ops)]
    forward = [*function.args, *(value for op in forward_ops for value in op.results)]
    read = {v for op in walk(Region([], reverse_ops)) for v in op.operands} | set(bars)
    used, repeated = _chosen(function, [value for value in forward if value in read])
    again = repeated | {op for op in forward_ops if op.opcode == "const" and op.result in used}
    for op in forward_ops:
        if _is_at_once(op) and op.result in used:
            steps = _steps(op, used)
            again |= steps or set()
    return [v for v in forward if v in used and v.op not in again], [op for op in forward_ops if op in again]


def _chosen(function: Function, read: list[Value]) -> tuple[set[Value], set[Op]]:
    """What the backward function is given of what it reads, and what it does again: arrays, where that is less."""
    arrays = [value for value in read if rank_of(value.type)]
    if all(value.op is None for value in arrays):
        return set(read), set()
    costs = Costs(Structure.of(function.body))
    saved, again = choose_saved(arrays, lambda value: not rank_of(value.type), costs)
    repeated = {value.op for value in again if value.op is not None}
    operands = {operand for op in repeated for operand in op.operands}
    return {*read, *saved, *operands} - again, repeated


def _steps(op: Op, used: set[Value]) -> set[Op] | None:
    """What has to be done again for the result of an operation; None where a value is not kept."""
    made = {op}
    for operand in op.operands:
        if is_const(operand) and operand.op is not None:
            made.add(operand.op)
        elif operand not in used:
            inner = _steps(operand.op, used) if operand.op is not None and operand.op.opcode == "shape" else None
            if inner is None:
                return None
            made |= inner
    return made


def _is_at_once(op: Op) -> bool:
    """Whether an operation inside an expression reads an extent, or is simple arithmetic on numbers.

    Doing it again costs no more than to keep what it gives.
    """
    if len(op.results) != 1 or op.result.name is not None or not isinstance(op.result.type, Scalar):
        return False
    if op.opcode == "getitem":
        return op.operands[0].op is not None and op.operands[0].op.opcode == "shape"
    is_arithmetic = op.opcode in ("add", "sub", "mul", "truediv", "neg")
    return is_arithmetic and all(isinstance(v.type, Scalar) for v in op.operands)


def _fill_forward(
    pair: Pair, function: Function, ops: list[Op], value: Value, kept: list[Value], count: int
) -> None:
    made = pair.forward
    made.body.args, made.body.ops = function.body.args, ops
    builder = Builder(made.body, derived=True)
    packed = builder.emit("pack", *kept, _pair=pair)
    if count == 1:
        items = [value]
    else:
        items = [builder.emit("getitem", value, index=i) for i in range(count)]
    builder.terminate("return", builder.emit("tuple", *items, packed))


def _fill_backward(
    pair: Pair, ops: list[Op], bars: list[Value], kept: list[Value], again: list[Op], seeds: list[Value]
) -> None:
    made = pair.backward
    packed = Value(Residuals(), "kept")
    made.body.args = [packed, *seeds]
    for number, seed in enumerate(seeds[1:], 2):
        seed.name = f"y{number}_bar"
    made.params = [Param(arg.name or "kept", generated=True) for arg in made.body.args]
    builder = Builder(made.body, derived=True)
    restored = builder.emit_all("unpack", packed, types=tuple(value.type for value in kept), _pair=pair)
    mapping = dict(zip(kept, restored))
    for value, copy in mapping.items():
        copy.name = value.name
    for op in [*again, *ops]:
        made.body.ops.append(clone_op(op, mapping))
    results = [mapping.get(bar, bar) for bar in bars]
    builder.terminate("return", results[0] if len(results) == 1 else builder.emit("tuple", *results))


def blank_pair(callee: Function, wanted: Known, known: Known) -> Pair:
    """The two functions with their types but without bodies, so that a recursive callee can refer to them."""
    types: list[Type] = result_types(callee, len(known))
    forward_type = Tuple((*types, Residuals()))
    bars = [cotangent_type(arg.type) for arg, want in zip(callee.args, wanted) if want]
    backward_type = bars[0] if len(bars) == 1 else Tuple(tuple(bars))
    place = (callee.filename, callee.namespace)
    forward = Function(f"{callee.name}_forward", list(callee.params), Region(), forward_type, None, *place)
    backward = Function(f"{callee.name}_backward", [], Region(), backward_type, None, *place)
    return Pair(forward, backward)
