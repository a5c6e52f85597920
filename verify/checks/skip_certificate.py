"""Skip certificate: the log-odds of the mass off R, skipped in blocks, against its certificate.

A row's keys are its values, their scores the products with its query. R is kept; the others are
skipped in `split` runs of consecutive keys, each with the middle of its bounding box for a centre
and its largest distance from there for a radius. Tightness is the ratio of the odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import radius, temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import BallPart, BallRow
from locality.verify.checks.passes import inner, length, log_total, once
from locality.verify.checks.protocol import Control, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.checks.scales import log_odds
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("skip-certificate").claims}
count = sp.Symbol("count", positive=True)
mean_radius = sp.Symbol("mean_radius", nonnegative=True)
GRANTED = sp.log(count) + CLAIMS["score"] / temperature  # ln |g| + bound_g/τ


Run = tuple[int, int]


def runs(m: int, n: int, split: int) -> list[Run]:
    """The skipped keys m … n − 1 as `split` runs of nearly equal length, or one of fewer than 4."""
    ends = np.linspace(m, n, (split if n - m >= 4 else 1) + 1).astype(int).tolist()
    return list(pairwise(ends))


def centre(keys: Floats) -> Floats:
    """The middle of the bounding box of keys (…, keys, d)."""
    return (keys.min(axis=-2) + keys.max(axis=-2)) / 2


class QueryRows(Rows):
    """The rows of a batch by query and keys: scores are products, off by at most `score_error`."""

    def __init__(self, rows: Rows) -> None:
        self.query, self.keys = given(rows.batch, "query"), given(rows.batch, "values")
        scores = np.asfortranarray(np.einsum("rd,rkd->rk", self.query, self.keys))
        super().__init__(replace(rows.batch, scores=scores))
        self.sizes = (rows.batch.m, rows.batch.n)
        self._blocks: dict[Run, dict[str, Any]] = {}

    @cached_property
    def size(self) -> Floats:
        """Σ_i |q_i| max_j |k_ji|, which bounds every product and every centre's."""
        return np.einsum("rd,rd->r", np.abs(self.query), np.abs(self.keys).max(axis=1))

    @cached_property
    def query_norm(self) -> Floats:
        return np.linalg.norm(self.query, axis=1)

    @cached_property
    def product_error(self) -> Floats:
        """Error of a product over the temperature: d products and sums, and the division."""
        return (self.query.shape[1] + 2) * U * self.size / self.temperature

    def block(self, run: Run) -> dict[str, Any]:
        """What is known of the keys of a run."""
        if run not in self._blocks:
            self._blocks[run] = self._block(self.keys[:, slice(*run)])
        return self._blocks[run]

    def _block(self, keys: Floats) -> dict[str, Any]:
        middle = centre(keys)
        far = np.linalg.norm(keys - middle[:, None], axis=2)
        return {
            "count": float(keys.shape[1]),
            "centre_score": np.einsum("rd,rd->r", self.query, middle),
            "query_norm": self.query_norm,
            "radius": far.max(axis=1),
            "mean_radius": far.mean(axis=1),
            "temperature": self.temperature,
        }

    def total(self, logs: list[Floats]) -> Floats:
        """The logarithm of the sum of exponentials."""
        return np.logaddexp.reduce(logs)

    def granted_error(self, logs: list[Floats]) -> Floats:
        """Error of the granted logarithms: products, a norm times a distance, and the sum."""
        largest = np.abs(logs).max(axis=0) + 2 * self.size / self.temperature
        steps = 2 * self.query.shape[1] + 16
        return SECOND_ORDER * (steps * U * largest + FUNCTION * (2 + len(logs)))


class QueryBalls(BallRow):
    """One row by query and keys in balls, its scores exact products."""

    def __init__(self, instance: Instance) -> None:
        self.query = [arb(float(x)) for x in given(instance, "query")[0]]
        self.points = given(instance, "values")[0]
        self.sizes = (instance.m, len(self.points))
        super().__init__(instance)

    def _own(self) -> tuple[BallPart, BallPart]:
        m = self.instance.m
        return self._part(self.points[:m]), self._part(self.points[m:])

    def _part(self, points: Floats) -> BallPart:
        different, counts = np.unique(points, axis=0, return_counts=True)
        scores = [(self._product(k), int(c)) for k, c in zip(different, counts, strict=True)]
        scores.sort(key=lambda scored: -float(scored[0].mid()))
        return BallPart(scores, self.temperature)

    def _product(self, point: Floats) -> arb:
        return inner(self.query, list(map(arb, point.tolist())))

    def block(self, run: Run) -> dict[str, Any]:
        """What is known of the keys of a run."""
        keys = self.points[slice(*run)]
        middle = centre(keys)
        far = [length([arb(x) - arb(c) for x, c in zip(k, middle, strict=True)]) for k in keys]
        return {
            "count": arb(len(keys)),
            "centre_score": self._product(middle),
            "query_norm": length(self.query),
            "radius": reduce(arb.max, far),
            "mean_radius": sum(far, arb(0)) / len(far),
            "temperature": self.temperature,
        }

    def total(self, logs: list[arb]) -> arb:
        """The logarithm of the sum of exponentials."""
        return log_total(logs)


