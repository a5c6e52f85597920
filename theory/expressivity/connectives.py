"""Formulas put together without the parts that say nothing, so that constructions stay small."""

from __future__ import annotations

from collections.abc import Iterable

from locality.theory.expressivity.formulas import FALSE, TRUE, And, Formula, Not, Or


def all_of(formulas: Iterable[Formula]) -> Formula:
    """Their conjunction."""
    return _joined(And, formulas, TRUE, FALSE)


def any_of(formulas: Iterable[Formula]) -> Formula:
    """Their disjunction."""
    return _joined(Or, formulas, FALSE, TRUE)


def _joined(
    kind: type[And] | type[Or], formulas: Iterable[Formula], none: Formula, whole: Formula
) -> Formula:
    parts: dict[Formula, None] = {}
    for one in formulas:
        parts |= dict.fromkeys(one.parts if isinstance(one, kind) else [one])
    parts.pop(none, None)
    if whole in parts or any(negation(one) in parts for one in parts):
        return whole
    return kind(tuple(parts)) if len(parts) > 1 else next(iter(parts), none)


def negation(formula: Formula) -> Formula:
    """Its negation."""
    if formula is TRUE or formula is FALSE:
        return FALSE if formula is TRUE else TRUE
    return formula.operand if isinstance(formula, Not) else Not(formula)
