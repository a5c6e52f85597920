"""Entropy: the excess H − ln m against that of the bound, which is also what tightness is of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from locality.theory import theorem
from locality.theory.core.functions import sigmoid
from locality.theory.core.symbols import c, m, x
from locality.theory.core.theorem import Claim
from locality.verify.checks.protocol import Control, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats


@dataclass(frozen=True)
class Entropy(Upper):
    """H − ln m ≤ the bound − ln m, where x ≥ 0."""

    theorem = "entropy"
    measured = "entropy_excess"

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """That of the excess; and the bound's: its derivative in L = ln(c/m) − x is
        σ(L)(1 + x(1 − σ(L))), at most itself, and so is x times its derivative in x.
        """
        relative = rows.log_odds_error + 2 * FUNCTION + 12 * U
        return rows.entropy_excess_error + SECOND_ORDER * relative * rhs


def excess(claim: Claim) -> sp.Expr:
    """The bound above its base; the base cancels before anything is evaluated."""
    return claim.rhs - claim.base


CHECK = Entropy(excess(theorem("entropy").claim), scope="margin")


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound, sharp = CHECK.bound, point((1,), (0, 0, 0))
    return (
        Mutant(
            "excess-0.1%",
            "the excess is 0.1 % smaller",
            "constant",
            replace(CHECK, bound=bound * sp.Rational(999, 1000)),
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
            "one relevant key too many in the odds of leaking",
            "size",
            replace(CHECK, bound=bound.subs(m, m + 1)),
            sharp,
        ),
        Mutant(
            "no-leaked-margin",
            "x·ε* is dropped",
            "term",
            replace(CHECK, bound=bound.replace(sigmoid, lambda L: sp.Integer(0))),
            sharp,
        ),
        Mutant(
            "leaked-margin-flipped",
            "x·ε* is subtracted",
            "term",
            replace(CHECK, bound=bound.replace(sigmoid, lambda L: -sigmoid(L))),
            sharp,
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
        Mutant(
            "max-over-R",
            "the margin is taken from the largest relevant score",
            "statistic",
            replace(CHECK, reads={"x": "gap"}, scope="gap"),
            point((0.5, *[0] * 9), (0,) * 60),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    bound = CHECK.bound
    return (
        Control(
            "mean-over-R",
            "the margin is taken from the mean of the relevant scores",
            "Gibbs against two-level scores with that gap leaves x·(ε* − ε), and leakage holds "
            "with the mean too",
            replace(CHECK, reads={"x": "lead_of_average"}, scope="lead_of_average"),
        ),
        Control(
            "c+1",
            "one more other key",
            "the bound rises with c where x ≥ 0",
            replace(CHECK, bound=bound.subs(c, c + 1)),
        ),
        Control(
            "half-margin",
            "half of the margin",
            "the bound falls as x ≥ 0 grows, so any nonnegative lower bound of the margin will do",
            replace(CHECK, bound=bound.subs(x, x / 2)),
        ),
    )
