"""Merge: lse and means over all keys of a row, and what merging parts of the row says they are.

The parts are R and C, and three tiles merged in both groupings; the quantities the score and the
first component of the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.functions import sigmoid, softplus
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import lse_first, lse_second, mean_first, mean_second
from locality.verify.checks import judging
from locality.verify.checks.balls import softmax
from locality.verify.checks.passes import inner, log_total
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, RowPart, Rows, U, given
from locality.verify.instances.batch import Floats, Instance

size_first, size_second = sp.symbols("size_first size_second", positive=True)


@dataclass(frozen=True)
class Moments:
    """lse, the means of all quantities, and the number of keys, of one set of keys."""

    lse: Any
    means: tuple[Any, ...]
    size: int


Measure = Callable[[slice], Moments]


class FloatSets:
    """Moments of sets of a batch's keys in floats, and how far they are off."""

    def __init__(self, rows: Rows) -> None:
        self.rows, scores = rows, rows.batch.scores
        self.quantities = (scores, given(rows.batch, "values")[:, :, 0])

    def moments(self, keys: slice) -> Moments:
        """Of one set of keys."""
        part = RowPart(self.rows.batch.scores[:, keys], self.rows.temperature)
        lse = part.top / part.temperature + part.log_total
        terms = (np.einsum("kr,rk->r", part.weight, q[:, keys]) for q in self.quantities)
        return Moments(lse, tuple(term / part.total for term in terms), part.count)

    @cached_property
    def scales(self) -> tuple[Floats, ...]:
        """The largest size of each quantity."""
        return tuple(np.abs(quantity).max(axis=1) for quantity in self.quantities)

    @cached_property
    def lse_error(self) -> Floats:
        """Four sets, none with larger numbers than `size`, and two functions in each of three
        merges.
        """
        whole = self.rows.whole
        reach = np.maximum(np.abs(whole.top), np.abs(whole.least)) / self.rows.temperature
        size = 1 + reach + np.log(whole.count)
        return SECOND_ORDER * (4 * whole.log_total_error + (6 * FUNCTION + 24 * U) * size)

    @cached_property
    def mean_error(self) -> Floats:
        """Relative to a quantity's scale: twice the total's error and the sums in four sets; a
        share moves by a quarter of its logit's error, and the mean by twice the scale of that.
        """
        whole = self.rows.whole
        sums = 4 * (2 * whole.total_error + (whole.count + 12) * U)
        return SECOND_ORDER * (sums + 2 * self.lse_error + 6 * FUNCTION)


class BallSets:
    """Moments of sets of one row's keys in balls."""

    def __init__(self, instance: Instance) -> None:
        tau, scores = arb(float(instance.temperature[0])), instance.scores[0].tolist()
        self.logits = [arb(score) / tau for score in scores]
        first = given(instance, "values")[0, :, 0].tolist()
        self.quantities = [[arb(number) for number in numbers] for numbers in (scores, first)]

    def moments(self, keys: slice) -> Moments:
        """Of one set of keys."""
        logits = self.logits[keys]
        shares = softmax(logits)
        means = tuple(inner(shares, numbers[keys]) for numbers in self.quantities)
        return Moments(log_total(logits), means, len(logits))

    @property
    def scales(self) -> list[arb]:
        """The largest size of each quantity, or 1 where all are 0."""
        largest = [max(map(abs, numbers), key=float) for numbers in self.quantities]
        return [found if found > 0 else found + 1 for found in largest]


