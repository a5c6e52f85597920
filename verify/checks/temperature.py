"""Temperature: H(τ(1 + h)) > H(τ), and dH/dτ = Var/τ³ in units of 1/τ.

Tightness is 1 − h: the smaller the step whose sign is certified, the sharper the claim is tested.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.symbols import temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import BallPart, BallRow, slope_of_entropy
from locality.verify.checks.heating import Heating
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import Rows, given
from locality.verify.instances.batch import Instance

FINEST = arb(2) ** -256  # variances below it are not told apart: keys 170 temperatures behind
Measure = Literal["variance", "squared mean deviation"]


@dataclass(frozen=True)
class Temperature:
    """H rises with temperature, strictly if `strict`, at dH/dτ = `rate`/τ, which reads `measure` as
    variance; claimed also for rows whose scores are all equal if `ties`.
    """

    rate: sp.Expr
    measure: Measure = "variance"
    strict: bool = True
    ties: bool = False

    theorem: ClassVar[str] = "temperature"
    kind: ClassVar[Kind] = "monotone"
    extras: ClassVar[frozenset[str]] = frozenset({"step"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        heating = Heating(rows)
        variance = heating.variance if self.measure == "variance" else heating.mean_deviation**2
        lhs, rhs = heating.slope, rows.value(self.rate, variance=variance * rows.temperature**2)
        slack, exact = heating.slope_error - np.abs(lhs - rhs), np.zeros_like(lhs)
        applicable = rows.whole.least != rows.whole.top
        if self.ties:
            applicable = np.full_like(applicable, True)
        clear = np.where(heating.rise > heating.rise_error, 1 - heating.step, np.nan)
        rate = Evaluation(applicable, lhs, rhs, slack, exact, clear)
        return replace(rate, slack=heating.rise, rounding=heating.rise_error).guarded_by(rate)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls: both entropies, and dH/dτ by differentiating −Σ p ln p;
        undecided for equal scores where nothing is claimed of them.
        """
        if np.ptp(instance.scores[0]) == 0 and not self.ties:
            return Judgement("undecided", (math.nan, math.nan))
        step = float(given(instance, "step")[0])

        def rises() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            heated = BallPart(row.whole.keys, row.temperature * (1 + row.step))
            before, after = row.whole.entropy_over_ties, heated.entropy_over_ties
            return before, after, after - before

        def slopes() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            logits = [(s / row.temperature, k) for s, k in row.whole.keys]
            slope = slope_of_entropy([(z, -z, k) for z, k in logits])
            rate = row.value(self.rate, variance=self._measured(row))
            return slope, rate, abs(rate).max(FINEST)

        rise = judging.upper(rises, lambda *_: 1 - arb(step), scale=abs, strict=self.strict)
        return rise.guarded_by(judging.equal(slopes))

    def _measured(self, row: BallRow) -> arb:
        """The variance of the scores, or what a mutant takes for it."""
        keys, weights = row.whole.keys, [weight for _, weight in row.whole.weights]

        def mean(values: list[arb]) -> arb:
            pairs = zip(values, weights, strict=True)
            return sum((value * weight for value, weight in pairs), arb(0)) / row.whole.total

        centre = mean([score for score, _ in keys])
        away = [abs(score - centre) for score, _ in keys]
        if self.measure == "variance":
            return mean([a * a for a in away])
        return mean(away) * mean(away)


CHECK = Temperature(theorem("temperature").claim.rhs * temperature)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    rate, row = CHECK.rate, point((0,), (1, 3), temperature=2.0, step=0.5)
    return (
        Mutant(
            "variance+0.1%",
            "the rate is 0.1 % larger",
            "constant",
            replace(CHECK, rate=rate * sp.Rational(1001, 1000)),
            row,
        ),
        Mutant(
            "variance-0.1%",
            "the rate is 0.1 % smaller",
            "constant",
            replace(CHECK, rate=rate * sp.Rational(999, 1000)),
            row,
        ),
        Mutant(
            "mean-deviation",
            "the squared mean absolute deviation in place of the variance",
            "statistic",
            replace(CHECK, measure="squared mean deviation"),
            row,
        ),
        Mutant(
            "temperature-squared",
            "the rate is the variance over τ²",
            "term",
            replace(CHECK, rate=rate * temperature),
            row,
        ),
        Mutant(
            "strict-at-ties",
            "entropy strictly increases even if all scores are equal",
            "scope",
            replace(CHECK, ties=True),
            point((1,), (1, 1), step=0.5),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "never-falls",
            "entropy does not fall with temperature, even if all scores are equal",
            "equal scores give the uniform distribution at every temperature",
            replace(CHECK, strict=False, ties=True),
        ),
    )
