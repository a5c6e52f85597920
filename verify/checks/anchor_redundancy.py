"""Anchor redundancy: entropy rises on both sides of the turning point, in steps as small as told.

Each row gives the number n of tokens, c of other tokens, and the gap x. From the claimed turning
point a step towards more copies, and one towards fewer, must both raise the entropy of two-level
scores; with copies that are added, too. Copies count as weights, so they need not be whole.
Tightness is 1 − step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.symbols import c, n, x
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, given
from locality.verify.instances.batch import Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("anchor-redundancy").claims}
DEEP = 690.0  # beyond it e^−x has no relative accuracy
TURNING_ERROR = 20 * FUNCTION
"""Relative error of a turning point and of what is made from it: x + expm1(−x) loses a factor of 9
at x = ½, on two functions; the rest are a dozen operations."""


@dataclass(frozen=True)
class Move:
    """From `start` to `end` copies; `slope` is what a copy adds to the weights' sum, in that of a
    copy, and `size` how many tokens weigh e^−x of it at no copies.
    """

    start: Any
    end: Any
    slope: Any
    size: Any


@dataclass(frozen=True)
class AnchorRedundancy:
    """Entropy turns at `swapped` copies of n tokens, and at `added` beside c; if `signed`, for gaps
    of either sign.
    """

    swapped: sp.Expr
    added: sp.Expr
    signed: bool = False

    theorem: ClassVar[str] = "anchor-redundancy"
    kind: ClassVar[Kind] = "iff"
    extras: ClassVar[frozenset[str]] = frozenset({"step"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            up, down, more, fewer = (self._lifted(rows, move) for move in self._moves(rows))
        beside = fewer.applicable & ~(fewer.lhs == 0)
        return up.guarded_by(down).guarded_by(more).guarded_by(replace(fewer, applicable=beside))

    def _lifted(self, rows: Rows, move: Move) -> Evaluation:
        deep = np.abs(rows.x) > DEEP
        lift, error = lifted(move, rows.x)
        clear = np.where(lift > error, 1 - rows.step, np.nan)
        applicable = ~(rows.x == 0) if self.signed else ~(rows.x <= 0)
        return Evaluation(
            applicable,
            lhs=np.broadcast_to(move.start, lift.shape),
            rhs=np.broadcast_to(move.end, lift.shape),
            slack=np.where(deep, 0.0, lift),
            rounding=np.where(deep, 0.0, error),
            tightness=np.where(deep, np.nan, clear),
        )

    def _moves(self, row: Rows | BallRow) -> tuple[Move, ...]:
        """Copies swapped in and taken out, copies added and dropped."""
        tokens, step = row.m + row.c, row.step
        least = row.value(self.swapped, n=tokens)
        turn = row.functions["ramp"](row.value(self.added))
        room = _smaller(least, tokens - least)
        swap = (row.functions["fall"](row.x), tokens)
        return (
            Move(least, least + step * room, *swap),
            Move(least, least - step * room, *swap),
            Move(turn, turn + step * _reach(turn, row.c), 1, row.c),
            Move(turn, turn - step * turn, 1, row.c),
        )

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, entropies by their definition; undecided out of scope."""
        gap = float(BallRow(instance).x)
        if not (gap != 0 if self.signed else gap > 0):
            return Judgement("undecided", (math.nan, math.nan))

        def rises(which: int) -> Callable[[], tuple[arb, arb, arb]]:
            def measure() -> tuple[arb, arb, arb]:
                row = BallRow(instance)
                move = self._moves(row)[which]
                rest = (lambda r: move.size) if which > 1 else (lambda r: move.size - r)
                before, after = (entropy(r, rest(r), row.x) for r in (move.start, move.end))
                return before, after, after - before

            return measure

        step = arb(float(given(instance, "step")[0]))
        told = [
            judging.upper(rises(which), lambda *_: 1 - step, scale=judging.nats, strict=True)
            for which in range(4 if self._turns_beside(instance) else 3)
        ]
        return told[0].guarded_by(*told[1:])

    def _turns_beside(self, instance: Instance) -> bool:
        return judging.nonnegative(lambda: -BallRow(instance).value(self.added)) is not True


def _smaller(one: Any, other: Any) -> Any:
    return one.min(other) if isinstance(one, arb) else np.minimum(one, other)


def _reach(turn: Any, other: Any) -> Any:
    """The turning point, or where there is none, as many copies as other tokens."""
    if isinstance(turn, arb):
        return turn if turn > 0 else other
    return np.where(turn > 0, turn, other)


def lifted(move: Move, gap: Floats) -> tuple[Floats, Floats]:
    """H after a move less H before, for a gap x; its error.

    With w = slope·r + size·e^−x and t = (r′ − r)·slope/w it is ln(1 + t) − k·t/(1 + t), where
    k = x·size·e^−x/(slope·w) is 1 at the turning point.
    """
    light = move.size * np.exp(-gap)
    weight = move.slope * move.start + light
    t = (move.end - move.start) * move.slope / weight
    k, kept = gap * light / (move.slope * weight), t / (1 + t)
    bend = np.log1p(t) - kept
    error = 2 * FUNCTION * np.abs(t) + TURNING_ERROR * (1 + np.abs(k)) * np.abs(kept)
    return bend + (1 - k) * kept, SECOND_ORDER * error


def entropy(copies: arb, rest: arb, gap: arb) -> arb:
    """−Σ p ln p of so many tokens at a score and so many a gap below it."""
    low = (-gap).exp()
    total = copies + rest * low
    ours, theirs = 1 / total, low / total
    return -(copies * ours * ours.log() + rest * theirs * theirs.log())


CHECK = AnchorRedundancy(CLAIMS["turning"], CLAIMS["added"])


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    swapped = CHECK.swapped
    near = point((2,), (0, 0, 0), step=2.0**-12)

    def moved(name: str, text: str, share: sp.Rational) -> Mutant:
        return Mutant(name, text, "constant", replace(CHECK, swapped=swapped * share), near)

    return (
        moved("turning+0.1%", "entropy turns 0.1 % later", sp.Rational(1001, 1000)),
        moved("turning-0.1%", "entropy turns 0.1 % earlier", sp.Rational(999, 1000)),
        Mutant(
            "half",
            "entropy turns where half of the tokens are copies",
            "constant",
            replace(CHECK, swapped=n / 2),
            near,
        ),
        Mutant(
            "c-for-n",
            "only the other tokens count",
            "size",
            replace(CHECK, swapped=swapped.subs(n, c)),
            near,
        ),
        Mutant(
            "added-like-swapped",
            "copies that are added turn entropy where swapped ones do",
            "statistic",
            replace(CHECK, added=swapped.subs(n, c)),
            near,
        ),
        Mutant(
            "x-for-x-1",
            "copies that are added turn entropy at cxe⁻ˣ",
            "term",
            replace(CHECK, added=c * x * sp.exp(-x)),
            near,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "either-sign",
            "the gap may be negative",
            "exchanging the two levels turns r into n − r, and r_c(−x) = n − r_c(x)",
            replace(CHECK, signed=True),
        ),
    )
