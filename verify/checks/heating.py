"""Entropy at two temperatures in floats, and how fast it rises, with bounds of their errors."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U
from locality.verify.instances.batch import Floats


class Heating:
    """Entropy of a batch's rows at τ and τ(1 + h), by sums over p = softmax(s/τ); E is under p.

    With y = (s − E s)/τ, κ = h/(1 + h), e = e^(−κy) − 1, the hotter softmax is p(1 + e)/(1 + E e)
    and H(τ(1 + h)) − H(τ) = ln(1 + E e) + κ E y − (1 − κ)(E ye − E e E y)/(1 + E e).
    """

    def __init__(self, rows: Rows) -> None:
        self.part, self.n, self.step = rows.whole, rows.batch.n, rows.step
        self.kappa = self.step / (1 + self.step)
        self.p = self.part.weight / self.part.total
        self.y = self.part.z + self.part.spread

    def mean(self, values: Floats) -> Floats:
        """E of values (keys, rows)."""
        return np.einsum("kr,kr->r", self.p, values)

    @cached_property
    def moved(self) -> Floats:
        """e^(−κy) − 1, for each key."""
        return np.expm1(-self.kappa * self.y)

    @cached_property
    def centre(self) -> Floats:
        """E y, 0 but for rounding."""
        return self.mean(self.y)

    @cached_property
    def variance(self) -> Floats:
        """E y²: the variance of the scores over τ²."""
        return self.mean(self.y * self.y)

    @cached_property
    def deviation(self) -> Floats:
        """√(E y²)."""
        return np.sqrt(self.variance)

    @cached_property
    def mean_deviation(self) -> Floats:
        """E |y|."""
        return self.mean(np.abs(self.y))

    @cached_property
    def lift(self) -> Floats:
        """E e."""
        return self.mean(self.moved)

    @cached_property
    def pull(self) -> Floats:
        """E ye."""
        return self.mean(self.y * self.moved)

    @cached_property
    def hotter_deviation(self) -> Floats:
        """√(E y²) under the hotter softmax."""
        square = self.mean(self.y * self.y * (1 + self.moved))
        return np.sqrt(square / (1 + self.lift))

    @cached_property
    def slope(self) -> Floats:
        """dH/d ln τ = E y ln p, the derivative of −Σ p ln p."""
        return self.mean(self.y * (self.part.z - self.part.log_total))

    @cached_property
    def rise(self) -> Floats:
        """H(τ(1 + h)) − H(τ)."""
        drawn = (self.pull - self.lift * self.centre) / (1 + self.lift)
        return np.log1p(self.lift) + self.kappa * self.centre - (1 - self.kappa) * drawn

    @cached_property
    def logit_error(self) -> Floats:
        """sd(e) of the errors e of the logits: 8u in a weight, u|y|, and 2u|z| in z, up to twice as
        hot, where √(E z²) ≤ 2(1 + ln n).
        """
        return FUNCTION + U * self.deviation + 4.2 * U * (1 + math.log(self.n))

    @cached_property
    def rise_error(self) -> Floats:
        """Of `rise`, from three sources.

        Inexact z and weights are exact ones of a row whose logits are off by e, |e| ≤ 2u|z| + 8u:
        its variance V differs by a relative 7000u (|z| ≤ 700) and 2 sd(e)·√V, and `rise` is the
        integral of V over ln τ, so it differs by as much of itself and 2 sd(e)·√(h·rise). The part
        8u of e is not divided by 1 + h: κ·8u·√V at the hotter end. Summing n terms costs
        (n + 30)u of their absolute values, E|y| ≤ √V and E|e| ≤ E e + 2κ√V.
        """
        size, off = np.abs(self.rise), self.logit_error
        backward = 7000 * U * size + 2 * off * np.sqrt(self.step * size) + self.step * off**2
        forward = self.kappa * FUNCTION * self.hotter_deviation
        lift = np.abs(self.lift) * (1 + self.deviation)
        terms = np.abs(self.pull) + lift + 3 * self.kappa * self.deviation
        return SECOND_ORDER * (backward + forward + (self.n + 30) * U * terms)

    @cached_property
    def slope_error(self) -> Floats:
        """Of `slope` less `variance`: as in `rise_error`; one common to all y counts H-fold."""
        log_n = math.log(self.n)
        summing = (self.n + 30) * U * (self.deviation * (1 + log_n) + self.variance)
        common = self.part.spread_error * (log_n + 2 * self.deviation)
        backward = 7000 * U * self.variance + 3 * self.logit_error * self.deviation
        return SECOND_ORDER * (summing + common + backward)
