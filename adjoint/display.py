"""How a derivative shows itself in a notebook: its source as fenced Python, coloured by the notebook's own theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adjoint.errors import AdjointError

if TYPE_CHECKING:
    from adjoint.derivative import Derivative


def mimebundle(derivative: Derivative[..., Any]) -> dict[str, str]:
    """Plain text and markdown. No HTML: it would outrank markdown and is not shown in untrusted notebooks."""
    try:
        source = derivative.source
    except AdjointError as error:
        text = f"{derivative!r}\n{error.report()}"
        return {"text/plain": text, "text/markdown": f"{fence(text, '')}"}
    return {"text/plain": source, "text/markdown": fence(source, "python")}


def fence(text: str, language: str) -> str:
    """The text as a markdown code block, whatever backticks it holds."""
    marks = "```"
    while marks in text:
        marks += "`"
    ending = "" if text.endswith("\n") else "\n"
    return f"{marks}{language}\n{text}{ending}{marks}\n"
