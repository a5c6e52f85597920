"""Formulas of linear temporal logic with past: what an attention layer can say of earlier letters.

A position holds one letter, or none at the end of the word. Past operators are strict: they speak
of earlier positions only. Equal formulas are one object, so that shared parts are stored, compared
and evaluated once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from locality.theory.core.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class Formula:
    """A formula; `parse` reads one, `str` writes it back."""

    _known: ClassVar[WeakValueDictionary[tuple[Any, ...], Formula]] = WeakValueDictionary()

    def __new__(cls, *parts: Any) -> Formula:
        key = (cls, *parts)
        known = cls._known.get(key)
        if known is None:
            known = object.__new__(cls)
            cls._known[key] = known
        return known

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        from locality.theory.expressivity.syntax import short

        return short(self)

    def __repr__(self) -> str:
        return f"parse({str(self)!r})"

    def __invert__(self) -> Formula:
        return Not(self)

    def __and__(self, other: Formula) -> Formula:
        return And((self, other))

    def __or__(self, other: Formula) -> Formula:
        return Or((self, other))

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas that this one is made of."""
        return ()


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Formula):
    """Always true, or always false."""

    value: bool


@dataclass(frozen=True, eq=False, repr=False)
class Letter(Formula):
    """π_a: this position holds the letter; false at the end of the word."""

    symbol: str


@dataclass(frozen=True, eq=False, repr=False)
class Not(Formula):
    """¬φ."""

    operand: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.operand,)


@dataclass(frozen=True, eq=False, repr=False)
class And(Formula):
    """φ₁ ∧ … ∧ φ_n; true if there is none."""

    operands: tuple[Formula, ...]

    @property
    def parts(self) -> tuple[Formula, ...]:
        return self.operands


@dataclass(frozen=True, eq=False, repr=False)
class Or(Formula):
    """φ₁ ∨ … ∨ φ_n; false if there is none."""

    operands: tuple[Formula, ...]

    @property
    def parts(self) -> tuple[Formula, ...]:
        return self.operands


@dataclass(frozen=True, eq=False, repr=False)
class Past(Formula):
    """Pφ: φ at some earlier position. What a strictly masked global head reads."""

    operand: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.operand,)


@dataclass(frozen=True, eq=False, repr=False)
class Within(Formula):
    """Y≤kφ: φ at one of the k positions before this one. What a head with window k reads.

    `window` is k ≥ 1; Y≤1 is Y, "yesterday".
    """

    operand: Formula
    window: int

    def __post_init__(self) -> None:
        if self.window < 1:
            raise InputError(f"window {self.window!r}: expected an integer of at least 1")

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.operand,)


@dataclass(frozen=True, eq=False, repr=False)
class Since(Formula):
    """φ S ψ: ψ at some earlier position, and φ at every position between that one and this."""

    holds: Formula
    start: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.holds, self.start)


TRUE, FALSE = Constant(True), Constant(False)
TEMPORAL = (Past, Within, Since)


def yesterday(operand: Formula, times: int = 1) -> Formula:
    """Y…Yφ: φ exactly `times` positions ago."""
    for _ in range(times):
        operand = Within(operand, 1)
    return operand


def subformulas(formula: Formula) -> Iterator[Formula]:
    """Every part once, each after its own parts, the formula itself last."""
    seen: set[Formula] = set()
    waiting: list[tuple[Formula, bool]] = [(formula, False)]
    while waiting:
        one, opened = waiting.pop()
        if one in seen:
            continue
        if opened:
            seen.add(one)
            yield one
        else:
            waiting.append((one, True))
            waiting += [(part, False) for part in reversed(one.parts)]


def with_parts(formula: Formula, parts: Sequence[Formula]) -> Formula:
    """The same operator of other parts; letters and constants have none."""
    match formula:
        case And() | Or():
            return type(formula)(tuple(parts))
        case Within(_, window):
            return Within(parts[0], window)
    return type(formula)(*parts) if parts else formula


def changed(formula: Formula, change: Callable[[Formula, list[Formula]], Formula]) -> Formula:
    """The formula with every part changed, given its own parts as changed before it."""
    made: dict[Formula, Formula] = {}
    for one in subformulas(formula):
        made[one] = change(one, [made[part] for part in one.parts])
    return made[formula]


def depth(formula: Formula) -> int:
    """The largest number of past operators inside one another: layers of attention needed."""
    depths: dict[Formula, int] = {}
    for one in subformulas(formula):
        inner = max((depths[part] for part in one.parts), default=0)
        depths[one] = inner + isinstance(one, TEMPORAL)
    return depths[formula]


def letters(formula: Formula) -> frozenset[str]:
    """The letters that it names."""
    return frozenset(one.symbol for one in subformulas(formula) if isinstance(one, Letter))


def windows(formula: Formula) -> frozenset[int]:
    """The windows k of its operators Y≤k."""
    return frozenset(one.window for one in subformulas(formula) if isinstance(one, Within))


def check_alphabet(alphabet: str) -> None:
    """InputError for an alphabet that is not one or more letters and digits, each once.

    Both are those of Unicode. A comma or a space would pass for one, where a list was meant.
    """
    if not alphabet.isalnum() or len(set(alphabet)) < len(alphabet):
        raise InputError(f"alphabet {alphabet!r}: expected letters and digits, each once")


def check_letters(formula: Formula, alphabet: str) -> None:
    """InputError for an alphabet that is none, or that lacks a letter of the formula."""
    check_alphabet(alphabet)
    foreign = sorted(letters(formula) - set(alphabet))
    if foreign:
        raise InputError(f"letter {foreign[0]!r}: expected one of {alphabet!r}")
