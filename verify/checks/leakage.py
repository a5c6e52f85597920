"""Leakage: the log-odds of ε against those of its bound; tightness is the ratio of the odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from locality.theory import theorem
from locality.theory.core.symbols import c, m, x
from locality.verify.checks import judging
from locality.verify.checks.protocol import Control, Mutant, point
from locality.verify.checks.rows import Rows
from locality.verify.checks.scales import log_odds
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats


@dataclass(frozen=True)
class Leakage(Upper):
    """logit ε ≤ logit ε*, for every real x."""

    theorem = "leakage"
    measured = "leakage_logit"

    def tightness(self, lhs: Any, rhs: Any, functions: Mapping[str, Any]) -> Any:
        """The ratio of the odds."""
        return functions["exp"](lhs - rhs)

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """That of the measured log-odds and of ln(c/m) − x."""
        return rows.leakage_logit_error + rows.log_odds_error

    def scale(self, rhs: Any) -> Any:
        """Nats."""
        return judging.nats(rhs)


CHECK = Leakage(log_odds(theorem("leakage").claim.rhs))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound, sharp = CHECK.bound, point((1,), (0, 0, 0))
    return (
        Mutant(
            "odds-0.1%",
            "the odds of the bound are 0.1 % smaller",
            "constant",
            replace(CHECK, bound=bound + sp.log(sp.Rational(999, 1000))),
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
            "m+1",
            "one relevant key too many",
            "size",
            replace(CHECK, bound=bound.subs(m, m + 1)),
            sharp,
        ),
        Mutant(
            "mean-over-C",
            "the margin is taken to the mean of the other scores",
            "statistic",
            replace(CHECK, reads={"x": "lead_over_average"}),
            point((1,), (0, -8)),
        ),
        Mutant(
            "max-over-R",
            "the margin is taken from the largest relevant score",
            "statistic",
            replace(CHECK, reads={"x": "gap"}),
            point((1, -7), (0,)),
        ),
        Mutant(
            "no-temperature",
            "the margin is not divided by the temperature",
            "statistic",
            replace(CHECK, reads={"x": "margin"}),
            point((2,), (0, 0, 0), temperature=2.0),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    bound = CHECK.bound
    return (
        Control(
            "mean-over-R",
            "the margin is taken from the mean of the relevant scores",
            "Jensen: the relevant keys weigh at least m times the weight of their mean score",
            replace(CHECK, reads={"x": "lead_of_average"}),
        ),
        Control(
            "c+1",
            "one more other key",
            "the bound rises with c",
            replace(CHECK, bound=bound.subs(c, c + 1)),
        ),
        Control(
            "m-1",
            "one relevant key fewer",
            "the bound falls with m",
            replace(CHECK, bound=bound.subs(m, m - 1), sizes=(2, 1)),
        ),
        Control(
            "-x",
            "the margin with the wrong sign, where it is nonnegative",
            "the bound falls with x, and −x ≤ x",
            replace(CHECK, bound=bound.subs(x, -x), scope="margin"),
        ),
    )
