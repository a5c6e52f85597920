"""Entropy, exponential form: the excess H − ln m against (1 + x)(c/m)e^−x."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.symbols import c, x
from locality.verify.checks.entropy import Entropy, excess
from locality.verify.checks.protocol import Control, Mutant, point
from locality.verify.checks.rows import Rows
from locality.verify.instances.batch import Instance


@dataclass(frozen=True)
class EntropyExponential(Entropy):
    """H − ln m ≤ (1 + x)·u, where x ≥ 0; sharp only in the limit of a large margin."""

    theorem = "entropy-exponential"

    def sharp(self, rows: Rows) -> NDArray[np.bool_]:
        """Never: equality is approached, not attained."""
        return np.zeros(rows.batch.size, dtype=np.bool_)

    def is_sharp(self, instance: Instance) -> bool:
        """Never."""
        return False


CHECK = EntropyExponential(excess(theorem("entropy-exponential").claim), scope="margin")


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound, far = CHECK.bound, point((16,), (0, 0))
    return (
        Mutant(
            "excess-0.1%",
            "the excess is 0.1 % smaller",
            "constant",
            replace(CHECK, bound=bound * sp.Rational(999, 1000)),
            far,
        ),
        Mutant(
            "c-1",
            "one other key is forgotten",
            "size",
            replace(CHECK, bound=bound.subs(c, c - 1), sizes=(1, 2)),
            far,
        ),
        Mutant(
            "x-for-1+x",
            "the factor 1 + x is replaced by x",
            "term",
            replace(CHECK, bound=_factor(bound, x)),
            far,
        ),
        Mutant(
            "constant-for-1+x",
            "the factor 1 + x is replaced by the constant 8",
            "term",
            replace(CHECK, bound=_factor(bound, sp.Integer(8))),
            far,
        ),
        Mutant(
            "any-margin",
            "the formula is claimed for negative margins too",
            "scope",
            replace(CHECK, scope=None),
            point((-2,), (0, -0.25)),
        ),
        Mutant(
            "mean-over-C",
            "the margin is taken to the mean of the other scores",
            "statistic",
            replace(CHECK, reads={"x": "lead_over_average"}, scope="lead_over_average"),
            point((1,), (0, -8)),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    bound = CHECK.bound
    return (
        Control(
            "mean-over-R",
            "the margin is taken from the mean of the relevant scores",
            "entropy holds with the mean, and its bound is at most the exponential form",
            replace(CHECK, reads={"x": "lead_of_average"}, scope="lead_of_average"),
        ),
        Control(
            "c+1",
            "one more other key",
            "the bound rises with c",
            replace(CHECK, bound=bound.subs(c, c + 1)),
        ),
        Control(
            "half-margin",
            "half of the margin",
            "(1 + x)e^−x falls as x ≥ 0 grows",
            replace(CHECK, bound=bound.subs(x, x / 2)),
        ),
    )


def _factor(bound: sp.Expr, other: sp.Expr) -> sp.Expr:
    return bound.xreplace({1 + x: other})
