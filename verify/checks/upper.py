"""Checks of an upper bound on one statistic of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow
from locality.verify.checks.protocol import BLUR, Evaluation, Judgement, Kind
from locality.verify.checks.rows import Rows, U
from locality.verify.checks.statistics import Statistics
from locality.verify.instances.batch import Floats, Instance

UNDERFLOW = 1e-300  # below it floats have no relative accuracy


@dataclass(frozen=True)
class Upper:
    """`measured` ≤ `bound`, both on one scale without cancellation.

    `reads` sends a symbol of the bound to a statistic of another name; the claim applies where the
    statistic `scope` is ≥ 0 (everywhere if None) and to at least `sizes` = (m, c) keys.
    """

    bound: sp.Expr
    reads: Mapping[str, str] = field(default_factory=dict)
    scope: str | None = None
    sizes: tuple[int, int] = (1, 1)

    theorem: ClassVar[str]
    measured: ClassVar[str]
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset()
    width: ClassVar[int] = 1

    def tightness(self, lhs: Any, rhs: Any, functions: Mapping[str, Any]) -> Any:
        """1 where the bound is attained: how much of the bound is used."""
        return lhs / rhs

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """A bound of the error of both sides in floats."""
        raise NotImplementedError

    def scale(self, rhs: Any) -> Any:
        """What a slack counts as small against."""
        return abs(rhs)

    def sharp(self, rows: Rows) -> NDArray[np.bool_]:
        """Which rows are of the shape for which the theorem says equality."""
        return rows.two_level & judging.witnessed(self.theorem)

    def is_sharp(self, instance: Instance) -> bool:
        """Whether the instance is of the shape for which the theorem says equality."""
        return judging.two_level(instance)

    def applicable(self, rows: Rows) -> Any:
        """Where the claim's assumptions hold, or NaN leaves that open."""
        m, c = self.sizes
        large = np.full(rows.batch.size, rows.batch.m >= m and rows.batch.c >= c)
        return large if self.scope is None else large & ~(getattr(rows, self.scope) < 0)

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        applicable = self.applicable(rows)
        if not applicable.any():
            nothing = np.full(rows.batch.size, np.nan)
            return Evaluation(applicable, *[nothing] * 5)
        lhs, rhs = self._sides(rows)
        rounding = self.rounding(rows, lhs, rhs) + U * (np.abs(lhs) + np.abs(rhs)) + UNDERFLOW
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            tightness = self.tightness(lhs, rhs, rows.functions)
        tightness = np.where(rounding < BLUR * self.scale(rhs), tightness, np.nan)
        found = Evaluation(applicable, lhs, rhs, rhs - lhs, rounding, tightness)
        return found.sharp_where(lambda: self.sharp(rows))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls; undecided where the claim does not certainly apply."""
        if not self._inside(instance):
            return Judgement("undecided", (np.nan, np.nan))

        def measure() -> tuple[arb, arb, arb]:
            lhs, rhs = self._sides(BallRow(instance))
            return lhs, rhs, rhs - lhs

        return judging.upper(
            measure,
            lambda lhs, rhs: self.tightness(lhs, rhs, BallRow.functions),
            scale=self.scale,
            sharp_for=self.theorem if self.is_sharp(instance) else None,
        )

    def _inside(self, instance: Instance) -> bool:
        m, c = self.sizes
        if instance.m < m or instance.scores.shape[1] - instance.m < c:
            return False
        scope = self.scope
        return scope is None or bool(judging.nonnegative(lambda: getattr(BallRow(instance), scope)))

    def _sides(self, row: Statistics) -> tuple[Any, Any]:
        return getattr(row, self.measured), row.value(self.bound, self.reads)
