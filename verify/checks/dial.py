"""Dial: the log-odds of fidelity at λ and at 0, each measured; and how far attention moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.functions import tanh
from locality.theory.core.symbols import dial, step, temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, Rows, U, given
from locality.verify.checks.scales import log_odds
from locality.verify.instances.batch import Floats, Instance


@dataclass(frozen=True)
class Dial:
    """logit F(λ) = `moved`; and TV(p^λ, p⁰) ≤ `stability`."""

    moved: sp.Expr
    stability: sp.Expr

    theorem: ClassVar[str] = "dial"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"dial"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; λ = 0 tests nothing."""
        error = rows.leakage_logit_error + rows.dialled.leakage_logit_error + rows.dialling_error
        return self._moved(rows, error).guarded_by(self._stability(rows, error))

    def _moved(self, rows: Rows, error: Floats) -> Evaluation:
        effect = np.abs(rows.dial) / rows.temperature
        lhs, rhs = rows.dialled.fidelity_logit, rows.value(self.moved)
        allowance = error + 2 * U * (np.abs(lhs) + np.abs(rhs) + effect)
        return Evaluation.of_equality(lhs, rhs, allowance, effect)

    def _stability(self, rows: Rows, error: Floats) -> Evaluation:
        """The change of F is σ(high)σ(−low)(1 − e^(low − high)); log-odds move it at rates ≤ ¼."""
        one, other = rows.leakage_logit, rows.dialled.leakage_logit
        high, low = np.maximum(one, other), np.minimum(one, other)
        sigmoid = rows.functions["sigmoid"]
        lhs = sigmoid(high) * sigmoid(-low) * -np.expm1(low - high)
        rhs = rows.value(self.stability, step=np.abs(rows.dial))
        rounding = error / 4 + (3 * FUNCTION + 8 * U) * (lhs + rhs)
        return Evaluation(rows.dial != 0, lhs, rhs, rhs - lhs, rounding, np.full_like(lhs, np.nan))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, both claims."""

        def sides() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            moved = row.value(self.moved)
            return fidelity_logit(row), moved, judging.nats(moved)

        def moves() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            lhs, rhs = variation(row), row.value(self.stability, step=abs(row.dial))
            return lhs, rhs, rhs - lhs

        moved = judging.equal(sides)
        if given(instance, "dial")[0] == 0:
            return moved
        sharp = self.theorem if judging.two_level(instance) else None
        stable = judging.upper(moves, lambda lhs, rhs: lhs / rhs, scale=abs, sharp_for=sharp)
        return moved.guarded_by(stable)


def fidelity_logit(row: BallRow) -> arb:
    """The log-odds of F(λ) in balls, from the softmax of the lowered scores."""
    shares, m = softmax(_lowered(row)), row.instance.m
    return (sum(shares[:m], arb(0)) / sum(shares[m:], arb(0))).log()


def variation(row: BallRow) -> arb:
    """TV(p^λ, p⁰) = ½ Σ|p_j^λ − p_j⁰| in balls."""
    pairs = zip(softmax(row.logits), softmax(_lowered(row)), strict=True)
    return sum((abs(p - q) for p, q in pairs), arb(0)) / 2


def _lowered(row: BallRow) -> list[arb]:
    m, logits, by = row.instance.m, row.logits, row.dial / row.temperature
    return logits[:m] + [z - by for z in logits[m:]]


_CLAIMS = {claim.name: claim.rhs for claim in theorem("dial").claims}
CHECK = Dial(log_odds(_CLAIMS["fidelity"]), _CLAIMS["stability"])


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    moved, turned = CHECK.moved, point((0,), (1,), dial=2.0)

    def scaled(factor: sp.Expr) -> Dial:
        return replace(CHECK, moved=moved.subs(dial, factor * dial))

    return (
        Mutant(
            "dial+0.1%",
            "the dial moves the log-odds by 0.1 % more",
            "constant",
            scaled(sp.Rational(1001, 1000)),
            turned,
        ),
        Mutant(
            "dial-0.1%",
            "the dial moves the log-odds by 0.1 % less",
            "constant",
            scaled(sp.Rational(999, 1000)),
            turned,
        ),
        Mutant(
            "no-temperature",
            "the dial is not divided by the temperature",
            "term",
            replace(CHECK, moved=moved.subs(temperature, 1)),
            point((0,), (1,), temperature=2.0, dial=2.0),
        ),
        Mutant(
            "stability-0.1%",
            "the bound on total variation is 0.1 % smaller",
            "constant",
            replace(CHECK, stability=CHECK.stability * sp.Rational(999, 1000)),
            turned,
        ),
        Mutant(
            "stability-of-half",
            "total variation is bounded by tanh(h/8)",
            "constant",
            replace(CHECK, stability=CHECK.stability.subs(step, step / 2)),
            turned,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "stability-linear",
            "total variation is bounded by h/4",
            "tanh t ≤ t for t ≥ 0",
            replace(CHECK, stability=CHECK.stability.replace(tanh, lambda t: t)),
        ),
    )
