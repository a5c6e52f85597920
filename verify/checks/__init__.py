"""How each theorem is measured: one module a theorem, with its mutants and controls.

`checks()` gives the check of every theorem by id; `mutants(id)` claims that a campaign must refute,
each certified false at a point of its own; `controls(id)` changed claims that stay true. A check
evaluates `Rows` of a batch in floats and judges an `Instance` in balls.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from locality.theory import InputError, find, index
from locality.verify.checks.protocol import (
    Check,
    Control,
    Evaluation,
    FalsePoint,
    Judgement,
    Mutant,
)
from locality.verify.checks.rows import Rows

__all__ = [
    "Check",
    "Control",
    "Evaluation",
    "FalsePoint",
    "Judgement",
    "Mutant",
    "Rows",
    "checks",
    "controls",
    "mutants",
]

MEASURED = tuple(e.id for e in index() if (Path(__file__).parent / f"{e.stem}.py").exists())


@cache
def checks() -> dict[str, Check]:
    """The check of every theorem that has one, by theorem id, in reading order."""
    return {name: _module(name).CHECK for name in MEASURED}


@cache
def mutants(name: str) -> tuple[Mutant, ...]:
    """A theorem's mutants, each certified false at its point; InputError for an unknown id."""
    found: tuple[Mutant, ...] = _module(name).mutants()
    return found


@cache
def controls(name: str) -> tuple[Control, ...]:
    """A theorem's controls; InputError for an unknown id."""
    found: tuple[Control, ...] = _module(name).controls()
    return found


def _module(name: str) -> ModuleType:
    if name not in MEASURED:
        raise InputError(f"no check of {name!r}: expected one of {', '.join(MEASURED)}")
    return import_module(f"{__name__}.{find(name).stem}")
