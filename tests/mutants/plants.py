"""Mutants of the transformer: each plants one classic fault by replacing one function for the time of a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from adjoint.derive import exits, residuals, reverse, transform, trips
from adjoint.derive.cotangents import Cotangents
from adjoint.emit.statements import Statements
from adjoint.ir.core import Op, Region, Value, walk_regions
from adjoint.passes import cleared_places, overwritten, padded_sums
from adjoint.rules import broadcasting, registry

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    """A fault and the programs of `programs.py` that are to notice it."""

    name: str
    plant: Plant
    killers: tuple[str, ...]


def drop_a_push(patch: pytest.MonkeyPatch) -> None:
    """What the reverse sweep pops was never pushed."""
    save = residuals._Residuals._save

    def without(self: Any, value: Value, home: Region, place: Region) -> Value:
        result = save(self, value, home, place)
        for region in walk_regions(self.body):
            region.ops[:] = [op for op in region.ops if op.opcode != "push" or op.operands[1] is not value]
        return result

    patch.setattr(residuals._Residuals, "_save", without)


def skip_a_branch(patch: pytest.MonkeyPatch) -> None:
    """The reverse of an `if` goes back through its first branch only."""
    region = reverse.ReverseSweep.region

    def only_first(self: Any, forward: Region, cotangents: Cotangents, seed: Any) -> None:
        if getattr(forward, "args", None) == [] and _is_else(self.mirror.forward, forward):
            cotangents.builder.line = None
            self.mirror.regions[forward] = cotangents.builder.region
            return
        region(self, forward, cotangents, seed)

    patch.setattr(reverse.ReverseSweep, "region", only_first)


def _is_else(body: Region, wanted: Region) -> bool:
    for op in body.ops:
        if op.opcode == "if" and op.regions[1] is wanted:
            return True
        if any(_is_else(inner, wanted) for inner in op.regions):
            return True
    return False


def wrong_tanh(patch: pytest.MonkeyPatch) -> None:
    """The partial of tanh is 1 - y instead of 1 - y*y."""
    patch.setattr(registry.RULES["tanh"], "function", lambda x, *, y: 1 - y)


def break_one_trip_off(patch: pytest.MonkeyPatch) -> None:
    """A loop left by `break` is reversed without the trip that broke."""
    patch.setattr(trips, "_before", lambda region, leaf, index, step: index)


def loop_not_reversed(patch: pytest.MonkeyPatch) -> None:
    """The reverse of a `for` runs through its indices first to last."""
    loop = reverse.ReverseSweep._loop

    def forwards(self: Any, op: Op, cotangents: Cotangents, bounds: list[Value], backwards: bool) -> None:
        loop(self, op, cotangents, bounds, not backwards)

    patch.setattr(reverse.ReverseSweep, "_loop", forwards)


def accumulation_overwritten(patch: pytest.MonkeyPatch) -> None:
    """The second contribution to a cotangent replaces the first."""

    def add(self: Any, value: Value, contribution: Value | None) -> None:
        if contribution is not None:
            self.totals[value] = contribution

    patch.setattr(Cotangents, "add", add)


def shared_stack(patch: pytest.MonkeyPatch) -> None:
    """A value is popped from the stack of the value saved before it."""
    save = residuals._Residuals._save
    tapes: list[Value] = []

    def crossed(self: Any, value: Value, home: Region, place: Region) -> Value:
        result = save(self, value, home, place)
        assert result.op is not None
        tapes.append(result.op.operands[0])
        if len(tapes) > 1:
            result.op.operands[0] = tapes[-2]
        return result

    patch.setattr(residuals._Residuals, "_save", crossed)


def else_cotangent_dropped(patch: pytest.MonkeyPatch) -> None:
    """Only the first branch of an `if` receives the cotangents of its results."""
    make = reverse._seed_results

    def first_only(op: Op, cotangents: Cotangents) -> Any:
        seed = make(op, cotangents)
        then = op.regions[0].ops[-1]

        def seed_then(leaf: Op, branch: Cotangents) -> None:
            if leaf is then:
                seed(leaf, branch)

        return seed_then

    patch.setattr(reverse, "_seed_results", first_only)


def scatter_sets(patch: pytest.MonkeyPatch) -> None:
    """The cotangent of an element read overwrites the element of the buffer instead of being added to it."""

    def read(self: Any, op: Op, total: Value, cotangents: Cotangents) -> None:
        source = op.operands[0]
        buffer = cotangents.full(source)
        new = cotangents.builder.emit("index_set", buffer, total, *op.operands[1:], spec=op.attrs["spec"])
        cotangents.set(source, new)

    patch.setattr(reverse.ReverseSweep, "_read", read)


def while_one_trip_short(patch: pytest.MonkeyPatch) -> None:
    """A `while` is reversed one trip short, and no tape is asked instead."""
    record = trips.record_trips

    def short(op: Op, mirror: Any) -> Value:
        result = record(op, mirror)
        start = op.operands[len(op.operands) - 1]
        assert start.op is not None
        start.op.attrs["value"] = -1
        return result

    patch.setattr(reverse, "record_trips", short)
    patch.setattr(transform, "use_tapes_as_counters", lambda function, mirror: None)


def captured_total_dropped(patch: pytest.MonkeyPatch) -> None:
    """What a loop reads from outside gets no cotangent."""
    patch.setattr(reverse.ReverseSweep, "_captures", lambda self, op: [])


def return_flag_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A `return` inside a loop is taken for a `break`: the reverse sweep goes through the statements after the loop."""
    insert = exits._insert_constant

    def never(body: Region, leaf: Op, value: object) -> Value:
        return insert(body, leaf, False)

    patch.setattr(exits, "_insert_constant", never)


