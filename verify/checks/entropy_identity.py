"""Entropy identity: −Σ p ln p, and what a pass with the keys among its values says it is.

A row's keys are its values. Two rows are measured in each: the scores ⟨q, k⟩ alone, and with the
drawn scores for a bias.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import lse, mean_bias, mean_product, temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import softmax
from locality.verify.checks.passes import entropy, inner, log_total
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Floats, Instance

Stored = Callable[[Floats], Floats]
"""The keys that are averaged, from those that were scored, (…, keys, d)."""

reference = sp.Symbol("reference", real=True)  # ⟨q, k⟩ of a row's first key


def as_scored(keys: Floats) -> Floats:
    """The keys themselves."""
    return keys


def before_rotation(keys: Floats) -> Floats:
    """The keys as they were before their first two coordinates were turned by a right angle."""
    turned = keys.copy()
    turned[..., 0], turned[..., 1] = keys[..., 1], -keys[..., 0]
    return turned


class Pass:
    """Rows of a batch by query and keys in floats, and what one pass returns."""

    def __init__(self, rows: Rows, biased: bool, stored: Stored) -> None:
        self.query, self.keys = given(rows.batch, "query"), given(rows.batch, "values")
        products = np.einsum("rd,rkd->rk", self.query, self.keys)
        self.bias = rows.batch.scores if biased else np.zeros_like(products)
        self.first = products[:, 0]
        scores = np.asfortranarray(products + self.bias)
        self.rows = Rows(replace(rows.batch, scores=scores))
        self.stored = stored(self.keys)

    def returned(self) -> dict[str, Any]:
        """lse and the two means, by name."""
        part = self.rows.whole
        key = np.einsum("kr,rkd->rd", part.weight, self.stored) / part.total[:, None]
        return {
            "lse": self.rows.lse,
            "mean_product": np.einsum("rd,rd->r", self.query, key),
            "mean_bias": np.einsum("kr,rk->r", part.weight, self.bias) / part.total,
            "temperature": self.rows.temperature,
            "reference": self.first,
        }

    def error(self) -> Floats:
        """Of a mean of terms up to S: twice the total's relative error and that of the sums, times
        S; of a score in d products: (d + 2)u S, which moves the mean score as much; of lse.
        """
        (_, n, d), whole = self.keys.shape, self.rows.whole
        products = np.einsum("rd,rd->r", np.abs(self.query), np.abs(self.keys).max(axis=1))
        size = products + np.abs(self.bias).max(axis=1)
        relative = 2 * whole.total_error + (n + 2 * d + 12) * U
        means = relative * size / self.rows.temperature
        return SECOND_ORDER * (means + self.rows.lse_error(whole) + 2 * U * np.abs(self.rows.lse))


class BallPass:
    """One row by query and keys in balls, its scores exact."""

    def __init__(self, instance: Instance, biased: bool, stored: Stored) -> None:
        self.query = [arb(x) for x in given(instance, "query")[0].tolist()]
        keys = given(instance, "values")[0]
        self.products, bias = self._times(keys), instance.scores[0].tolist()
        self.bias = [arb(b) if biased else arb(0) for b in bias]
        self.stored = self._times(stored(keys))
        self.temperature = arb(float(instance.temperature[0]))
        pairs = zip(self.products, self.bias, strict=True)
        self.logits = [(s + b) / self.temperature for s, b in pairs]
        self.p = softmax(self.logits)

    def _times(self, keys: Floats) -> list[arb]:
        return [inner(self.query, list(map(arb, key))) for key in keys.tolist()]

    @property
    def entropy(self) -> arb:
        """−Σ p ln p."""
        return entropy(self.p)

    def returned(self) -> dict[str, Any]:
        """lse and the two means, by name; the mean product is the product with the mean key."""
        return {
            "lse": log_total(self.logits),
            "mean_product": inner(self.p, self.stored),
            "mean_bias": inner(self.p, self.bias),
            "temperature": self.temperature,
            "reference": self.products[0],
        }


@dataclass(frozen=True)
class EntropyIdentity:
    """H = `claimed`, the mean key being that of the keys as `stored`."""

    claimed: sp.Expr
    stored: Stored = as_scored

    theorem: ClassVar[str] = "entropy-identity"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "query"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats, without and with a bias; to absolute accuracy."""
        plain, biased = (self._measured(Pass(rows, b, self.stored)) for b in (False, True))
        return plain.guarded_by(biased)

    def _measured(self, made: Pass) -> Evaluation:
        lhs, rhs = made.rows.entropy, evaluate(self.claimed, made.returned(), ARRAYS)
        error = made.rows.entropy_excess_error + made.error() + 4 * U * (np.abs(lhs) + np.abs(rhs))
        return Evaluation.of_equality(lhs, rhs, error, np.ones_like(lhs))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, without and with a bias."""

        def sides(biased: bool) -> tuple[arb, arb, arb]:
            made = BallPass(instance, biased, self.stored)
            lhs = made.entropy
            return lhs, evaluate(self.claimed, made.returned(), BALLS), judging.nats(lhs)

        plain, biased = (judging.equal(partial(sides, b)) for b in (False, True))
        return plain.guarded_by(biased)


CHECK = EntropyIdentity(theorem("entropy-identity").claim.rhs)


def _row(biases: tuple[float, ...], *keys: tuple[float, float]) -> Instance:
    values, query = np.array([keys], dtype=float), np.array([[1.0, 0.0]])
    return replace(point(biases[:1], biases[1:]), values=values, query=query)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    claimed = CHECK.claimed
    even, apart = _row((0, 0), (0, 0), (0, 0)), _row((0, 0), (2, 1), (1, 3))
    return (
        Mutant(
            "entropy+0.1%",
            "entropy comes out 0.1 % larger",
            "constant",
            replace(CHECK, claimed=claimed * sp.Rational(1001, 1000)),
            even,
        ),
        Mutant(
            "entropy-0.1%",
            "entropy comes out 0.1 % smaller",
            "constant",
            replace(CHECK, claimed=claimed * sp.Rational(999, 1000)),
            even,
        ),
        Mutant(
            "bias-left-out",
            "the mean of the bias is left out",
            "term",
            replace(CHECK, claimed=claimed.subs(mean_bias, 0)),
            _row((0, -2), (0, 0), (0, 0)),
        ),
        Mutant(
            "key-left-out",
            "the mean key is left out",
            "term",
            replace(CHECK, claimed=claimed.subs(mean_product, 0)),
            apart,
        ),
        Mutant(
            "no-temperature",
            "the mean score is not divided by the temperature",
            "term",
            replace(CHECK, claimed=claimed.subs(temperature, 1)),
            replace(apart, temperature=np.array([2.0])),
        ),
        Mutant(
            "keys-before-rotation",
            "the keys that are averaged are not those that are scored",
            "statistic",
            replace(CHECK, stored=before_rotation),
            apart,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    shifted = {lse: lse - reference / temperature, mean_product: mean_product - reference}
    return (
        Control(
            "reference-key",
            "every key is less the first key",
            "a shift of all scores changes no weight, and moves lse and the mean score alike",
            replace(CHECK, claimed=CHECK.claimed.subs(shifted, simultaneous=True)),
        ),
    )
