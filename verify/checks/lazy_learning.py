"""Lazy learning: what cold attention errs by over its leakage, and the indicator's local mean.

A row's relevant keys are lowered to the least of them, so that they tie; the margin stays. Apart
from that, where they lead they are the m nearest by the scores as drawn, and the kernel that is 1
up to the m-th largest score averages them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.symbols import c, diameter
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow
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
from locality.verify.checks.passes import once
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.checks.scales import log_odds
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats, Instance


def tied(scores: Floats, m: int) -> Floats:
    """Scores (rows, n) whose first m are all the least of them."""
    lowered = scores.copy(order="K")
    lowered[:, :m] = scores[:, :m].min(axis=1, keepdims=True)
    return lowered


@once
def cold(rows: Rows) -> Rows:
    """The rows with their relevant keys tied."""
    return Rows(replace(rows.batch, scores=tied(rows.batch.scores, rows.batch.m)))


def indicator(scores: Floats, k: int) -> Floats:
    """The kernel: 1 on the k largest of scores (rows, n) and on all that tie with the last."""
    last = np.sort(scores, axis=1)[:, [-k]]
    return (scores >= last).astype(np.float64)


@dataclass(frozen=True)
class LazyLearning(Upper):
    """‖o − v̄_R‖/ε ≤ D·σ(`bound`)/ε, D the largest distance over `reach` times `factor`; and the
    local mean of the m + `more` nearest keys' indicator is `nearest`.
    """

    factor: sp.Expr = sp.S.One
    reach: Reach = between
    more: int = 0
    nearest: sp.Expr = sp.S.Zero

    theorem = "lazy-learning"
    extras = frozenset({"values"})

    def _ratio(self, row: Any) -> Any:
        """`factor`·σ(`bound`)/ε."""
        soft = row.functions["softplus"]
        apart = soft(-row.leakage_logit) - soft(-row.value(self.bound, self.reads))
        return row.value(self.factor) * row.functions["exp"](apart)

    def _ratio_error(self, row: Rows) -> Floats:
        """Relative: both log-odds, and their soft pluses, which are at most 1 + |log-odds|."""
        sizes = np.abs(row.leakage_logit) + np.abs(row.value(self.bound, self.reads))
        return row.leakage_logit_error + row.log_odds_error + FUNCTION * (4 + 2 * sizes)

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; where R and C have one common value nothing is bounded."""
        row, within_scope = cold(rows), self.applicable(rows)
        if not within_scope.any():
            nothing = np.full(rows.batch.size, np.nan)
            return Evaluation(within_scope, *[nothing] * 5)
        outputs = Outputs(row)
        far, lhs = outputs.diameter(self.reach), outputs.change
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            ratio = self._ratio(row)
            rhs = ratio * far
            reached = ratio * outputs.diameter_error(far) + rhs * self._ratio_error(row)
            rounding = outputs.change_error + SECOND_ORDER * reached + 2 * U * (lhs + rhs)
            tightness = lhs / rhs
        apart = (far if self.reach is between else outputs.diameter(between)) != 0
        found = Evaluation(apart & within_scope, lhs, rhs, rhs - lhs, rounding, tightness)
        found = found.sharp_where(
            lambda: row.two_level & outputs.one_value_each & judging.witnessed(self.theorem)
        )
        return found.guarded_by(self._neighbours(rows))

    def _neighbours(self, rows: Rows) -> Evaluation:
        """One component of the values, where R leads."""
        values, m = given(rows.batch, "values")[:, :, 0], rows.batch.m
        kernel = indicator(rows.batch.scores, min(m + self.more, rows.batch.n))
        lhs = (kernel * values).sum(axis=1) / kernel.sum(axis=1)
        rhs = rows.value(self.nearest, nearest_mean=values[:, :m].mean(axis=1))
        scale = np.where(rows.margin > 0, np.abs(values).max(axis=1), 0.0)
        return Evaluation.of_equality(lhs, rhs, (2 * rows.batch.n + 8) * U * scale, scale)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, and its nearest keys where they lead."""
        at = replace(instance, scores=tied(instance.scores, instance.m))

        def measure() -> tuple[arb, arb, arb]:
            ratio = self._ratio(BallRow(at))
            moved, far = change(at), squared_diameter(at, self.reach)
            lhs, rhs = moved.norm, ratio * far.sqrt()
            larger = (ratio * ratio - 1) * far + (far - squared_length(moved.leading))
            return lhs, rhs, (larger + moved.shorter_than_leading) / (lhs + rhs)

        main = judging.upper(
            measure,
            lambda lhs, rhs: lhs / rhs,
            scale=abs,
            sharp_for=self.theorem if judging.two_level(at) and one_value_each(at) else None,
        )
        if not Rows(instance.batch()).margin[0] > 0:
            return main
        return main.guarded_by(judging.equal(lambda: self._indicated(instance)))

    def _indicated(self, instance: Instance) -> tuple[arb, arb, arb]:
        row, m = BallRow(instance), instance.m
        values = [arb(float(v)) for v in given(instance, "values")[0, :, 0]]
        kernel = indicator(instance.scores, min(m + self.more, len(values)))[0]
        inside = [v for v, k in zip(values, kernel, strict=True) if k]
        rhs = row.value(self.nearest, nearest_mean=sum(values[:m], arb(0)) / m)
        return sum(inside, arb(0)) / len(inside), rhs, judging.nats(rhs)


_CLAIMS = {claim.name: claim.rhs for claim in theorem("lazy-learning").claims}
CHECK = LazyLearning(log_odds(_CLAIMS["cold"] / diameter), nearest=_CLAIMS["neighbours"])


def _row(near: tuple[float, ...], far: tuple[float, ...], temperature: float = 1.0) -> Instance:
    """The nearest keys say 0, the others 1."""
    values = np.array([[[0.0]] * len(near) + [[1.0]] * len(far)])
    return replace(point(near, far, temperature), values=values)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound, sharp = CHECK.bound, _row((1,), (0, 0, 0))
    return (
        Mutant(
            "D-0.1%",
            "the diameter is 0.1 % smaller",
            "constant",
            replace(CHECK, factor=sp.Rational(999, 1000)),
            sharp,
        ),
        Mutant(
            "c-1",
            "one other key is forgotten",
            "size",
            replace(CHECK, bound=bound.subs(c, c - 1), sizes=(1, 2)),
            sharp,
        ),
        Mutant(
            "mean-over-C",
            "the gap is taken to the mean of the other scores",
            "statistic",
            replace(CHECK, reads={"x": "lead_over_average"}),
            _row((1,), (0, -8)),
        ),
        Mutant(
            "no-temperature",
            "the gap is not divided by the temperature",
            "statistic",
            replace(CHECK, reads={"x": "margin"}),
            _row((2,), (0, 0, 0), temperature=2.0),
        ),
        Mutant(
            "within-parts",
            "the diameter covers distances within R and within C only",
            "statistic",
            replace(CHECK, reach=within),
            sharp,
        ),
        Mutant(
            "k+1",
            "the kernel reaches to the next nearest key",
            "scope",
            replace(CHECK, more=1),
            sharp,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "D+0.1%",
            "the diameter is 0.1 % larger",
            "a larger bound of a norm",
            replace(CHECK, factor=sp.Rational(1001, 1000)),
        ),
        Control(
            "c+1",
            "one more other key",
            "the bound rises with c",
            replace(CHECK, bound=CHECK.bound.subs(c, c + 1)),
        ),
        Control(
            "diameter-of-all",
            "the diameter of all values",
            "it covers every pair of a nearest and another key",
            replace(CHECK, reach=anywhere),
        ),
    )