def swap_in_sequence(patch: pytest.MonkeyPatch) -> None:
    """Simultaneous assignments are written one after the other."""
    together = Statements._together

    def one_by_one(self: Any, moves: Any) -> list[Any]:
        return [statement for move in moves for statement in together(self, [move])]

    patch.setattr(Statements, "_together", one_by_one)


def unbroadcast_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The cotangent of a repeated operand is not summed over the repetitions."""
    patch.setattr(broadcasting, "reduce_to", lambda builder, share, op, operands, index, result: share)


def ends_not_cleared(patch: pytest.MonkeyPatch) -> None:
    """What lies beyond a part that was made longer stays there."""

    def make(product: Any, scratch: Value | None, region: Region) -> Any:
        multiplied, filled = padded(product, scratch, region)
        assert multiplied.results
        for op in region.ops:
            op.operands = [multiplied.result if operand is filled else operand for operand in op.operands]
        return multiplied, multiplied.result

    padded = padded_sums.make_whole
    patch.setattr(padded_sums, "make_whole", make)


def buffer_not_cleared(patch: pytest.MonkeyPatch) -> None:
    """What a buffer that is set in each pass holds in the end is read behind the loop."""
    patch.setattr(cleared_places._Loop, "_clear_behind", lambda self, slot, clearing: None)


def scaled_though_read(patch: pytest.MonkeyPatch) -> None:
    """A place is scaled where it is, though another one is set next."""
    patch.setattr(overwritten._Scaling, "_sets", lambda self, op, part: op.opcode == "index_set")


def parts_taken_for_equal(patch: pytest.MonkeyPatch) -> None:
    """Parts of an array of unknown extent are as long as each other, whatever they leave out."""
    patch.setattr(broadcasting, "are_equal", lambda op, axis, rank: True)


MUTANTS = (
    Mutant("drop a push", drop_a_push, ("logistic", "while_with_branch")),
    Mutant("skip a branch", skip_a_branch, ("branch", "while_with_branch")),
    Mutant("swap done in sequence", swap_in_sequence, ("fibonacci",)),
    Mutant("wrong tanh rule", wrong_tanh, ("squash",)),
    Mutant("break one trip off", break_one_trip_off, ("break_early", "early_return")),
    Mutant("loop not reversed", loop_not_reversed, ("varying",)),
    Mutant("accumulation overwritten", accumulation_overwritten, ("used_twice",)),
    Mutant("unbroadcast forgotten", unbroadcast_forgotten, ("bias",)),
    Mutant("stack of another value", shared_stack, ("nested",)),
    Mutant("else cotangent dropped", else_cotangent_dropped, ("branch",)),
    Mutant("scatter sets", scatter_sets, ("gather",)),
    Mutant("while one trip short", while_one_trip_short, ("while_with_branch",)),
    Mutant("captured total dropped", captured_total_dropped, ("varying", "break_early")),
    Mutant("ends not cleared", ends_not_cleared, ("flux",)),
    Mutant("buffer not cleared", buffer_not_cleared, ("half_steps",)),
    Mutant("scaled though read", scaled_though_read, ("end_is_set",)),
    Mutant("parts taken for equal", parts_taken_for_equal, ("shorter",)),
    Mutant("return flag forgotten", return_flag_forgotten, ("early_return",)),
)
