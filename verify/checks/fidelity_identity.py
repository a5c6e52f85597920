"""Fidelity identity: leakage, and what two of the passes over all keys, R and C say it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.bounds import log_form
from locality.theory.core.functions import fall, softplus
from locality.theory.core.symbols import lse, lse_relevant, lse_rest
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, Rows, U
from locality.verify.checks.scales import log_odds
from locality.verify.instances.batch import Floats, Instance

FINEST = arb(2) ** -2000  # leakages below it are not told apart


@dataclass(frozen=True)
class FidelityIdentity:
    """ε = `block`; ln ε = `rest`; and the log-odds of ε are `parts`."""

    block: sp.Expr
    rest: sp.Expr
    parts: sp.Expr

    theorem: ClassVar[str] = "fidelity-identity"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset()
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats: ε to absolute accuracy, the others to that of a ratio."""
        leakage, ratio = rows.leakage, rows.leakage_logit_error
        log_leakage = -rows.functions["softplus"](rows.fidelity_logit)
        log_error = rows.fidelity * ratio + FUNCTION * (1 + np.abs(log_leakage))
        found = self._same(rows, self.block, leakage, leakage * rows.fidelity * ratio + FUNCTION)
        rest = self._same(rows, self.rest, log_leakage, log_error)
        parts = self._same(rows, self.parts, rows.leakage_logit, ratio)
        return found.guarded_by(rest).guarded_by(parts)

    def _same(self, rows: Rows, claimed: sp.Expr, lhs: Floats, error: Floats) -> Evaluation:
        """No claim moves faster than the passes; rates in mutants are below 2."""
        passes = sum(rows.lse_error(part) for part in (rows.whole, rows.ahead, rows.behind))
        rhs = rows.value(claimed)
        allowance = error + 2 * passes + (FUNCTION + 2 * U) * (np.abs(lhs) + np.abs(rhs))
        return Evaluation.of_equality(lhs, rhs, allowance, np.ones_like(lhs))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, all three claims."""

        def block() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            leakage = _leakage(row)
            return leakage, row.value(self.block), leakage.max(FINEST)

        def rest() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            lhs = _leakage(row).log()
            return lhs, row.value(self.rest), judging.nats(lhs)

        def parts() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            lhs = (_leakage(row) / _fidelity(row)).log()
            return lhs, row.value(self.parts), judging.nats(lhs)

        others = judging.equal(rest), judging.equal(parts)
        return judging.equal(block).guarded_by(*others)


def _leakage(row: BallRow) -> arb:
    """Σ p_j over C, from the softmax of the scores."""
    return sum(softmax(row.logits)[row.instance.m :], arb(0))


def _fidelity(row: BallRow) -> arb:
    return sum(softmax(row.logits)[: row.instance.m], arb(0))


_CLAIMS = {claim.name: claim.rhs for claim in theorem("fidelity-identity").claims}
CHECK = FidelityIdentity(_CLAIMS["block"], log_form(_CLAIMS["rest"]), log_odds(_CLAIMS["parts"]))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    block, rest = CHECK.block, CHECK.rest
    even, apart = point((0,), (0, -1)), point((1,), (0, 0))
    return (
        Mutant(
            "leakage+0.1%",
            "the block's pass says 0.1 % more leakage",
            "constant",
            replace(CHECK, block=block * sp.Rational(1001, 1000)),
            even,
        ),
        Mutant(
            "leakage-0.1%",
            "the block's pass says 0.1 % less leakage",
            "constant",
            replace(CHECK, block=block * sp.Rational(999, 1000)),
            even,
        ),
        Mutant(
            "first-order",
            "leakage is lse − lse_R",
            "term",
            replace(CHECK, block=block.replace(fall, lambda t: t)),
            even,
        ),
        Mutant(
            "sets-swapped",
            "the pass over the rest is taken for that over the block",
            "statistic",
            replace(CHECK, block=block.subs(lse_relevant, lse_rest)),
            apart,
        ),
        Mutant(
            "over-the-block",
            "the rest is weighed against the block, not against all keys",
            "statistic",
            replace(CHECK, rest=rest.subs(lse, lse_relevant)),
            even,
        ),
        Mutant(
            "bits",
            "the block's pass is in bits, the other in nats",
            "constant",
            replace(CHECK, block=block.subs(lse_relevant, lse_relevant / sp.log(2))),
            apart,
        ),
        Mutant(
            "rest-counted-twice",
            "the global pass sees every key of the rest twice",
            "scope",
            replace(CHECK, rest=rest.subs(lse, lse + softplus(lse_rest - lse))),
            even,
        ),
        Mutant(
            "parts+0.1%",
            "the log-odds of leakage are 0.1 % larger",
            "constant",
            replace(CHECK, parts=CHECK.parts * sp.Rational(1001, 1000)),
            apart,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    merged = lse_relevant + softplus(lse_rest - lse_relevant)
    return (
        Control(
            "global-pass-merged",
            "the global pass is merged from the two others",
            "the sums over two parts add up to the sum over both",
            replace(CHECK, block=CHECK.block.subs(lse, merged)),
        ),
    )
