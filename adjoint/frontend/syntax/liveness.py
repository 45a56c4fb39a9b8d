"""Which local names are read later: decides what a loop carries and what an `if` merges.

Worked out on the syntax, before lowering, with one bit per name. A name that nobody reads again is neither carried nor
merged, so it may hold unrelated things on different paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import gast

from adjoint.frontend.syntax.jumps import assigned_names, blocks_of, expressions_of, target_names
from adjoint.frontend.syntax.scope_exits import Hoisted

_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
Names = int
"""A set of names, one bit each."""


@final
class Liveness:
    """Live names of one function. `order` numbers the local names by first appearance.

    `kept` are names that are read where the function returns.
    """

    def __init__(self, statements: Sequence[Any], local_names: Sequence[str], kept: Sequence[str] = ()) -> None:
        self.order = {name: index for index, name in enumerate(local_names)}
        self._names = list(local_names)
        self._after: dict[int, Names] = {}
        self._around: dict[int, Names] = {}
        self._loops: dict[int, Names] = {}
        self._reads: dict[int, Names] = {}
        self._during: dict[int, Names] = {}
        self._behind: dict[int, Names] = {}
        self._escaping: Names = 0
        """What is read where a statement that raises may lead to."""
        self._at_return = self._bits(kept)
        self._block(statements, self._at_return, 0, 0)

    def after(self, statement: Any) -> list[str]:
        """The names read after an `if` or a loop."""
        return self._listed(self._after.get(id(statement), 0))

    def around(self, statement: Any) -> list[str]:
        """The names read after an `if`, or where its jumps lead; for a loop, also at its head."""
        return self._listed(self._around.get(id(statement), 0))

    def after_choice(self, value: Any) -> list[str] | None:
        """The names read after `a if c else b`; None where it is a part of something that is half done."""
        return self.after(value) if id(value) in self._after else None

    def is_read(self, statement: Any, name: str) -> bool:
        """Whether a name is read by a simple statement, or after it; True where that is not known."""
        return name not in self.order or bool(self._during.get(id(statement), -1) >> self.order[name] & 1)

    def is_read_after(self, statement: Any, name: str) -> bool:
        """Whether a name is read after a simple statement; True where that is not known."""
        return name not in self.order or bool(self._behind.get(id(statement), -1) >> self.order[name] & 1)

    def is_read_around(self, loop: Any, name: str) -> bool:
        """Whether a name is read in a loop before it is bound there, or after it; True where that is not known."""
        return name not in self.order or bool(self._loops.get(id(loop), -1) >> self.order[name] & 1)

    def _listed(self, names: Names) -> list[str]:
        found = []
        while names:
            low = names & -names
            found.append(self._names[low.bit_length() - 1])
            names ^= low
        return found

    def _block(self, block: Sequence[Any], out: Names, at_break: Names, at_continue: Names) -> Names:
        for statement in reversed(block):
            out = self._statement(statement, out, at_break, at_continue)
        return out

    def _statement(self, node: Any, out: Names, at_break: Names, at_continue: Names) -> Names:
        if isinstance(node, gast.Break):
            return at_break
        if isinstance(node, gast.Continue):
            return at_continue
        if isinstance(node, gast.Return | gast.Raise):
            return self._read_by(node) | self._at_return
        if isinstance(node, gast.If):
            self._note(node, out, out | at_break | at_continue)
            then = self._block(node.body, out, at_break, at_continue)
            return self._read_by(node.test) | then | self._block(node.orelse, out, at_break, at_continue)
        if isinstance(node, gast.For | gast.While):
            return self._loop(node, out, at_break, at_continue)
        if isinstance(node, gast.With):
            self._note(node, out, out | at_break | at_continue)
            outer, self._escaping = self._escaping, self._escaping | out | at_break | at_continue
            inside = self._block(node.body, out, at_break, at_continue)
            self._escaping = outer
            return (inside & ~self._bits(assigned_names(node))) | self._read_by_header(node)
        if isinstance(node, gast.Try):
            return self._try(node, out, at_break, at_continue)
        if isinstance(node, gast.Assign):
            self._note_choice(node.value, (out & ~self._bits(assigned_names(node))) | self._read_by_targets(node))
            if isinstance(node, Hoisted):
                self._note(node, out | self._escaping, out | self._escaping)
        self._behind[id(node)] = self._behind.get(id(node), 0) | out | self._escaping
        self._during[id(node)] = self._during.get(id(node), 0) | self._behind[id(node)] | self._read_by(node)
        return (out & ~self._bits(assigned_names(node))) | self._read_by(node)

    def _note_choice(self, value: Any, out: Names) -> None:
        """What is read after a value that is one of two: where it stands alone, nothing is half done."""
        if isinstance(value, gast.IfExp):
            self._note(value, out, out)
            self._note_choice(value.body, out)
            self._note_choice(value.orelse, out)

    def _read_by_targets(self, node: Any) -> Names:
        bits = 0
        for target in node.targets:
            bits |= self._count_reads(target)
        return bits

    def _try(self, node: Any, out: Names, at_break: Names, at_continue: Names) -> Names:
        """What is read in any clause may be read after any statement of the body."""
        everywhere = 0
        for block in blocks_of(node):
            for statement in block:
                everywhere |= self._read_by(statement)
        reaching = out | at_break | at_continue | everywhere
        outside = self._at_return, self._escaping
        self._at_return, self._escaping = self._at_return | everywhere, self._escaping | reaching
        for block in blocks_of(node):
            self._block(block, reaching, reaching, reaching)
        self._at_return, self._escaping = outside
        self._note(node, out, reaching)
        return reaching

    def _loop(self, node: Any, out: Names, at_break: Names, at_continue: Names) -> Names:
        exhausted = self._block(node.orelse, out, at_break, at_continue)
        is_for = isinstance(node, gast.For)
        target = self._bits(target_names(node.target)) if is_for else 0
        head = exhausted | (0 if is_for else self._read_by(node.test))
        while True:
            grown = head | (self._block(node.body, head, out, head) & ~target)
            if grown == head:
                break
            head = grown
        self._note(node, out, head | out)
        self._loops[id(node)] = self._loops.get(id(node), 0) | head | out | self._escaping
        return head | (self._read_by(node.iter) if is_for else 0)

    def _note(self, node: Any, after: Names, around: Names) -> None:
        self._after[id(node)] = self._after.get(id(node), 0) | after
        self._around[id(node)] = self._around.get(id(node), 0) | around

    def _bits(self, names: Any) -> Names:
        bits = 0
        for name in names:
            if name in self.order:  # the others are shared with closures, and always kept
                bits |= 1 << self.order[name]
        return bits

    def _read_by_header(self, node: Any) -> Names:
        bits = 0
        for part in expressions_of(node):
            bits |= self._read_by(part)
        return bits

    def _read_by(self, node: Any) -> Names:
        found = self._reads.get(id(node))
        if found is None:
            found = self._reads[id(node)] = self._count_reads(node)
        return found

    def _count_reads(self, node: Any) -> Names:
        bits = 0
        pending = [node]
        while pending:
            each = pending.pop()
            if isinstance(each, gast.Name):
                if each.id in self.order and isinstance(each.ctx, gast.Load):
                    bits |= 1 << self.order[each.id]
            elif isinstance(each, gast.AugAssign) and isinstance(each.target, gast.Name):
                bits |= self._bits([each.target.id])
                pending.append(each.value)
            elif isinstance(each, _COMPREHENSIONS):
                bits |= self._read_by_comprehension(each)
            else:
                pending.extend(gast.iter_child_nodes(each))
        return bits

    def _read_by_comprehension(self, node: Any) -> Names:
        """Its variables are its own: only the first sequence is read outside of it."""
        first, *rest = node.generators
        inner = [first.target, *first.ifs, *rest]
        inner += [node.key, node.value] if isinstance(node, gast.DictComp) else [node.elt]
        own = self._bits(name for each in node.generators for name in target_names(each.target))
        bits = 0
        for part in inner:
            bits |= self._count_reads(part)
        return (bits & ~own) | self._count_reads(first.iter)
