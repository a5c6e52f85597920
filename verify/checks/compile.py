"""Compile: the log-odds of the attention off true keys against those of its bound.

A row's relevant keys are the true ones. The bound does not say how many they are; it is attained
where there is one. Tightness is the ratio of the odds, as in `leakage`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import sympy as sp
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.symbols import c, m, n, x
from locality.verify.checks.leakage import Leakage
from locality.verify.checks.protocol import Control, Mutant, point
from locality.verify.checks.rows import FUNCTION, Rows, U
from locality.verify.checks.scales import log_odds
from locality.verify.instances.batch import Floats, Instance


@dataclass(frozen=True)
class Compile(Leakage):
    """logit ε ≤ ln(n − 1) − x, for every real x."""

    theorem = "compile"

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """That of the measured log-odds, of the logarithm, of x (2u) and of the subtraction."""
        logarithm = (FUNCTION + U) * math.log(rows.batch.n)
        return rows.leakage_logit_error + logarithm + U * abs(rhs) + 2.1 * U * abs(rows.x)

    def sharp(self, rows: Rows) -> NDArray:
        """One true key, and two-level scores."""
        return super().sharp(rows) & (rows.batch.m == 1)

    def is_sharp(self, instance: Instance) -> bool:
        """Likewise."""
        return super().is_sharp(instance) and instance.m == 1


CHECK = Compile(log_odds(theorem("compile").claim.rhs).subs(n, m + c))


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
            "n-2",
            "one false key is forgotten",
            "size",
            replace(CHECK, bound=bound.subs(c, c - 1), sizes=(1, 2)),
            sharp,
        ),
        Mutant(
            "two-true",
            "two keys are counted on to be true",
            "size",
            replace(CHECK, bound=sp.log((m + c - 2) / sp.Integer(2)) - x, sizes=(1, 2)),
            sharp,
        ),
        Mutant(
            "mean-over-C",
            "the scale is taken to the mean of the other scores",
            "statistic",
            replace(CHECK, reads={"x": "lead_over_average"}),
            point((1,), (0, -8)),
        ),
        Mutant(
            "no-temperature",
            "the scale is not divided by the temperature",
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
            "max-over-R",
            "the scale is that of the largest true score",
            "the key that has it outweighs by itself all that the bound grants",
            replace(CHECK, reads={"x": "gap"}),
        ),
        Control(
            "m-known",
            "how many keys are true is known",
            "this is leakage, and c/m is at most n − 1",
            replace(CHECK, bound=log_odds(theorem("leakage").claim.rhs)),
        ),
        Control(
            "n+1",
            "one more key",
            "the bound rises with n",
            replace(CHECK, bound=bound.subs(c, c + 1)),
        ),
        Control(
            "-x",
            "the scale with the wrong sign, where it is nonnegative",
            "the bound falls with x, and −x ≤ x",
            replace(CHECK, bound=bound.subs(x, -x), scope="margin"),
        ),
    )