@dataclass(frozen=True)
class Merge:
    """Merged lse is `lse` and a merged mean `mean`; C begins `overlap` keys early."""

    lse: sp.Expr
    mean: sp.Expr
    overlap: int = 0

    theorem: ClassVar[str] = "merge"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"values"})
    width: ClassVar[int] = 1

    def merged(self, first: Moments, second: Moments, functions: Mapping[str, Any]) -> Moments:
        """The moments of a union as claimed."""
        sets = {"first": first, "second": second}
        values: dict[str, Any] = {f"lse_{name}": one.lse for name, one in sets.items()}
        values |= {f"size_{name}": one.size for name, one in sets.items()}
        means = [
            evaluate(self.mean, values | {"mean_first": x, "mean_second": y}, functions)
            for x, y in zip(first.means, second.means, strict=True)
        ]
        return Moments(
            evaluate(self.lse, values, functions), tuple(means), first.size + second.size
        )

    def unions(self, of: Measure, m: int, n: int, functions: Mapping[str, Any]) -> list[Moments]:
        """All keys of a row, merged from R and C, and from three tiles in both groupings."""
        found = [self.merged(of(slice(m)), of(slice(m - self.overlap, None)), functions)]
        if n > 2:
            one, two, three = (of(tile) for tile in (slice(1), slice(1, n - 1), slice(n - 1, n)))
            left = self.merged(self.merged(one, two, functions), three, functions)
            right = self.merged(one, self.merged(two, three, functions), functions)
            found += [left, right]
        return found

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats: lse to absolute accuracy, a mean to that of its scale."""
        sets, batch = FloatSets(rows), rows.batch
        whole = sets.moments(slice(None))
        unions = self.unions(sets.moments, batch.m, batch.n, ARRAYS)
        found = (one for union in unions for one in self._compared(sets, whole, union))
        return reduce(Evaluation.guarded_by, found)

    def _compared(self, sets: FloatSets, whole: Moments, union: Moments) -> Iterator[Evaluation]:
        nats = np.ones_like(whole.lse)
        yield Evaluation.of_equality(whole.lse, union.lse, sets.lse_error, nats)
        for lhs, rhs, scale in zip(whole.means, union.means, sets.scales, strict=True):
            yield Evaluation.of_equality(lhs, rhs, sets.mean_error * scale, scale)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, every union and quantity."""
        m, n = instance.m, instance.scores.shape[1]

        def sides(which: int, k: int) -> tuple[arb, arb, arb]:
            sets = BallSets(instance)
            whole = sets.moments(slice(None))
            union = self.unions(sets.moments, m, n, BALLS)[which]
            if k == 0:
                return whole.lse, union.lse, judging.nats(whole.lse)
            return whole.means[k - 1], union.means[k - 1], sets.scales[k - 1]

        unions = range(3 if n > 2 else 1)
        first, *others = (
            judging.equal(partial(sides, which, k)) for which in unions for k in range(3)
        )
        return first.guarded_by(*others)


_CLAIMS = {claim.name: claim.rhs for claim in theorem("merge").claims}
CHECK = Merge(_CLAIMS["lse"], _CLAIMS["mean"])


def _row(relevant: tuple[float, ...], others: tuple[float, ...], *values: float) -> Instance:
    return replace(point(relevant, others), values=np.array([[[value] for value in values]]))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    even, apart = _row((0,), (0,), 1, 3), _row((1,), (0, 0), 1, 3, 3)
    gain, mean = CHECK.lse - lse_first, CHECK.mean
    swapped = {lse_first: lse_second, lse_second: lse_first}
    by_size = sp.log(size_first / size_second)
    return (
        Mutant(
            "gain+0.1%",
            "the second set adds 0.1 % more to lse",
            "constant",
            replace(CHECK, lse=lse_first + gain * sp.Rational(1001, 1000)),
            even,
        ),
        Mutant(
            "gain-0.1%",
            "the second set adds 0.1 % less to lse",
            "constant",
            replace(CHECK, lse=lse_first + gain * sp.Rational(999, 1000)),
            even,
        ),
        Mutant(
            "mean+0.1%",
            "a merged mean is 0.1 % larger",
            "constant",
            replace(CHECK, mean=mean * sp.Rational(1001, 1000)),
            even,
        ),
        Mutant(
            "mean-0.1%",
            "a merged mean is 0.1 % smaller",
            "constant",
            replace(CHECK, mean=mean * sp.Rational(999, 1000)),
            even,
        ),
        Mutant(
            "shares-swapped",
            "each mean gets the other set's share",
            "statistic",
            replace(CHECK, mean=mean.subs(swapped, simultaneous=True)),
            apart,
        ),
        Mutant(
            "shares-by-size",
            "a set's share is its share of the keys",
            "statistic",
            replace(CHECK, mean=sigmoid(by_size) * mean_first + sigmoid(-by_size) * mean_second),
            apart,
        ),
        Mutant(
            "sets-overlap",
            "a key lies in both sets",
            "scope",
            replace(CHECK, overlap=1),
            even,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "second-first",
            "the second set's lse, and what the first adds to it",
            "the sums of both sets add up in either order",
            replace(CHECK, lse=lse_second + softplus(lse_first - lse_second)),
        ),
    )