@once
def by_query(rows: Rows) -> QueryRows:
    """The rows by query and keys."""
    return QueryRows(rows)


@dataclass(frozen=True)
class SkipCertificate(Upper):
    """logit ε ≤ `bound` of ln U and lse_K, ln U from `granted` to each of `split` blocks.

    Logarithms are taken relative to the largest skipped score, which the bound does not see.
    """

    granted: sp.Expr = GRANTED
    split: int = 2

    theorem = "skip-certificate"
    extras = frozenset({"values", "query"})

    def _sides(self, row: Any) -> tuple[Any, Any]:
        row = by_query(row) if isinstance(row, Rows) else QueryBalls(row.instance)
        kept = row.ahead.log_total + row.gap
        upper = row.total(self._granted(row))
        return row.leakage_logit, row.value(self.bound, log_upper=upper, log_kept=kept)

    def _granted(self, row: QueryRows | QueryBalls) -> list[Any]:
        known = [row.block(run) for run in runs(*row.sizes, self.split)]
        top = row.behind.top / row.temperature
        return [evaluate(self.granted, block, row.functions) - top for block in known]

    def tightness(self, lhs: Any, rhs: Any, functions: Mapping[str, Any]) -> Any:
        """The ratio of the odds."""
        return functions["exp"](lhs - rhs)

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """Both parts' logarithms by the products, and what is granted to the blocks."""
        row = by_query(rows)
        kept = U * np.abs(row.ahead.log_total + row.gap)
        granted = row.granted_error(self._granted(row))
        return 2 * row.leakage_logit_error + 4 * row.product_error + granted + 4 * kept

    def scale(self, rhs: Any) -> Any:
        """Nats."""
        return judging.nats(rhs)

    def sharp(self, rows: Rows) -> NDArray[np.bool_]:
        """Blocks of one key each, however often, or the query 0."""
        row = by_query(rows)
        same = [row.block(run)["radius"] == 0 for run in runs(*row.sizes, self.split)]
        shape = np.logical_and.reduce(same) | (row.query_norm == 0)
        return shape & judging.witnessed(self.theorem)

    def is_sharp(self, instance: Instance) -> bool:
        """The same of one instance."""
        return bool(self.sharp(Rows(instance.batch()))[0])


CHECK = SkipCertificate(log_odds(CLAIMS["mass"]))


def _row(*keys: float, heat: float = 1.0) -> Instance:
    """One key kept at 0, the others skipped, on a line with the query 1."""
    values = np.array([[[0.0], *([key] for key in keys)]])
    scores = point((0,), keys, heat)
    return replace(scores, values=values, query=np.ones((1, 1)))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""

    def granting(expr: sp.Expr) -> SkipCertificate:
        return replace(CHECK, granted=expr, split=1)

    return (
        Mutant(
            "odds-0.1%",
            "the odds of the bound are 0.1 % smaller",
            "constant",
            replace(CHECK, bound=CHECK.bound + sp.log(sp.Rational(999, 1000))),
            _row(1, 1),
        ),
        Mutant(
            "block-counted-once",
            "the number of keys of a block is left out",
            "size",
            granting(GRANTED.subs(count, 1)),
            _row(1, 1),
        ),
        Mutant(
            "radius-10%",
            "a radius reaches nine tenths of the way to the farthest key",
            "constant",
            granting(GRANTED.subs(radius, sp.Rational(9, 10) * radius)),
            _row(*[0] * 1, 32),
        ),
        Mutant(
            "mean-radius",
            "the radius is the mean distance from the centre",
            "statistic",
            granting(GRANTED.subs(radius, mean_radius)),
            _row(0, 16, 15, 17, 32),
        ),
        Mutant(
            "no-radius",
            "a block's keys are taken to score what its centre scores",
            "term",
            granting(GRANTED.subs(radius, 0)),
            _row(0, 8),
        ),
        Mutant(
            "no-temperature",
            "the bound of a score is not divided by the temperature",
            "term",
            granting(GRANTED.subs(temperature, 1)),
            _row(-4, -4, heat=4.0),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "one-block",
            "all skipped keys in one block",
            "any partition into blocks that the radii cover will do",
            replace(CHECK, split=1),
        ),
        Control(
            "radius+10%",
            "a radius a tenth too large",
            "a larger radius covers the keys too",
            replace(CHECK, granted=GRANTED.subs(radius, sp.Rational(11, 10) * radius)),
        ),
        Control(
            "a-key-more",
            "each block is said to hold one key more",
            "the bound rises with the number of keys",
            replace(CHECK, granted=GRANTED.subs(count, count + 1)),
        ),
    )
