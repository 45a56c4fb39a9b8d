"""Calls of functions with a rule of the user's: they are made as they are, whatever stands in the function."""

from __future__ import annotations

from typing import Any

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.context import Context, spoken
from adjoint.ir.core import Value
from adjoint.ir.custom import CustomRule
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.types import Array, Object, Scalar, Static, Undef


def call_custom(
    ctx: Context, node: Any, rule: CustomRule, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    """The call of such a function. Refused for arguments that are no numbers, arrays or constants."""
    given = [ctx.data(node, arg) for arg in (*args, *keywords.values())]
    if any(isinstance(each.type, Undef) for each in given):
        return ctx.blocked(*given)
    for each in given:
        if not isinstance(each.type, Scalar | Array | Static | Object):
            raise ctx.refuse(
                node,
                f"{spoken(each.type)} is passed to `{text}`, which has a rule of its own",
                why="the rule is for numbers and arrays",
                fix="pass the numbers or arrays in it as arguments",
                kind=NoRule,
            )
    opcode = "custom" if rule.partials is None else "custom_elementwise"
    try:
        return ctx.builder.emit(opcode, *given, rule=rule, keywords=tuple(keywords), _text=text)
    except TypeInferenceError as error:
        raise _refuse(ctx, node, rule, text, str(error)) from None
    except AdjointError as error:
        raise _refuse(ctx, node, rule, text, error.message) from None


def _refuse(ctx: Context, node: Any, rule: CustomRule, text: str, why: str) -> AdjointError:
    return ctx.refuse(
        node,
        f"the result of `{text}`, which has a rule of its own, has no known type",
        why=why,
        fix=f"say what it returns: `custom_rule({text}, ..., result=float)`, or `result=` a function of its arguments",
        kind=NoRule,
    )
