"""Formulas as SymPy prints them, made readable: names as words, long formulas broken into lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDE = 90  # characters of LaTeX beyond which a formula gets a line for each part
_WORDS = re.compile(  # an exponent without braces is one letter, whatever follows it
    r"(?<!\\)[\^_][a-zA-Z]|\\(?:operatorname|text|math\w+|begin|end)\{[^}]*\}|\\[a-zA-Z]+|[a-zA-Z]{3,}"
)
_DEPTH = re.compile(r"\\left\b|\\right\b|[{}]")


def _word(found: re.Match[str]) -> str:
    text = found[0]
    return text if text[0] in r"\^_" else rf"\mathit{{{text}}}"


def readable(latex: str) -> str:
    """Names of several letters set as words."""
    return _WORDS.sub(_word, latex)


def _pieces(latex: str, mark: str) -> Iterator[str]:
    """`latex` cut before every `mark` that no bracket encloses."""
    depth, start = 0, 0
    opening = {r"\left": 1, "{": 1, r"\right": -1, "}": -1}
    for found in re.finditer(rf"{_DEPTH.pattern}|{re.escape(mark)}", latex):
        depth += opening.get(found[0], 0)
        if found[0] == mark and depth == 0 and found.start() > start:
            yield latex[start : found.start()]
            start = found.start()
    yield latex[start:]


def display(latex: str) -> str:
    """A formula for display: definitions one a line, a long relation broken at its sign."""
    text = readable(latex)
    definitions = list(_pieces(text, r",\quad "))
    if len(definitions) > 1:
        stripped = [
            piece.removeprefix(r",\quad ").replace(" = ", " &= ", 1) for piece in definitions
        ]
        return _lines(stripped, r",\\")
    if len(text) <= WIDE:
        return text
    left, *right = _pieces(text, " = ")
    if not right:
        return text
    above = _terms(left) if len(left) > WIDE else [left]
    first, *others = _terms("".join(right).removeprefix(" = "))
    return _lines([*above, f"= {first}", *others], r"\\ & ", "& ")


def _terms(latex: str) -> list[str]:
    """The terms of a sum, all but the first indented."""
    first, *others = _pieces(latex, " + ")
    return [first, *[rf"\quad {term}" for term in others]]


def _lines(lines: list[str], joint: str, lead: str = "") -> str:
    return r"\begin{aligned}" + lead + joint.join(lines) + r"\end{aligned}"
