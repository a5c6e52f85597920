"""The statistics of a batch in float64, each computed at most once, with bounds of their errors.

Arrays over rows. Errors are absolute, from u = 2⁻⁵³ and the library's functions, which are trusted
to `FUNCTION` relative error (tested). With k keys in a part: z = (s − top)/τ is off by 2u|z|, so a
weight is off by 2u|z| + FUNCTION relatively; a sum of k positive terms adds (k − 1)u; and under
the part's softmax E|z| ≤ ln k, E z² ≤ (1 + ln k)².
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from locality.theory.core.numbers import ARRAYS
from locality.verify.checks.statistics import Statistics
from locality.verify.instances.batch import Batch, Floats, Instance

U = 2.0**-53
FUNCTION = 8 * U  # four units in the last place for exp, log, log1p, expm1, softplus' parts
SECOND_ORDER = 1.01  # products of the small errors, all below 1e-3
NEAR = 2.0**-10  # temperatures within which scores nearly tie
FLOOR = -700.0  # below it a weight is under 1e-304; exp of denormals is 20 times slower


def exp(z: Floats) -> Floats:
    """exp by torch: its vector code is twice as fast as NumPy's."""
    return torch.exp(torch.from_numpy(z)).numpy()


def _shared(array: Floats) -> torch.Tensor:
    """The array as a tensor; one that may not be written, as stored instances are, is copied."""
    return torch.from_numpy(np.require(array, requirements="W"))


class RowPart:
    """One part of every row: arrays over rows, and weights (keys, rows)."""

    def __init__(self, scores: Floats, temperature: Floats) -> None:
        self.scores, self.temperature = scores, temperature
        self.count = scores.shape[1]

    @cached_property
    def top(self) -> Floats:
        return self.scores.max(axis=1)

    @cached_property
    def least(self) -> Floats:
        return self.scores.min(axis=1)

    @cached_property
    def average(self) -> Floats:
        return self.scores.mean(axis=1)

    @cached_property
    def z(self) -> Floats:
        """(s − top)/τ, no less than FLOOR; (keys, rows)."""
        z = torch.empty((self.count, len(self.scores)), dtype=torch.float64)
        torch.sub(_shared(self.scores.T), _shared(self.top), out=z)
        z /= _shared(self.temperature)  # torch broadcasts a third faster than NumPy
        deep = self.least - self.top < FLOOR * self.temperature
        return (z.clamp_(min=FLOOR) if deep.any() else z).numpy()

    @cached_property
    def weight(self) -> Floats:
        return exp(self.z)

    @cached_property
    def total(self) -> Floats:
        return self.weight.sum(axis=0)

    @cached_property
    def log_total(self) -> Floats:
        return np.log(self.total)

    @cached_property
    def spread(self) -> Floats:
        return -np.einsum("kr,kr->r", self.z, self.weight) / self.total

    @cached_property
    def total_error(self) -> float:
        """Relative error of `total`: 2u E|z| + FUNCTION + (k − 1)u."""
        return 2.1 * U * math.log(self.count) + FUNCTION + self.count * U

    @cached_property
    def log_total_error(self) -> float:
        """Error of `log_total`: the total's, and the logarithm's on at most ln k."""
        return self.total_error + FUNCTION * math.log(self.count)

    @cached_property
    def spread_error(self) -> Floats:
        """Error of `spread`: 2u E z² in the weights, then relative errors on E|z| = `spread`.

        E z² is at most (1 + ln k)², and at most |FLOOR| E|z| where little weight is off the top.
        Keys below FLOOR count with less than 700 e^−700 too much each.
        """
        square = np.minimum((1 + math.log(self.count)) ** 2, -FLOOR * self.spread)
        relative = FUNCTION + (self.count + 6) * U + self.total_error
        floored = self.count * 1e-301
        return SECOND_ORDER * (2.1 * U * square + relative * self.spread + floored)

    @cached_property
    def climb(self) -> Floats:
        """E[(s − least)/τ]."""
        return (self.top - self.least) / self.temperature - self.spread


