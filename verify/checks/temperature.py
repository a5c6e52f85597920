"""Temperature: H(τ(1 + h)) > H(τ), and dH/dτ = Var/τ³ in units of 1/τ.

Tightness is 1 − h: the smaller the step whose sign is certified, the sharper the claim is tested.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.symbols import temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import BallPart, BallRow, slope_of_entropy
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, U, Rows, given
from locality.verify.instances.batch import Floats, Instance

FINEST = arb(2) ** -256  # variances below it are not told apart: keys 170 temperatures behind
Measure = Literal["variance", "squared mean deviation"]


class Heating:
    """Entropy of a batch's rows at τ and τ(1 + h), by sums over p = softmax(s/τ).

    With y = (s − E s)/τ, e = e^(−κy) − 1 and κ = h/(1 + h), the hotter softmax is p(1 + e)/(1 + E e)
    and H(τ(1 + h)) − H(τ) = ln(1 + E e) + κ E y − (1 − κ)(E ye − E e E y)/(1 + E e).
    """

    def __init__(self, rows: Rows) -> None:
        self.part, self.n = rows.whole, rows.batch.n
        self.step = rows.step
        self.kappa = self.step / (1 + self.step)

    @cached_property
    def p(self) -> Floats:
        return self.part.weight / self.part.total

    @cached_property
    def y(self) -> Floats:
        return self.part.z + self.part.spread

    @cached_property
    def moments(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """E y, E y², E e, E ye and E y²e."""
        py, e = self.p * self.y, np.expm1(-self.kappa * self.y)
        pye = py * e
        products = ((py, self.y), (self.p, e), (pye, self.y))
        square, lift, cooled = (np.einsum("kr,kr->r", a, b) for a, b in products)
        return py.sum(axis=0), square, lift, pye.sum(axis=0), cooled

    @cached_property
    def rise(self) -> Floats:
        """H(τ(1 + h)) − H(τ)."""
        mean, _, lift, moved, _ = self.moments
        pull = (moved - lift * mean) / (1 + lift)
        return np.log1p(lift) + self.kappa * mean - (1 - self.kappa) * pull

    @cached_property
    def rise_error(self) -> Floats:
        """Of `rise`, from three sources.

        Inexact z and weights are exact ones of a row whose logits are off by e, |e| ≤ 2u|z| + 8u:
        its variance V differs by a relative 7000u (|z| ≤ 700) and 2 sd(e)·√V, and `rise` is the
        integral of V over ln τ, so it differs by as much of itself and 2 sd(e)·√(h·rise). The part
        8u of e is not divided by 1 + h: κ·8u·√V at the hotter end. Summing n terms costs
        (n + 30)u of their absolute values, E|y| ≤ √V and E|e| ≤ E e + 2κ√V.
        """
        _, square, lift, moved, cooled = self.moments
        deviation, size = np.sqrt(square), np.abs(self.rise)
        hotter = np.sqrt(np.abs(square + cooled) / (1 + lift))
        off = FUNCTION + U * deviation + 4.2 * U * (1 + math.log(self.n))
        backward = 7000 * U * size + 2 * off * np.sqrt(self.step * size) + self.step * off**2
        forward = self.kappa * FUNCTION * hotter
        terms = np.abs(moved) + np.abs(lift) * (1 + deviation) + 3 * self.kappa * deviation
        return SECOND_ORDER * (backward + forward + (self.n + 30) * U * terms)


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
        mean, square, *_ = heating.moments
        lhs = np.einsum("kr,kr->r", heating.p * heating.y, heating.part.z - heating.part.log_total)
        deviation = np.einsum("kr,kr->r", heating.p, np.abs(heating.y))
        measured = square if self.measure == "variance" else deviation**2
        rhs = rows.value(self.rate, variance=measured * rows.temperature**2)
        applicable = np.full(lhs.shape, True) if self.ties else rows.whole.least < rows.whole.top
        rate = Evaluation(
            applicable, lhs, rhs, self._allowance(heating) - np.abs(lhs - rhs), np.zeros_like(lhs), lhs
        )
        tightness = np.where(heating.rise > heating.rise_error, 1 - heating.step, np.nan)
        rise = replace(rate, slack=heating.rise, rounding=heating.rise_error, tightness=tightness)
        return rise.guarded_by(rate)

    def _allowance(self, heating: Heating) -> Floats:
        """As in `Heating.rise_error`; and a common error of all y, which E y ln p multiplies by H."""
        _, square, *_ = heating.moments
        deviation, log_n = np.sqrt(square), math.log(heating.n)
        off = FUNCTION + U * deviation + 4.2 * U * (1 + log_n)
        summing = (heating.n + 30) * U * (deviation * (1 + log_n) + square)
        common = heating.part.spread_error * (log_n + 2 * deviation)
        return SECOND_ORDER * (summing + common + 7000 * U * square + 3 * off * deviation)

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
        mean = sum((s * w for (s, _), w in zip(keys, weights, strict=True)), arb(0)) / row.whole.total
        away = [abs(s - mean) for s, _ in keys]
        power = [a * a if self.measure == "variance" else a for a in away]
        moment = sum((a * w for a, w in zip(power, weights, strict=True)), arb(0)) / row.whole.total
        return moment if self.measure == "variance" else moment * moment


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
