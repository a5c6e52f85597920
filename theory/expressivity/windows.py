"""Windows written with narrower ones, as shallow as can be.

A narrow window that is moved looks as much farther back as it is wide, and the edge of what has
been seen moves by one position: so a look back of k positions takes ⌊k/j⌋ + (k mod j) operators
Y≤j inside one another.
"""

from __future__ import annotations

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import TRUE, Formula, Within, subformulas, with_parts


def farther(operand: Formula, near: Formula, window: int) -> Formula:
    """φ within t + k positions, `near` being φ within t ≥ k and `window` k."""
    return Within(operand, window) | Within(near, window)


def longer(operand: Formula, near: Formula, window: int) -> Formula:
    """φ within t + 1 positions, `near` being φ within t ≥ k and `window` k.

    All of the last k positions have seen φ within t, and there is one.
    """
    return Within(operand, window) | (Within(TRUE, window) & ~Within(~near, window))


def layers(steps: int, window: int) -> int:
    """⌊steps/window⌋ + (steps mod window): how many windows inside one another look back so far.

    InputError for a window below 1, or wider than the steps: then no number of them does.
    """
    if not 1 <= window <= steps:
        raise InputError(f"window {window!r}: expected an integer from 1 to {steps!r}")
    whole, rest = divmod(steps, window)
    return whole + rest


def within(operand: Formula, steps: int, window: int) -> Formula:
    """φ at one of the `steps` positions before this one, by operators Y≤window alone.

    `layers(steps, window)` of them inside one another. InputError as there.
    """
    layers(steps, window)
    found: Formula = Within(operand, window)
    for _ in range(steps % window):
        found = longer(operand, found, window)
    for _ in range(steps // window - 1):
        found = farther(operand, found, window)
    return found


def narrowed(formula: Formula, window: int) -> Formula:
    """The same with every window written by `window` alone; InputError if one is narrower."""
    found: dict[Formula, Formula] = {}
    for one in subformulas(formula):
        parts = [found[part] for part in one.parts]
        if isinstance(one, Within):
            found[one] = within(parts[0], one.window, window)
        else:
            found[one] = with_parts(one, parts)
    return found[formula]
