"""What a campaign asks of a check, and what a check answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from locality.verify.checks.rows import Rows
from locality.verify.instances.batch import Floats, Instance

Kind = Literal["upper", "equal", "iff", "monotone"]
Verdict = Literal["holds", "attained", "undecided", "violated"]
Change = Literal["constant", "size", "term", "statistic", "scope"]

SEVERITY: tuple[Verdict, ...] = ("holds", "attained", "undecided", "violated")

BLUR = 2.0**-10  # floats count where they resolve this share of what is tested


@dataclass(frozen=True)
class Evaluation:
    """What floats say about the instances of a batch; every array has one entry an instance.

    `slack` > `rounding` decides that the claim holds, and nothing else does: NaN never passes.
    `rounding` is a derived bound of the slack's error. `lhs` and `rhs` are the claim's sides on the
    scale on which the slack is taken; `tightness` is 1 where the claim is sharp and NaN where it
    is not defined. An equality's slack is an allowance minus |residual|, with rounding 0; slack 0
    says that floats resolve too little to decide. `sharp` marks the shape for which the theorem
    says equality; None where nothing is in doubt or equality is never attained.
    """

    applicable: NDArray[np.bool_]
    lhs: Floats
    rhs: Floats
    slack: Floats
    rounding: Floats
    tightness: Floats
    sharp: NDArray[np.bool_] | None = None

    @classmethod
    def of_equality(cls, lhs: Floats, rhs: Floats, allowance: Floats, effect: Floats) -> Evaluation:
        """lhs = rhs within an allowance, tested where the effect is not 0.

        An allowance that would hide a part in a thousand of the effect decides nothing.
        """
        off = np.abs(lhs - rhs)
        blurred = (off <= allowance) & (allowance > BLUR * effect)
        with np.errstate(divide="ignore", invalid="ignore"):
            tightness = 1 - off / effect
        slack = np.where(blurred, 0.0, allowance - off)
        return cls(effect != 0, lhs, rhs, slack, np.zeros_like(slack), tightness)

    @property
    def in_doubt(self) -> NDArray[np.bool_]:
        """Applicable instances that floats do not settle."""
        return self.applicable & ~(self.slack > self.rounding)

    @property
    def attained(self) -> NDArray[np.bool_]:
        """Applicable instances of the sharp shape whose slack is 0 within rounding."""
        if self.sharp is None:
            return np.zeros_like(self.applicable)
        return self.applicable & self.sharp & (np.abs(self.slack) <= self.rounding)

    def sharp_where(self, shape: Callable[[], NDArray[np.bool_]]) -> Evaluation:
        """This evaluation with its sharp instances marked, if any instance is in doubt."""
        return replace(self, sharp=shape()) if self.in_doubt.any() else self

    def guarded_by(self, second: Evaluation) -> Evaluation:
        """This evaluation, with the slack of a second claim where only that one is in doubt."""
        swap = second.in_doubt & ~self.in_doubt
        one, other = (np.False_ if each.sharp is None else each.sharp for each in (self, second))
        return replace(
            self,
            sharp=np.where(swap, other, one),
            applicable=self.applicable | swap,
            slack=np.where(swap, second.slack, self.slack),
            rounding=np.where(swap, second.rounding, self.rounding),
        )


@dataclass(frozen=True)
class Judgement:
    """What balls say about one instance: a verdict, the slack's enclosure, certified tightness."""

    verdict: Verdict
    slack: tuple[float, float]
    tightness: float = float("nan")

    def guarded_by(self, *others: Judgement) -> Judgement:
        """The worst of this judgement and the others, with the tightness of this one."""
        worst = max((self, *others), key=lambda found: SEVERITY.index(found.verdict))
        return replace(worst, tightness=self.tightness)


class Check(Protocol):
    """How one theorem's claim is measured. `width`: rows that an instance takes."""

    @property
    def theorem(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def extras(self) -> frozenset[str]: ...
    @property
    def width(self) -> int: ...

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every instance of a batch in floats."""
        ...

    def judge(self, instance: Instance) -> Judgement:
        """Decide one instance in balls, from its exact floats."""
        ...


class FalsePoint(ValueError):
    """A mutant was registered with a point at which it is not certified false."""


@dataclass(frozen=True)
class Mutant:
    """A claim that is false, at `point` certifiably so; a campaign must find that by itself.

    FalsePoint if balls do not refute it there.
    """

    name: str
    text: str
    kind: Change
    check: Check
    point: Instance

    def __post_init__(self) -> None:
        found = self.check.judge(self.point).verdict
        if found != "violated":
            raise FalsePoint(f"mutant {self.name!r} at its point: {found}, expected violated")


@dataclass(frozen=True)
class Control:
    """A changed claim that is still true, and why; a campaign must not refute it."""

    name: str
    text: str
    why: str
    check: Check


def point(
    relevant: tuple[float, ...],
    others: tuple[float, ...],
    temperature: float = 1.0,
    **extras: float,
) -> Instance:
    """One row by its scores, with extras by name."""
    return Instance(
        scores=np.array([relevant + others]),
        m=len(relevant),
        temperature=np.array([temperature]),
        **{name: np.array([value]) for name, value in extras.items()},
    )
