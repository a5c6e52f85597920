"""Threshold: F ≥ 1 − δ for all scores of margin Δ iff x ≥ A(δ), tried on both sides of x = A.

Each row is tried at a δ of its own next to the critical one. δ is given by its log-odds: those of
two-level scores with the row's sizes and margin, moved by `shift(delta)` in (−½, ½). Where the
claim says that the margin is enough, the row itself must leak no more than δ; where it says that it
is not enough, those two-level scores must leak more than δ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.numbers import nearest_float, precision
from locality.theory.core.symbols import c, m
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import Rows, U, given
from locality.verify.checks.scales import measured
from locality.verify.checks.statistics import Statistics
from locality.verify.instances.batch import Floats, Instance


def shift(delta: Floats) -> Floats:
    """How far the tried level lies from the critical one, in nats of log-odds: δ or δ − 1."""
    return np.where(delta < 0.5, delta, delta - 1)


@dataclass(frozen=True)
class Threshold:
    """A `lead` of at least `bound` is claimed to be enough, and less not to be.

    `side` keeps one half of the claim; `lead` is the statistic that is compared, in temperatures.
    """

    bound: sp.Expr
    lead: str = "x"
    side: Literal["both", "enough", "not enough"] = "both"

    theorem: ClassVar[str] = "threshold"
    kind: ClassVar[Kind] = "iff"
    extras: ClassVar[frozenset[str]] = frozenset({"delta"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats.

        Tightness is 1 less the shift of the threshold that the row refutes on both sides: down by
        more than its own distance from equality in `leakage`, up by more than that of its δ.
        """
        moved = shift(given(rows.batch, "delta"))
        critical = self._critical(rows)
        level = critical + moved
        threshold = rows.value(self.bound, delta_logit=level)
        lead = getattr(rows, self.lead)
        error = rows.log_odds_error + U * (np.abs(critical) + np.abs(level) + np.abs(threshold))
        enough, unclear = lead >= threshold, np.abs(lead - threshold) <= 2 * error
        short = critical - rows.leakage_logit
        short_error = rows.leakage_logit_error + U * np.abs(short)
        slack = np.where(enough, short + moved, -moved)
        rounding = np.where(enough, error + short_error, error)
        sides = {"both": enough | ~enough, "enough": enough, "not enough": ~enough}
        return Evaluation(
            applicable=sides[self.side],
            lhs=threshold,
            rhs=lead,
            slack=np.where(unclear, 0.0, slack),
            rounding=np.where(unclear, 0.0, rounding),
            tightness=np.where(moved > 0, 1 - np.maximum(short, moved), np.nan),
        )

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, both leakages by softmax; undecided on the side left out."""
        level = self._level(instance)

        def ahead() -> arb:
            row = BallRow(instance)
            return getattr(row, self.lead) - row.value(self.bound, delta_logit=level)

        def measure() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            leaking = row.leakage_logit if enough else self._flat(row).leakage_logit
            lhs, rhs = (leaking, level) if enough else (level, leaking)
            return lhs, rhs, rhs - lhs

        def tightness(*_: arb) -> arb:
            row = BallRow(instance)
            flat = self._flat(row).leakage_logit
            return 1 - (flat - row.leakage_logit).max(level - flat)

        enough = judging.nonnegative(ahead)
        if enough is None or self.side == ("not enough" if enough else "enough"):
            return Judgement("undecided", (np.nan, np.nan))
        found = judging.upper(measure, tightness, scale=judging.nats)
        moved = float(shift(given(instance, "delta"))[0])
        return found if moved > 0 else replace(found, tightness=np.nan)

    def _critical(self, row: Statistics) -> Any:
        """The log-odds of leakage of two-level scores with these sizes and this lead."""
        log = row.functions["log"]
        return log(row.c) - log(row.m) - getattr(row, self.lead)

    def _level(self, instance: Instance) -> arb:
        """The log-odds of δ: a float, the same on every machine."""
        with precision(judging.PRECISIONS[0]):
            critical = nearest_float(self._critical(BallRow(instance)))
            return arb(critical + float(shift(given(instance, "delta"))[0]))

    def _flat(self, row: BallRow) -> BallRow:
        return row.two_level(getattr(row, self.lead) * row.temperature)


CHECK = Threshold(measured(theorem("threshold").claim.rhs))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound = CHECK.bound
    just_below = point((1,), (0, 0, 0), delta=1 - 2.0**-11)
    just_above = point((1,), (0, 0, 0), delta=2.0**-11)
    thousandth = sp.Rational(1, 1000)
    return (
        Mutant(
            "A-0.001",
            "a margin 0.001 temperatures below the threshold is enough",
            "constant",
            replace(CHECK, bound=bound - thousandth),
            just_below,
        ),
        Mutant(
            "A+0.001",
            "a margin 0.001 temperatures above the threshold is needed",
            "constant",
            replace(CHECK, bound=bound + thousandth),
            just_above,
        ),
        Mutant(
            "n-for-c",
            "all keys count as other keys",
            "size",
            replace(CHECK, bound=bound.subs(c, m + c)),
            just_above,
        ),
        Mutant(
            "m+1",
            "one relevant key too many",
            "size",
            replace(CHECK, bound=bound.subs(m, m + 1)),
            just_below,
        ),
        Mutant(
            "mean-over-C",
            "the margin is taken to the mean of the other scores",
            "statistic",
            replace(CHECK, lead="lead_over_average"),
            point((1,), (0, -8), delta=0.25),
        ),
        Mutant(
            "no-temperature",
            "the margin is not divided by the temperature",
            "statistic",
            replace(CHECK, lead="margin"),
            point((2,), (0, 0, 0), temperature=2.0, delta=0.25),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    tenth = sp.Rational(1, 10)
    return (
        Control(
            "mean-over-R",
            "the margin is taken from the mean of the relevant scores",
            "leakage holds with that mean, and two-level scores attain it",
            replace(CHECK, lead="lead_of_average"),
        ),
        Control(
            "enough-with-reserve",
            "0.1 temperatures more than the threshold is enough",
            "the sufficient half, with a larger margin",
            replace(CHECK, bound=CHECK.bound + tenth, side="enough"),
        ),
        Control(
            "too-little-with-reserve",
            "0.1 temperatures less than the threshold is not enough",
            "the necessary half, with a smaller margin",
            replace(CHECK, bound=CHECK.bound - tenth, side="not enough"),
        ),
    )