class Rows(Statistics[RowPart]):
    """The statistics of a batch, shared by all checks of one draw."""

    functions: Mapping[str, Any] = ARRAYS

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.temperature = batch.temperature
        self.ahead = RowPart(batch.scores[:, : batch.m], batch.temperature)
        self.behind = RowPart(batch.scores[:, batch.m :], batch.temperature)

    @cached_property
    def log_odds_error(self) -> Floats:
        """Error of ln(c/m) − x in floats: c/m, the logarithm, x (2u), and the subtraction."""
        log_ratio = abs(math.log(self.batch.c / self.batch.m))
        return U + (FUNCTION + U) * log_ratio + 3.1 * U * np.abs(self.x)

    @cached_property
    def leakage_logit_error(self) -> Floats:
        """Both parts' logarithms, the gap's 2u|gap|, and two additions."""
        logs = math.log(self.batch.m) + math.log(self.batch.c)
        constant = self.ahead.log_total_error + self.behind.log_total_error + 2 * U * logs
        return constant + 3.1 * U * np.abs(self.gap)

    @cached_property
    def _odds(self) -> Floats:
        """e^−|logit ε|, from which everything about whether attention leaks follows."""
        return np.exp(-np.abs(self.leakage_logit))

    @cached_property
    def leakage(self) -> Floats:
        return np.where(self.leakage_logit < 0, self._odds, 1.0) / (1 + self._odds)

    @cached_property
    def fidelity(self) -> Floats:
        return np.where(self.leakage_logit < 0, 1.0, self._odds) / (1 + self._odds)

    @cached_property
    def entropy_of_leaking(self) -> Floats:
        odds = self._odds
        return np.log1p(odds) + np.abs(self.leakage_logit) * odds / (1 + odds)

    @cached_property
    def nearly_tied(self) -> NDArray[np.bool_]:
        """Rows whose relevant scores differ, but by less than NEAR temperatures."""
        width = self.ahead.top - self.ahead.least
        return (width > 0) & (width < NEAR * self.temperature)

    @cached_property
    def unevenness(self) -> Floats:
        """ln m − H_R; a difference of two nearly equal numbers where the scores nearly tie, and
        there Σ gibbs(1 + g)/m, m(1 + g) being the weights over their mean.
        """
        uneven, near = super().unevenness, self.nearly_tied
        if near.any():
            fall = np.expm1(self.ahead.z[:, near])
            mean = fall.mean(axis=0)
            uneven[near] = _mean_gibbs((fall - mean) / (1 + mean))
        return uneven

    @cached_property
    def unevenness_error(self) -> Floats:
        """Both logarithms and the spread; where scores nearly tie, that of g through Σ g²/2m; none
        where they tie.
        """
        apart = self.ahead.log_total_error + self.ahead.spread_error
        error = apart + 4 * U * math.log(self.batch.m)
        error[self.ahead.spread == 0] = 0.0
        near = self.nearly_tied
        if near.any():
            width = (self.ahead.top[near] - self.ahead.least[near]) / self.temperature[near]
            size = np.abs(self.unevenness[near])
            g_error = (FUNCTION + (self.batch.m + 8) * U) * width
            error[near] = np.sqrt(2 * size) * g_error + 10 * U * size
        return error

    @cached_property
    def entropy_excess_error(self) -> Floats:
        """By terms: the leakage's error through ∂/∂logit, each part's entropy, rounding of each.

        ∂(excess)/∂(logit ε) = ε(1 − ε)(H_C − H_R − logit ε).
        """
        log_m = math.log(self.batch.m)
        behind = self.leakage * (self.entropy_behind + log_m)
        ahead = self.fidelity * np.abs(self.unevenness)
        slope = self.leakage * self.fidelity * np.abs(self.leakage_logit) + behind + ahead
        behind_error = self.behind.log_total_error + self.behind.spread_error
        rounding = (2 * FUNCTION + 8 * U) * (self.entropy_of_leaking + behind + ahead)
        parts = self.leakage * behind_error + self.fidelity * self.unevenness_error
        propagated = slope * self.leakage_logit_error + parts
        return SECOND_ORDER * (propagated + rounding)

    def lse_error(self, part: RowPart) -> Floats:
        """Error of a part's lse: its logarithm, top/τ, and the addition."""
        size = np.abs(part.top / self.temperature)
        return part.log_total_error + U * (2 * size + math.log(part.count))

    @property
    def two_level(self) -> NDArray[np.bool_]:
        """Whether all scores of R are equal and all scores of C are equal."""
        parts = (self.ahead, self.behind)
        return np.logical_and(*(part.least == part.top for part in parts))

    @cached_property
    def whole(self) -> RowPart:
        """All keys of a row as one part."""
        return RowPart(self.batch.scores, self.temperature)

    @cached_property
    def dialled(self) -> Rows:
        """The rows with every score outside R lowered by the dial, from the lowered scores."""
        scores = self.batch.scores.copy(order="K")
        scores[:, self.batch.m :] -= self.dial[:, None]
        return Rows(replace(self.batch, scores=scores))

    @cached_property
    def dialling_error(self) -> Floats:
        """What rounding the lowered scores does to a log-odds: u max|s − λ|/τ."""
        part = self.dialled.behind
        return U * np.maximum(np.abs(part.top), np.abs(part.least)) / self.temperature

    @cached_property
    def log_ratio_error(self) -> Floats:
        """Both spreads, the gap, and two additions."""
        size = self.ahead.spread + self.behind.spread
        parts = self.ahead.spread_error + self.behind.spread_error + 3 * U * size
        return SECOND_ORDER * (parts + 5 * U * np.abs(self.gap))

    @cached_property
    def reserve_error(self) -> Floats:
        """Both spreads, the width of the block's scores, and two additions."""
        width = (self.ahead.top - self.ahead.least) / self.temperature
        parts = self.ahead.spread_error + self.behind.spread_error
        return SECOND_ORDER * (parts + 4 * U * (width + self.behind.spread))

    @property
    def dial(self) -> Floats:
        """λ, in units of s."""
        return given(self.batch, "dial")

    @property
    def step(self) -> Floats:
        """Relative steps."""
        return given(self.batch, "step")


def _mean_gibbs(g: Floats) -> Floats:
    """Mean over keys of t ln t − t + 1 at t = 1 + g, by its series: |g| is at most about NEAR."""
    series = 1 / 2 - g * (1 / 6 - g * (1 / 12 - g * (1 / 20 - g / 30)))
    return np.mean(g * g * series, axis=0)


def given(source: Batch | Instance, name: str) -> Floats:
    """An extra of a batch or instance; LookupError if it was drawn without."""
    found: Floats | None = getattr(source, name)
    if found is None:
        raise LookupError(f"no {name!r} was drawn: expected a check that names it in `extras`")
    return found
