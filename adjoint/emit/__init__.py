"""IR to readable Python source."""

from adjoint.emit.python import Emitted, emit_module

__all__ = ["Emitted", "emit_module"]
