"""Symbolic extents across a call: a callee is specialised in symbols of its own."""

from __future__ import annotations

from adjoint.ir.outward import outward
from adjoint.ir.signature import symbolic

canonical = symbolic

__all__ = ["canonical", "outward"]
