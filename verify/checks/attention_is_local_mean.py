"""Attention as a local mean: Gaussian weights from distances, and what scores with a bias say.

A row's keys are its values times a power of two that makes ‖k‖²/8τ at most 8, and its query is
divided by the same, which leaves the scores as they are. A second query lies a quarter of the way
to the sum of R's first key and C's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from typing import ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.functions import tanh
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import key_norm, norm_range, temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import softmax
from locality.verify.checks.outputs import Outputs
from locality.verify.checks.passes import inner, log_total, once
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, RowPart, Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

LARGEST = 64.0  # of a key's squared length, in temperatures


def scaled(source: Batch | Instance) -> tuple[Floats, Floats]:
    """Keys (rows, n, d) and the drawn query (rows, d); powers of two round nothing."""
    keys = given(source, "values")
    squared = (keys**2).sum(axis=2).max(axis=1)
    _, exponent = np.frexp(LARGEST * source.temperature / np.where(squared == 0, 1.0, squared))
    factor = np.ldexp(1.0, (exponent - 1) // 2)[:, None]
    return keys * factor[:, :, None], given(source, "query") / factor


def between(source: Batch | Instance) -> Floats:
    """The second query."""
    keys, _ = scaled(source)
    return (keys[:, 0] + keys[:, source.m]) / 4


class Weighed:
    """Rows of a batch by keys and a query in floats, under both kernels."""

    def __init__(self, rows: Rows, keys: Floats, query: Floats) -> None:
        self.temperature, self.keys, self.query = rows.temperature, keys, query
        self.d = keys.shape[2]
        self.scores = np.einsum("rd,rkd->rk", query, keys)
        self.squared = (keys**2).sum(axis=2)
        distances = ((query[:, None] - keys) ** 2).sum(axis=2)
        self.plain, self.biased, self.near = (
            Rows(replace(rows.batch, scores=np.asfortranarray(scores)))
            for scores in (self.scores, self.scores - self.squared / 2, -distances / 2)
        )

    @cached_property
    def size(self) -> Floats:
        """The largest score, bias and half distance, in temperatures."""
        products = np.einsum("rd,rkd->rk", np.abs(self.query), np.abs(self.keys)).max(axis=1)
        sizes = products + self.squared.max(axis=1) + (self.query**2).sum(axis=1)
        return sizes / self.temperature

    @property
    def range(self) -> Floats:
        """S."""
        return np.ptp(self.squared, axis=1)

    @cached_property
    def weight_error(self) -> Floats:
        """Of a weight's logarithm: d products or squares and their sum, and lse, on both sides."""
        passes = sum(rows.lse_error(rows.whole) for rows in (self.near, self.biased))
        return SECOND_ORDER * ((4 * self.d + 32) * U * self.size + passes)

    @cached_property
    def variation(self) -> Floats:
        """TV between attention and the Gaussian weights, from their scores."""
        one, other = (_shares(rows.whole) for rows in (self.plain, self.biased))
        return np.abs(one - other).sum(axis=0) / 2

    @cached_property
    def variation_error(self) -> Floats:
        """Scores off by (d + 2)u of their size move each distribution by half of that; and the
        errors of both softmaxes and of the sum.
        """
        part = self.plain.whole
        shares = 4 * part.total_error + 2 * FUNCTION + (2 * part.count + 16) * U
        return SECOND_ORDER * ((self.d + 8) * U * self.size + shares)


@once
def weighed(rows: Rows) -> tuple[Weighed, Weighed]:
    """The rows by the drawn query and by the second."""
    keys, query = scaled(rows.batch)
    return Weighed(rows, keys, query), Weighed(rows, keys, between(rows.batch))


def _shares(part: RowPart) -> Floats:
    return part.weight / part.total


class Balls:
    """One row's keys under both kernels in balls."""

    def __init__(self, instance: Instance, query: Floats) -> None:
        keys, _ = scaled(instance)
        self.temperature = arb(float(instance.temperature[0]))
        q, vectors = (
            list(map(arb, query[0].tolist())),
            [list(map(arb, k)) for k in keys[0].tolist()],
        )
        self.scores = [inner(q, key) for key in vectors]
        self.squared = [inner(key, key) for key in vectors]
        apart = ([x - y for x, y in zip(q, key, strict=True)] for key in vectors)
        self.near = softmax([-inner(one, one) / (2 * self.temperature) for one in apart])

    @property
    def attention(self) -> list[arb]:
        """The softmax of the scores."""
        return softmax([score / self.temperature for score in self.scores])

    @property
    def lse(self) -> arb:
        """That of the scores with the bias."""
        pairs = zip(self.scores, self.squared, strict=True)
        return log_total([(score - square / 2) / self.temperature for score, square in pairs])

    @property
    def range(self) -> arb:
        """S."""
        return reduce(arb.max, self.squared) - reduce(arb.min, self.squared)


