"""Truncation: ‖o − o_R‖ against ε·D, both divided by ε, in units of the values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.symbols import leakage
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
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Mutant, point
from locality.verify.checks.rows import Rows, U
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Instance


@dataclass(frozen=True)
class Truncation(Upper):
    """‖o − o_R‖/ε ≤ `bound`, linear in the diameter: the largest distance over `reach`."""

    reach: Reach = between

    theorem = "truncation"
    extras = frozenset({"values"})

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; where R and C have one common value nothing is bounded."""
        outputs = Outputs(rows)
        diameter = outputs.diameter(self.reach)
        lhs, rhs = outputs.change, rows.value(self.bound, diameter=diameter)
        with np.errstate(divide="ignore", invalid="ignore"):
            rounding = outputs.change_error + outputs.diameter_error(diameter) + 2 * U * (lhs + rhs)
            tightness = lhs / rhs
        applicable = (diameter if self.reach is between else outputs.diameter(between)) != 0
        found = Evaluation(applicable, lhs, rhs, rhs - lhs, rounding, tightness)
        return found.sharp_where(lambda: outputs.one_value_each & judging.witnessed(self.theorem))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls."""

        def measure() -> tuple[arb, arb, arb]:
            factor = BallRow(instance).value(self.bound, diameter=arb(1))
            moved, far = change(instance), squared_diameter(instance, self.reach)
            lhs, rhs = moved.norm, factor * far.sqrt()
            # rhs² − lhs², every difference of large numbers exact.
            larger = (factor * factor - 1) * far + (far - squared_length(moved.leading))
            return lhs, rhs, (larger + moved.shorter_than_leading) / (lhs + rhs)

        return judging.upper(
            measure,
            lambda lhs, rhs: lhs / rhs,
            scale=abs,
            sharp_for=self.theorem if one_value_each(instance) else None,
        )


CHECK = Truncation(theorem("truncation").claim.rhs / leakage)


def _point(ours: float, *theirs: float) -> Instance:
    values = np.array([[[ours], *([value] for value in theirs)]])
    return replace(point((1,), (0,) * len(theirs)), values=values)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound, sharp = CHECK.bound, _point(0, 1, 1)
    return (
        Mutant(
            "D-0.1%",
            "the diameter is 0.1 % smaller",
            "constant",
            replace(CHECK, bound=bound * sp.Rational(999, 1000)),
            sharp,
        ),
        Mutant(
            "within-parts",
            "the diameter covers distances within R and within C only",
            "statistic",
            replace(CHECK, reach=within),
            sharp,
        ),
        Mutant(
            "leakage-squared",
            "the leakage counts twice",
            "term",
            replace(CHECK, bound=bound * leakage),
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
            replace(CHECK, bound=CHECK.bound * sp.Rational(1001, 1000)),
        ),
        Control(
            "diameter-of-all",
            "the diameter of all values",
            "it covers every pair of a relevant and another key",
            replace(CHECK, reach=anywhere),
        ),
    )
