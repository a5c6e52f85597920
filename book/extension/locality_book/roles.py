"""Roles: a theorem's title, and numbers that are computed where they are shown."""

from __future__ import annotations

import math
from typing import Any

from docutils import nodes

from locality.theory import UnknownTheorem, index, theorem, theorems

Result = tuple[list[nodes.Node], list[nodes.system_message]]
SCOPE = {"theorem": theorem, "theorems": theorems, "index": index, "math": math, "ln": math.log}


def computed(text: str) -> str:
    """The value of `expression :: format`, as shown; a falsehood or NaN is a ValueError."""
    expression, _, form = text.partition(" :: ")
    value = eval(expression, dict(SCOPE))  # the book's own source
    if value is None or value is False or value != value:
        raise ValueError(f"{expression} is {value}")
    return format(value, form.strip())


def number(name: str, raw: str, text: str, line: int, inliner: Any, *_: Any) -> Result:
    """{number}`theorem("leakage").bound(m=4, c=60, x=3) :: .3f`."""
    try:
        return [nodes.inline(raw, computed(text), classes=["computed"])], []
    except Exception as error:  # whatever went wrong, the reader may not see a number
        told = inliner.reporter.error(f"number {text!r}: {error}", line=line)
        return [nodes.inline(raw, "?")], [told]


def theorem_title(name: str, raw: str, text: str, line: int, inliner: Any, *_: Any) -> Result:
    """{theorem-title}`leakage`, for headings."""
    try:
        return [nodes.Text(theorem(text).title)], []
    except UnknownTheorem as error:
        return [nodes.Text(text)], [inliner.reporter.error(str(error), line=line)]