@dataclass(frozen=True)
class AttentionIsLocalMean:
    """ln of a Gaussian weight = `weight`; TV between both kernels ≤ `variation`."""

    weight: sp.Expr
    variation: sp.Expr

    theorem: ClassVar[str] = "attention-is-local-mean"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "query"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; keys of one length leave nothing to bound."""
        drawn, second = weighed(rows)

        def attains() -> NDArray[np.bool_]:
            even = rows.batch.m == rows.batch.c
            return Outputs(rows).one_value_each & even & judging.witnessed(self.theorem)

        found = self._weights(drawn).guarded_by(self._variation(drawn))
        return found.guarded_by(self._variation(second).sharp_where(attains))

    def _weights(self, row: Weighed) -> Evaluation:
        """Of each row the key that is farthest off."""
        known = {
            "key_score": row.scores,
            "key_norm": np.sqrt(row.squared),
            "temperature": row.temperature[:, None],
            "lse": row.biased.lse[:, None],
        }
        lhs = row.near.batch.scores / row.temperature[:, None] - row.near.lse[:, None]
        rhs = evaluate(self.weight, known, ARRAYS)
        worst = np.abs(lhs - rhs).argmax(axis=1)[:, None]
        left, right = (np.take_along_axis(side, worst, axis=1)[:, 0] for side in (lhs, rhs))
        return Evaluation.of_equality(left, right, row.weight_error, np.ones_like(left))

    def _variation(self, row: Weighed) -> Evaluation:
        lhs, apart = row.variation, row.range
        known = {"norm_range": apart, "temperature": row.temperature}
        rhs = evaluate(self.variation, known, ARRAYS)
        rounding = row.variation_error + (4 * FUNCTION + 8 * U) * (lhs + rhs)
        return Evaluation(apart != 0, lhs, rhs, rhs - lhs, rounding, np.full_like(lhs, np.nan))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, both claims, the second for both queries."""
        keys, query = scaled(instance)
        found = judging.equal(partial(self._farthest_off, instance, query))
        if np.ptp((keys**2).sum(axis=2)) == 0:
            return found
        two = len(np.unique(keys[0], axis=0)) == 2
        drawn, second = (self._apart(instance, q, two) for q in (query, between(instance)))
        return found.guarded_by(drawn, second)

    def _farthest_off(self, instance: Instance, query: Floats) -> tuple[arb, arb, arb]:
        """ln of the weight that is farthest off, what it is claimed to be, and the scale."""
        row = Balls(instance, query)
        known = {"temperature": row.temperature, "lse": row.lse}
        sides = [
            (p.log(), evaluate(self.weight, {"key_score": s, "key_norm": k.sqrt(), **known}, BALLS))
            for p, s, k in zip(row.near, row.scores, row.squared, strict=True)
        ]
        lhs, rhs = max(sides, key=lambda pair: float(abs(pair[0] - pair[1]).upper()))
        return lhs, rhs, judging.nats(lhs)

    def _apart(self, instance: Instance, query: Floats, two: bool) -> Judgement:
        """Two keys attain the bound, however often each is there, if their odds are turned over."""

        def measure() -> tuple[arb, arb, arb]:
            row = Balls(instance, query)
            pairs = zip(row.attention, row.near, strict=True)
            lhs = sum((abs(p - q) for p, q in pairs), arb(0)) / 2
            known = {"norm_range": row.range, "temperature": row.temperature}
            rhs = evaluate(self.variation, known, BALLS)
            return lhs, rhs, rhs - lhs

        return judging.upper(
            measure,
            lambda lhs, rhs: lhs / rhs,
            scale=abs,
            sharp_for=self.theorem if two else None,
        )


_CLAIMS = {claim.name: claim.rhs for claim in theorem("attention-is-local-mean").claims}
CHECK = AttentionIsLocalMean(_CLAIMS["weight"].args[0], _CLAIMS["variation"])


def _pair(long: float = 2.0) -> Instance:
    """A key of that length and one at 0."""
    values, query = np.array([[[long, 0.0], [0.0, 0.0]]]), np.array([[0.5, 0.0]])
    return replace(point((0,), (0,)), values=values, query=query)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    weight, variation, pair = CHECK.weight, CHECK.variation, _pair()
    return (
        Mutant(
            "bias-left-out",
            "the Gaussian weights are attention's, whatever the keys' lengths",
            "term",
            replace(CHECK, weight=weight.subs(key_norm, 0)),
            pair,
        ),
        Mutant(
            "whole-square",
            "the bias is the whole squared length",
            "constant",
            replace(CHECK, weight=weight.subs(key_norm, sp.sqrt(2) * key_norm)),
            pair,
        ),
        Mutant(
            "no-half-in-the-exponent",
            "the bandwidth is that of e^(−‖q − k‖²/h²)",
            "constant",
            replace(CHECK, weight=weight.subs(temperature, 2 * temperature)),
            pair,
        ),
        Mutant(
            "variation-0.1%",
            "the bound on total variation is 0.1 % smaller",
            "constant",
            replace(CHECK, variation=variation * sp.Rational(999, 1000)),
            pair,
        ),
        Mutant(
            "half-the-range",
            "total variation is bounded by tanh(S/16τ)",
            "constant",
            replace(CHECK, variation=variation.subs(norm_range, norm_range / 2)),
            pair,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "variation-linear",
            "total variation is bounded by S/8τ",
            "tanh t ≤ t for t ≥ 0",
            replace(CHECK, variation=CHECK.variation.replace(tanh, lambda t: t)),
        ),
        Control(
            "error-of-the-whole-bias",
            "total variation is bounded by tanh(S/4τ), that of errors up to S/2τ at every key",
            "a bias moves attention by half of what its range would as an error of either sign",
            replace(CHECK, variation=CHECK.variation.subs(norm_range, 2 * norm_range)),
        ),
    )
