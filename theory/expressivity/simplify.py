"""Smaller formulas with the same meaning at every position.

Rules look at one operator and its parts: constants, repetitions and complements, absorption,
letters that exclude one another, operators that imply one another (Y≤jφ ⇒ Y≤kφ ⇒ Pφ for j ≤ k),
operators that join (Pφ ∨ Pψ = P(φ ∨ ψ), and so for Y≤k; Yφ ∧ Yψ = Y(φ ∧ ψ)), and S where P or Y
would do.
What is strict stays strict: P⊤ and Y⊤ are false at the first position, PPφ is not Pφ, but
YPφ = PYφ = PPφ. No rule adds to the size as a tree, to the depth or to the windows, except that
what was S may become Y.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import chain

from locality.theory.expressivity.connectives import negation
from locality.theory.expressivity.formulas import (
    FALSE,
    TEMPORAL,
    TRUE,
    And,
    Formula,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
    changed,
)

PASSES = 50


def simplify(formula: Formula, at_end: bool = False) -> Formula:
    """A formula that is true where the given one is, never larger as a tree or deeper.

    With `at_end`, true where the given one is at the end of words, which hold no letter there: what
    decides whether a word is accepted. At most `PASSES` passes over the formula.
    """
    if at_end:
        formula = changed(formula, _at_end)
    for _ in range(PASSES):
        simpler = changed(formula, _simpler)
        if simpler is formula:
            break
        formula = simpler
    return formula


def _at_end(one: Formula, parts: list[Formula]) -> Formula:
    if isinstance(one, Letter):
        return FALSE
    return one if isinstance(one, TEMPORAL) else _simpler(one, parts)


def _simpler(one: Formula, parts: list[Formula]) -> Formula:
    match one:
        case Not():
            return _not(parts[0])
        case And() | Or():
            return _join(type(one), parts)
        case Past():
            return _past(parts[0])
        case Within(_, window):
            return _within(parts[0], window)
        case Since():
            return _since(*parts)
    return one


def _not(operand: Formula) -> Formula:
    if isinstance(operand, And | Or):
        negated = sum(isinstance(part, Not) for part in operand.operands)
        if negated > len(operand.operands) - negated - 1:
            return _dual(type(operand))(tuple(map(negation, operand.operands)))
    return negation(operand)


def _past(operand: Formula) -> Formula:
    match operand:
        case Within(inner, _):
            return Past(Past(inner))
        case Or(parts):
            fresh = [part for part in parts if not _repeats(part, parts)]
            return Past(_join(Or, fresh))
    return FALSE if operand is FALSE else Past(operand)


def _repeats(part: Formula, parts: tuple[Formula, ...]) -> bool:
    """Whether the part says that another one was true before, which adds nothing under P."""
    return isinstance(part, Past | Within) and part.operand in parts


def _within(operand: Formula, window: int) -> Formula:
    if isinstance(operand, Past):
        return Past(operand)
    return FALSE if operand is FALSE else Within(operand, window)


def _since(holds: Formula, start: Formula) -> Formula:
    if start is FALSE:
        return FALSE
    if holds is TRUE or holds is negation(start):
        return Past(start)
    return Within(start, 1) if holds in (FALSE, start) else Since(holds, start)


def _dual(kind: type[And] | type[Or]) -> type[And] | type[Or]:
    return Or if kind is And else And


def _join(kind: type[And] | type[Or], parts: Iterable[Formula]) -> Formula:
    """The conjunction or disjunction of parts that are simple themselves."""
    unit, zero = (TRUE, FALSE) if kind is And else (FALSE, TRUE)
    nested = (part.operands if isinstance(part, kind) else (part,) for part in parts)
    found = dict.fromkeys(chain.from_iterable(nested))
    found.pop(unit, None)
    if zero in found or any(negation(part) in found for part in found):
        return zero
    if sum(_excludes(part, kind) for part in found) > 1:
        return zero
    kept = _absorb(_implied(_alone(list(found), kind), kind), kind)
    kept = _merge(kept, kind)
    if len(kept) > 1:
        return kind(tuple(kept))
    return kept[0] if kept else unit


def _excludes(part: Formula, kind: type) -> bool:
    """A letter among conjuncts, a letter's negation among disjuncts: no two can differ."""
    return isinstance(part if kind is And else negation(part), Letter)


def _alone(parts: list[Formula], kind: type) -> list[Formula]:
    """Without what the letter that is there, or the one that is not, makes plain: ¬b beside a."""
    if not any(_excludes(part, kind) for part in parts):
        return parts
    return [part for part in parts if not _excludes(negation(part), kind)]


def _implied(parts: list[Formula], kind: type) -> list[Formula]:
    """Without the conjuncts that others imply, and the disjuncts that imply others."""
    best = min if kind is And else max
    reaches: dict[Formula, float] = {}
    for part in parts:
        if isinstance(part, Past | Within):
            reaches[part.operand] = best(reaches.get(part.operand, _reach(part)), _reach(part))
    kept = [part for part in parts if not _reach(part) or _reach(part) == reaches[part.parts[0]]]
    later = [part for part in kept if isinstance(part, TEMPORAL) and part.parts[0] is not TRUE]
    vain = {part for part in kept if _reach(part)}.difference(later) if kind is And else {*later}
    return [part for part in kept if part not in vain] if later and TRUE in reaches else kept


def _reach(part: Formula) -> float:
    """How far a past operator looks back; 0 for what is none of P and Y≤k."""
    if isinstance(part, Past):
        return math.inf
    return part.window if isinstance(part, Within) else 0


def _absorb(parts: list[Formula], kind: type[And] | type[Or]) -> list[Formula]:
    """φ ∧ (φ ∨ ψ) = φ and φ ∧ (¬φ ∨ ψ) = φ ∧ ψ, and their duals."""
    present, dual = set(parts), _dual(kind)
    kept = []
    for part in parts:
        if not isinstance(part, dual):
            kept.append(part)
        elif present.isdisjoint(part.operands):
            kept.append(_join(dual, [one for one in part.operands if negation(one) not in present]))
    return kept


def _merge(parts: list[Formula], kind: type[And] | type[Or]) -> list[Formula]:
    """Pφ ∨ Pψ = P(φ ∨ ψ), and so for each Y≤k; Yφ ∧ Yψ = Y(φ ∧ ψ)."""
    groups: dict[object, list[Formula]] = {}
    for part in parts:
        joins = _reach(part) == 1 if kind is And else _reach(part) > 0
        groups.setdefault(_reach(part) if joins else part, []).append(part)
    return [_merged(group, kind) for group in groups.values()]


def _merged(group: list[Formula], kind: type[And] | type[Or]) -> Formula:
    first = group[0]
    if len(group) == 1:
        return first
    inner = kind(tuple(part.parts[0] for part in group))
    return Within(inner, first.window) if isinstance(first, Within) else Past(inner)
