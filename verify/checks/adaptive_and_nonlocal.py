"""Adaptive and non-local: what leaving out C moves the mean by, and kernels of moved points.

Keys are patches, R is kept; exponents are counted from the best kept patch, the cut-off is the
least exponent on C. Both sides are divided by the mass of C, so that the bound is
D·(1 + (u − 1)·σ(−L)), L its log-odds and u its odds over those of C. Beside it, keys and a query
half way between two of them are shifted, rotated and scaled together: with the distance of the
m-th nearest key for a bandwidth, means with the moved points' kernel are those with the claimed
one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import (
    bandwidth_scale,
    c,
    cutoff,
    diameter,
    distance,
    log_kept,
    reach,
)
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.outputs import (
    Outputs,
    Reach,
    anywhere,
    between,
    change,
    one_value_each,
    squared_diameter,
    squared_length,
    within,
)
from locality.verify.checks.passes import inner
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.checks.scales import log_odds
from locality.verify.instances.batch import Floats, Instance

mean_exponent = sp.Symbol("mean_exponent", real=True)

STEPS = 40  # operations that make a squared distance of moved points, in any of the dimensions used


def known(row: Any) -> dict[str, Any]:
    """What the bound reads of a row, exponents counted from the best kept patch."""
    average = (row.ahead.top - row.behind.average) / row.temperature
    return {
        "c": row.c,
        "cutoff": row.gap,
        "log_kept": row.ahead.log_total,
        "mean_exponent": average,
    }


# -- points, and the same points shifted, rotated and scaled --------------------------------------


def middle(keys: Floats) -> Floats:
    """The query: half way between the first key and the last."""
    return (keys[..., 0, :] + keys[..., -1, :]) / 2


def moved(point: Sequence[Any], rates: Any, stretch: Any) -> list[Any]:
    """A point turned by the angle of a 3-4-5 triangle (on a line reflected), stretched, shifted."""
    if len(point) == 1:
        turned = [-point[0]]
    else:
        x, y, *rest = point
        turned = [(3 * x - 4 * y) / 5, (4 * x + 3 * y) / 5, *rest]
    return [stretch * x + rates[3] for x in turned]


def squared(point: Sequence[Any], query: Sequence[Any]) -> Any:
    """Σ (x − y)²."""
    parts = [(x - y) * (x - y) for x, y in zip(point, query, strict=True)]
    return sum(parts[1:], parts[0])


# -- the check --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Adaptive:
    """‖o − o_K‖ over the mass of C ≤ what `odds`, those of C at most, leave of the diameter over
    `reaching`; and ln K of moved points = `weight`. Their bandwidth is that of the points before if
    `fixed`, and they keep their scale if `rigid`.
    """

    odds: sp.Expr
    weight: sp.Expr
    reaching: Reach = between
    fixed: bool = False
    rigid: bool = False

    theorem: ClassVar[str] = "adaptive-and-nonlocal"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "rates"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; where all values are one value nothing is bounded."""
        outputs = Outputs(rows)
        far, lhs = outputs.diameter(self.reaching), outputs.change
        odds = evaluate(self.odds, known(rows), ARRAYS) + 0 * rows.gap
        ratio = odds / rows.behind.total
        with np.errstate(divide="ignore", invalid="ignore"):
            logit = np.log(odds) - rows.gap - rows.ahead.log_total
            kept = ARRAYS["sigmoid"](-logit)
            rhs = far * (1 + (ratio - 1) * kept)
            short = outputs.diameter_error(far) / far
            tightness = lhs / rhs
        # an error of the log-odds moves σ(−L) by as much relatively, at most
        error = rows.leakage_logit_error + rows.behind.total_error + 4 * FUNCTION
        error = error + 3 * U * (np.abs(rows.gap) + np.abs(logit))
        terms = far * (1 + (ratio + 1) * kept)
        rounding = outputs.change_error + SECOND_ORDER * terms * (error + np.nan_to_num(short))
        rounding = rounding + 8 * U * (lhs + terms)
        applicable = (far if self.reaching is between else outputs.diameter(between)) != 0
        found = Evaluation(applicable, lhs, rhs, rhs - lhs, rounding, tightness)
        found = found.sharp_where(lambda: self._sharp(rows) & judging.witnessed(self.theorem))
        return found.guarded_by(self._moved(rows))

    def _sharp(self, rows: Rows) -> Any:
        """All of C at the cut-off, one value on R and one on C."""
        return Outputs(rows).one_value_each & (rows.behind.least == rows.behind.top)

    def _moved(self, rows: Rows) -> Evaluation:
        keys, rates, m = given(rows.batch, "values"), given(rows.batch, "rates"), rows.batch.m
        query = middle(keys)
        stretch = self._stretch(rates.T, 1.0)
        columns, at = list(keys.transpose(2, 0, 1)), list(query.T)
        before = squared(columns, [x[:, None] for x in at])
        turned = moved(columns, rates.T[:, :, None], stretch[:, None])
        there = moved(at, rates.T, stretch)
        after = squared(turned, [x[:, None] for x in there])
        near, near_after = (np.sort(d, axis=1)[:, m - 1] for d in (before, after))
        scale = rates[:, 0] + 0.25
        with np.errstate(divide="ignore", invalid="ignore"):
            own = near if self.fixed else near_after
            claimed = self._claimed(before, near[:, None], scale[:, None], ARRAYS)
            lhs = _mean(-after / (2 * (scale**2 * own)[:, None]), keys[:, :, 0])
            rhs = _mean(claimed, keys[:, :, 0])
            size = np.abs(keys).max(axis=(1, 2)) + 1
            off = STEPS * U * (1 + size / np.sqrt(near)) * (16 + np.log(rows.batch.n))
        allowance = SECOND_ORDER * 64 * (off + rows.batch.n * U) * size
        effect = np.where((near == 0) | (near_after == 0), 0.0, size)
        return Evaluation.of_equality(lhs, rhs, allowance, effect)

    def _stretch(self, rates: Any, one: Any) -> Any:
        """The change of scale, between 1/2 and 5/2."""
        return rates[1] * 0 + one if self.rigid else 2 * rates[1] + one / 2

    def _claimed(self, far: Any, near: Any, scale: Any, functions: Mapping[str, Any]) -> Any:
        root = functions["sqrt"]
        given_here = {"distance": root(far), "reach": root(near), "bandwidth_scale": scale}
        return evaluate(self.weight, given_here, functions)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls."""
        tied = bool((instance.scores[0, instance.m :] == instance.scores[0, instance.m]).all())
        sharp = self.theorem if tied and one_value_each(instance) else None

        def cut() -> tuple[arb, arb, arb]:
            return self._cut(instance)

        def adapted() -> tuple[arb, arb, arb]:
            return self._adapted(instance)

        first = judging.upper(cut, lambda lhs, rhs: lhs / rhs, scale=abs, sharp_for=sharp)
        return first.guarded_by(judging.equal(adapted)) if self._apart(instance) else first

    def _cut(self, instance: Instance) -> tuple[arb, arb, arb]:
        row = BallRow(instance)
        odds = arb(1) * evaluate(self.odds, known(row), BALLS)
        logit = odds.log() - row.gap - row.ahead.log_total
        more = (odds / row.behind.total - 1) * BALLS["sigmoid"](-logit)
        far, shift = squared_diameter(instance, self.reaching), change(instance)
        lhs, length = shift.norm, far.sqrt()
        # D − ‖Δ‖ from their squares, every difference of large numbers exact
        squares = (far - squared_length(shift.leading)) + shift.shorter_than_leading
        return lhs, length * (1 + more), length * more + squares / (length + lhs)

    @staticmethod
    def _apart(instance: Instance) -> bool:
        """Whether the m-th nearest key is off the query, so that there is a bandwidth."""
        keys = given(instance, "values")[0]
        return int((keys == middle(keys)).all(axis=1).sum()) < instance.m

    def _adapted(self, instance: Instance) -> tuple[arb, arb, arb]:
        floats = given(instance, "values")[0]
        different, counts = np.unique(floats, axis=0, return_counts=True)
        keys = [[arb(float(x)) for x in key] for key in different]
        query = [arb(float(x)) for x in middle(floats)]
        rates = [arb(float(rate)) for rate in given(instance, "rates")[0]]
        scale, stretch = rates[0] + arb(1) / 4, self._stretch(rates, arb(1))
        before = [squared(key, query) for key in keys]
        there = moved(query, rates, stretch)
        after = [squared(moved(key, rates, stretch), there) for key in keys]
        near, near_after = (_nth(some, counts, instance.m) for some in (before, after))
        own = near if self.fixed else near_after
        claimed = [self._claimed(far, near, scale, BALLS) for far in before]
        lhs, rhs = (
            _weighed(logs, keys, counts)
            for logs in ([-far / (2 * scale**2 * own) for far in after], claimed)
        )
        return lhs, rhs, judging.nats(rhs)


def _mean(logs: Floats, numbers: Floats) -> Floats:
    """Means (rows,) under the softmax of log weights (rows, n)."""
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.einsum("rk,rk->r", weights, numbers) / weights.sum(axis=1)


def _nth(some: list[arb], counts: NDArray[np.intp], n: int) -> arb:
    """The n-th smallest, each occurring as often as its count."""
    order = sorted(range(len(some)), key=lambda k: some[k].mid())
    return some[order[int(np.searchsorted(np.cumsum(counts[order]), n))]]


def _weighed(logs: list[arb], keys: list[list[arb]], counts: NDArray[np.intp]) -> arb:
    """The mean of the keys' first components under the softmax of log weights."""
    weights = [int(k) * p for k, p in zip(counts, softmax(logs), strict=True)]
    return inner(weights, [key[0] for key in keys]) / sum(weights, arb(0))


