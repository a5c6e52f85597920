"""Dial and entropy: dH/dλ and the turning point λ°, both in units of F(1 − F)/τ; and λ° ≤ −Δ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.symbols import dial, fidelity, margin, temperature, turning_point
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, slope_of_entropy
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import Rows, U
from locality.verify.instances.batch import Instance

FINEST = arb(2) ** -2000  # rates below it are not told apart: log-odds beyond 1386
UNIT = fidelity * (1 - fidelity) / temperature


@dataclass(frozen=True)
class DialEntropy:
    """dH/dλ = `rate`·F(1 − F)/τ, F at λ; and λ° ≤ `cover`. λ° is measured at 0, or at λ if `late`.

    The cover's slack is taken as (cover + Δ) + (−Δ − λ°), the second as a sum of nonnegative terms.
    """

    rate: sp.Expr
    cover: sp.Expr
    late: bool = False

    theorem: ClassVar[str] = "dial-entropy"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"dial"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats, dH/dλ = F(1 − F)/τ · (E_C − E_R)[ln p^λ] at the dial."""
        lhs, rhs = rows.dialled.log_ratio, self._rate(rows)
        turned = np.abs(rows.dial) / rows.temperature
        # Rounding a lowered score by δ moves a spread by at most δ(1 + 2 E|z|) ≤ δ(1 + 2 ln c).
        lowered = rows.dialling_error * (2 + 2 * np.log(rows.batch.c))
        measured = rows.log_ratio_error + rows.dialled.log_ratio_error + lowered
        allowance = measured + 3 * U * (np.abs(lhs) + np.abs(rhs) + turned)
        equal = Evaluation.of_equality(lhs, rhs, allowance, np.abs(lhs))
        return equal.guarded_by(self._covered(rows))

    def _rate(self, row: Rows | BallRow) -> Any:
        if not self.late:
            return row.value(self.rate)
        return row.value(self.rate, turning_point=row.dialled.turning_point + row.dial)

    def _covered(self, rows: Rows) -> Evaluation:
        beyond = rows.value(self.cover + margin) / rows.temperature
        lhs, slack = rows.log_ratio, rows.reserve + beyond
        rounding = rows.reserve_error + 4 * U * np.abs(beyond)
        unranked = np.full_like(lhs, np.nan)
        everywhere = np.full(lhs.shape, True)
        found = Evaluation(everywhere, lhs, lhs + slack, slack, rounding, unranked)
        return found.sharp_where(lambda: rows.two_level & judging.witnessed(self.theorem))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls: dH/dλ by differentiating −Σ p ln p, and both sides of λ°."""

        def sides() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            unit, rate = row.dialled.value(UNIT), self._rate(row)
            return entropy_slope(row), unit * rate, (unit * judging.nats(rate)).max(FINEST)

        def covers() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            slack = row.reserve * row.temperature + row.value(self.cover + margin)
            return row.turning_point, row.turning_point + slack, slack

        sharp = self.theorem if judging.two_level(instance) else None
        covered = judging.upper(covers, lambda *_: arb(0), scale=judging.nats, sharp_for=sharp)
        return judging.equal(sides).guarded_by(covered)


def entropy_slope(row: BallRow) -> arb:
    """dH/dλ at the row's dial, by differentiation."""
    inside = [(score, arb(0), count) for score, count in row.dialled.ahead.keys]
    outside = [(score, arb(-1), count) for score, count in row.dialled.behind.keys]
    tau = row.temperature
    return slope_of_entropy([(score / tau, slope / tau, k) for score, slope, k in inside + outside])


_CLAIMS = {claim.name: claim.rhs for claim in theorem("dial-entropy").claims}
CHECK = DialEntropy(_CLAIMS["rate"] / UNIT, _CLAIMS["cover"])


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    rate, turned = CHECK.rate, point((0,), (1, 3), dial=1.0)
    return (
        Mutant(
            "rate+0.1%",
            "the rate is 0.1 % larger",
            "constant",
            replace(CHECK, rate=rate * sp.Rational(1001, 1000)),
            turned,
        ),
        Mutant(
            "rate-0.1%",
            "the rate is 0.1 % smaller",
            "constant",
            replace(CHECK, rate=rate * sp.Rational(999, 1000)),
            turned,
        ),
        Mutant(
            "parts-swapped",
            "the turning point is the mean inside the block minus the mean outside",
            "term",
            replace(CHECK, rate=rate.subs(turning_point, -turning_point)),
            turned,
        ),
        Mutant(
            "turns-at-minus-margin",
            "entropy turns at λ = −Δ",
            "statistic",
            replace(CHECK, rate=rate.subs(turning_point, -margin)),
            turned,
        ),
        Mutant(
            "dial-forgotten",
            "the rate at λ is that at 0",
            "term",
            replace(CHECK, rate=rate.subs(dial, 0)),
            turned,
        ),
        Mutant(
            "falls-at-any-margin",
            "entropy falls for all λ ≥ 0 whatever the margin",
            "scope",
            replace(CHECK, cover=CHECK.cover.subs(margin, 0)),
            point((0, 0), (5,), dial=0.0),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "turning-point-when-dialled",
            "λ° is measured under the attention at λ",
            "λ° does not depend on λ: the dial changes neither conditional distribution",
            replace(CHECK, late=True),
        ),
    )
