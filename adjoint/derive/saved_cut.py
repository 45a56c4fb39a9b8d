"""Which values of a loop are saved and which are made again: the cheapest choice, a minimum cut.

A value that the reverse sweep reads is saved, or made again of its operands, which it then reads too. With two nodes
for each value, `needed` and `again`, every choice is a cut between source and sink:

    source -> needed(v)     endless     v is read
    needed(v) -> again(v)   saving      v is needed and not made again: it is saved
    again(v) -> sink        its cost    v is made again
    again(v) -> needed(u)   endless     u is an operand of v, and not at hand for nothing

Of cuts that cost the same the one with the fewest values is taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise

from adjoint.derive.saved_costs import Costs
from adjoint.ir.core import Value

_ENDLESS = 1 << 100

_Node = tuple[str, Value | None]
_Net = dict[_Node, dict[_Node, int]]


def choose_saved(
    read: Iterable[Value], is_at_hand: Callable[[Value], bool], costs: Costs
) -> tuple[set[Value], set[Value]]:
    """Of the values that are read and what they are made of: those to save, and those to make again."""
    net: _Net = {}
    source, sink = ("source", None), ("sink", None)
    waiting = list(read)
    known: set[Value] = set()
    for value in waiting:
        _connect(net, source, ("needed", value), _ENDLESS)
    while waiting:
        value = waiting.pop()
        if value in known:
            continue
        known.add(value)
        _connect(net, ("needed", value), ("again", value), costs.of_saving(value))
        cost = costs.of_making(value)
        _connect(net, ("again", value), sink, _ENDLESS if cost is None else cost)
        for operand in costs.made_of(value) if cost is not None else ():
            if not is_at_hand(operand):
                _connect(net, ("again", value), ("needed", operand), _ENDLESS)
                waiting.append(operand)
    reached = _least_side(net, source, sink)
    again = {value for kind, value in reached if kind == "again" and value is not None}
    needed = {value for kind, value in reached if kind == "needed" and value is not None}
    return needed - again, again


def _connect(net: _Net, one: _Node, other: _Node, capacity: int) -> None:
    there = net.setdefault(one, {})
    there[other] = there.get(other, 0) + capacity
    net.setdefault(other, {}).setdefault(one, 0)


def _least_side(net: _Net, source: _Node, sink: _Node) -> set[_Node]:
    """What stays with the source when the least capacity is cut: Dinic's algorithm, shortest paths first."""
    while True:
        levels = _levels(net, source)
        if sink not in levels:
            return set(levels)
        _fill_shortest(net, source, sink, levels)


def _levels(net: _Net, source: _Node) -> dict[_Node, int]:
    """How many steps each node is away from the source, where there is capacity left."""
    levels = {source: 0}
    queue = deque([source])
    while queue:
        node = queue.popleft()
        for other, left in net.get(node, {}).items():
            if left > 0 and other not in levels:
                levels[other] = levels[node] + 1
                queue.append(other)
    return levels


def _fill_shortest(net: _Net, source: _Node, sink: _Node, levels: dict[_Node, int]) -> None:
    """Fill paths along the levels until none is left."""
    ahead = {node: [other for other in net[node] if levels.get(other) == level + 1] for node, level in levels.items()}
    path = [source]
    while path:
        node = path[-1]
        if node == sink:
            del path[_filled(net, path) + 1 :]
            continue
        while ahead[node] and not net[node][ahead[node][-1]]:
            ahead[node].pop()
        if ahead[node]:
            path.append(ahead[node][-1])
        else:
            path.pop()
            if path:
                ahead[path[-1]].pop()


def _filled(net: _Net, path: list[_Node]) -> int:
    """Fill a path; the number of its first node behind which nothing is left."""
    steps = list(pairwise(path))
    flow = min(net[one][other] for one, other in steps)
    for one, other in steps:
        net[one][other] -= flow
        net[other][one] += flow
    return next(number for number, (one, other) in enumerate(steps) if not net[one][other])