_CLAIMS = {claim.name: claim.rhs for claim in theorem(Adaptive.theorem).claims}
_LOGIT = log_odds(_CLAIMS["bound"] / diameter)
CHECK = Adaptive(sp.exp(_LOGIT + cutoff + log_kept), _CLAIMS["adaptive"])


def _row(kept: tuple[float, ...], left: tuple[float, ...], *keys: tuple[float, float]) -> Instance:
    """Rates that neither stretch by 1 nor leave the bandwidth at the distance of a key."""
    values, rates = np.array([keys]), np.array([[0.5, 0.75, 0.5, 0.25]])
    return replace(point(kept, left), values=values, rates=rates)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    sharp = _row((0,), (-1, -1), (0, 0), (1, 0), (1, 0))
    spread = _row((0,), (-1, -5), (0, 0), (1, 0), (1, 0))
    uneven = _row((0,), (-1, -1), (0, 0), (2, 0), (1, 0))
    odds, more = CHECK.odds, sp.Rational(1001, 1000)
    return (
        Mutant(
            "odds-0.1%",
            "the odds of what is left out are 0.1 % smaller",
            "constant",
            replace(CHECK, odds=odds * sp.Rational(999, 1000)),
            sharp,
        ),
        Mutant(
            "one-patch",
            "what is left out is counted as one patch",
            "size",
            replace(CHECK, odds=odds.subs(c, 1)),
            sharp,
        ),
        Mutant(
            "mean-exponent",
            "the cut-off is the mean of the exponents left out",
            "statistic",
            replace(CHECK, odds=odds * sp.exp(cutoff - mean_exponent)),
            spread,
        ),
        Mutant(
            "within-parts",
            "the diameter covers distances of kept values, and of values left out",
            "statistic",
            replace(CHECK, reaching=within),
            sharp,
        ),
        Mutant(
            "exponent+0.1%",
            "exponents are 0.1 % larger",
            "constant",
            replace(CHECK, weight=CHECK.weight * more),
            uneven,
        ),
        Mutant(
            "distance-not-squared",
            "the exponent is the distance over the bandwidth",
            "term",
            replace(CHECK, weight=-distance / (bandwidth_scale * reach)),
            uneven,
        ),
        Mutant(
            "fixed-bandwidth",
            "the bandwidth does not follow a change of scale",
            "scope",
            replace(CHECK, fixed=True),
            uneven,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "best-patch-alone",
            "of the kept patches only the best counts",
            "the others add to what is kept",
            replace(CHECK, odds=CHECK.odds * sp.exp(log_kept)),
        ),
        Control(
            "diameter-of-all",
            "the diameter of all values",
            "it covers every pair of a kept value and one left out",
            replace(CHECK, reaching=anywhere),
        ),
        Control(
            "fixed-but-rigid",
            "a fixed bandwidth, points shifted and rotated but not scaled",
            "then no distance changes",
            replace(CHECK, fixed=True, rigid=True),
        ),
    )
