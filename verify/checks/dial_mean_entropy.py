"""Dial and mean entropy: groups of queries under one dial, just outside their turning points.

From max λ° a step up the dial must lower the mean entropy, and from min λ° a step down must; and
max λ° ≤ max(−Δ). Tightness is 1 − step: the smallest step, relative to the group's lowest
temperature, whose sign is certified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import Any, ClassVar, Literal

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Floats, Instance

WIDTH = 4

Place = Literal["max", "min", "mean"]
"""Which of a group's turning points, or of its covers −Δ."""

IN_FLOATS: Mapping[Place, Callable[[Floats], Floats]] = {
    "max": lambda groups: groups.max(axis=1),
    "min": lambda groups: groups.min(axis=1),
    "mean": lambda groups: groups.mean(axis=1),
}
IN_BALLS: Mapping[Place, Callable[[list[arb]], arb]] = {
    "max": lambda group: reduce(arb.max, group),
    "min": lambda group: reduce(arb.min, group),
    "mean": lambda group: sum(group, arb(0)) / len(group),
}


@dataclass(frozen=True)
class DialMeanEntropy:
    """A group's mean entropy falls from `falls_from` of λ° on (of −Δ if `from_cover`), rises up to
    `rises_to` of λ°, and max λ° is at most `covered_by` of −Δ.
    """

    falls_from: Place = "max"
    rises_to: Place = "min"
    covered_by: Place = "max"
    from_cover: bool = False

    theorem: ClassVar[str] = "dial-mean-entropy"
    kind: ClassVar[Kind] = "monotone"
    extras: ClassVar[frozenset[str]] = frozenset({"step"})
    width: ClassVar[int] = WIDTH

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every group of WIDTH consecutive rows in floats."""
        turning, cover = groups(rows.turning_point), groups(-rows.margin)
        error = groups(rows.temperature * rows.log_ratio_error).max(axis=1)
        step = groups(rows.step)[:, 0]
        stride = step * groups(rows.temperature).min(axis=1)
        last = IN_FLOATS[self.falls_from](cover if self.from_cover else turning) + error
        first = IN_FLOATS[self.rises_to](turning) - error
        lhs, rhs = turning.max(axis=1), IN_FLOATS[self.covered_by](cover)

        def claimed(slack: Floats, rounding: Floats) -> Evaluation:
            clear = np.where(slack > rounding, 1 - step, np.nan)
            return Evaluation(np.full(lhs.shape, True), lhs, rhs, slack, rounding, clear)

        falls, rises = (claimed(*drop(rows, *move)) for move in ((last, stride), (first, -stride)))
        covered = claimed(*self._reserve(rows)).sharp_where(lambda: self._sharp(rows))
        return falls.guarded_by(rises).guarded_by(covered)

    def _sharp(self, rows: Rows) -> NDArray[np.bool_]:
        flat = np.asarray(groups(rows.two_level).all(axis=1))
        return flat & judging.witnessed(self.theorem)

    def _reserve(self, rows: Rows) -> tuple[Floats, Floats]:
        """Cover less max λ°, as the least over queries of (cover + Δ) + (−Δ − λ°); its error."""
        margin, tau = groups(rows.margin), groups(rows.temperature)
        beyond = IN_FLOATS[self.covered_by](-margin)[:, None] + margin
        reserve = beyond + tau * groups(rows.reserve)
        error = tau * groups(rows.reserve_error) + 4 * U * (np.abs(beyond) + np.abs(reserve))
        return reserve.min(axis=1), error.max(axis=1)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one group in balls."""
        step = float(given(instance, "step")[0])
        stride = arb(step) * float(instance.temperature.min())
        at_precision = cache(lambda bits: queries(instance))

        def drop(up: bool) -> tuple[arb, arb, arb]:
            group = at_precision(ctx.prec)
            start = self._last(group).upper() if up else self._first(group).lower()
            moved = start + stride if up else start - stride
            after, before = mean_entropy(group, moved), mean_entropy(group, start)
            return after, before, before - after

        def covered() -> tuple[arb, arb, arb]:
            group = at_precision(ctx.prec)
            last = IN_BALLS["max"]([q.turning_point for q in group])
            slacks = [self._cover(group) + q.margin + q.reserve * q.temperature for q in group]
            return last, self._cover(group), IN_BALLS["min"](slacks)

        def judged(measure: Callable[[], tuple[arb, arb, arb]], **options: Any) -> Judgement:
            return judging.upper(measure, lambda *_: 1 - arb(step), scale=judging.nats, **options)

        sharp = self.theorem if judging.two_level(instance) else None
        return judged(lambda: drop(True), strict=True).guarded_by(
            judged(lambda: drop(False), strict=True), judged(covered, sharp_for=sharp)
        )

    def _last(self, group: list[BallRow]) -> arb:
        places = [-query.margin if self.from_cover else query.turning_point for query in group]
        return IN_BALLS[self.falls_from](places)

    def _first(self, group: list[BallRow]) -> arb:
        return IN_BALLS[self.rises_to]([query.turning_point for query in group])

    def _cover(self, group: list[BallRow]) -> arb:
        return IN_BALLS[self.covered_by]([-query.margin for query in group])


# -- measuring --------------------------------------------------------------------------------


def groups(rows: NDArray) -> NDArray:
    """(groups, WIDTH) from consecutive rows; rows that fill no group are left out."""
    return rows[: len(rows) // WIDTH * WIDTH].reshape(-1, WIDTH)


def queries(instance: Instance) -> list[BallRow]:
    """The rows of an instance in balls."""
    return [BallRow(instance, i) for i in range(instance.width)]


def mean_entropy(group: list[BallRow], dial: arb) -> arb:
    """Mean of H over a group at one dial."""
    return sum((query.lowered(dial).entropy for query in group), arb(0)) / len(group)


def drop(rows: Rows, start: Floats, stride: Floats) -> tuple[Floats, Floats]:
    """How much each group's mean entropy falls from dial `start` to `start + stride`; its error.

    With a = logit F and b = a + stride/τ a row's entropy falls by the integral of σ′(t)(t − t°)
    over [a, b], t° = H_R − H_C, which is (F_b − F_a)(start − λ°)/τ + `bend(a, b − a)`. Errors:
    those of λ° and a, through these two terms, and the rounding of their factors.
    """
    tau = groups(rows.temperature)
    k, past = (stride[:, None] / tau), (start[:, None] - groups(rows.turning_point)) / tau
    a = groups(rows.fidelity_logit) + start[:, None] / tau
    sigmoid = rows.functions["sigmoid"]
    gained = -sigmoid(a + k) * sigmoid(-a) * np.expm1(-k)
    curve, curve_rounding = bend(a, k)
    size = np.abs(start)[:, None] / tau
    a_error = groups(rows.leakage_logit_error) + 3 * U * (size + np.abs(a))
    past_error = groups(rows.log_ratio_error) + 3 * U * (size + np.abs(past))
    relative = a_error + 3 * FUNCTION + 8 * U
    through_past = np.abs(gained) * (past_error + np.abs(past) * relative)
    error = SECOND_ORDER * (through_past + np.abs(curve) * a_error + curve_rounding)
    return (gained * past + curve).mean(axis=1), error.mean(axis=1)


def bend(a: Floats, k: Floats) -> tuple[Floats, Floats]:
    """∫ σ′(t)(t − a) over [a, a + k] and its rounding error, relative to its two terms."""
    side = np.where(a < 0, 1.0, -1.0)
    sigmoid = Rows.functions["sigmoid"]
    terms = side * k * sigmoid(side * (a + k)), -np.log1p(sigmoid(side * a) * np.expm1(side * k))
    rounding = (2 * FUNCTION + 8 * U) * (np.abs(terms[0]) + np.abs(terms[1]))
    return terms[0] + terms[1], rounding


CHECK = DialMeanEntropy()


def group(*rows: tuple[float, float], step: float) -> Instance:
    """Queries of one relevant and one other key by their scores, at temperature 1."""
    return Instance(
        scores=np.array(rows),
        m=1,
        temperature=np.ones(len(rows)),
        step=np.full(len(rows), step),
    )


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    apart = group((0, 5), (0, 20), (0, 20), (0, 20), step=0.5)
    return (
        Mutant(
            "falls-from-mean",
            "the mean entropy falls from the mean of the turning points on",
            "statistic",
            replace(CHECK, falls_from="mean"),
            group((0, 5), (0, 8), (0, 8), (0, 8), step=0.0625),
        ),
        Mutant(
            "falls-from-min",
            "the mean entropy falls from the first turning point on",
            "statistic",
            replace(CHECK, falls_from="min"),
            group((0, 5), (0, 8), (0, 8), (0, 8), step=0.0625),
        ),
        Mutant(
            "rises-to-mean",
            "the mean entropy rises up to the mean of the turning points",
            "statistic",
            replace(CHECK, rises_to="mean"),
            group((0, 5), (0, 5), (0, 5), (0, 8), step=0.0625),
        ),
        Mutant(
            "rises-to-max",
            "the mean entropy rises up to the last turning point",
            "statistic",
            replace(CHECK, rises_to="max"),
            group((0, 5), (0, 5), (0, 5), (0, 8), step=0.0625),
        ),
        Mutant(
            "covered-by-min",
            "no turning point exceeds the least of the −Δ",
            "statistic",
            replace(CHECK, covered_by="min"),
            apart,
        ),
        Mutant(
            "covered-by-mean",
            "no turning point exceeds the mean of the −Δ",
            "statistic",
            replace(CHECK, covered_by="mean"),
            apart,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "falls-from-cover",
            "the mean entropy falls from the largest −Δ on",
            "the cover is at least the last turning point, and a fall goes on falling",
            replace(CHECK, from_cover=True),
        ),
    )
