"""Relaxation labeling: what an update gains in consistency, against twice what the labels moved.

A row's keys are labels. Their probabilities go with |first component of the value| + 1/256, and
their compatibilities with u = e^((s − top)/τ) and g = |last component|. Two updates a row: of one
object that has all labels, r_ab = u_a u_b, which is attention with a prior; and of two, R and C,
r_ab = S₁₁u_a u_b + S₁₂u_a g_b + S₂₁g_a u_b + S₂₂g_a g_b, S from the rates. Tightness is that of the
first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add, mul
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import divergence
from locality.verify.checks import judging
from locality.verify.checks.protocol import (
    BLUR,
    Control,
    Evaluation,
    Judgement,
    Kind,
    Mutant,
    point,
)
from locality.verify.checks.rows import FLOOR, FUNCTION, SECOND_ORDER, RowPart, Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

CLAIM = theorem("relaxation-labeling").claim.rhs
reversed_divergence = sp.Symbol("reversed_divergence", nonnegative=True)  # of old from new labels
summed_divergence = sp.Symbol("summed_divergence", nonnegative=True)  # objects without their shares

LEAST = 1 / 256  # no label has probability 0
FAINT = 1e-200  # what a smaller u adds is lost in rounding, and it has a logarithm

Numbers = Sequence[Any]
"""One number a label: arrays over rows, or balls of one row."""
Mix = tuple[tuple[Any, Any], tuple[Any, Any]]


def symmetric(rates: Numbers) -> Mix:
    """S with S₁₂ = S₂₁."""
    return (rates[0], rates[1]), (rates[1], rates[2])


def one_sided(rates: Numbers) -> Mix:
    """S with a rate each for S₁₂ and S₂₁."""
    return (rates[0], rates[1]), (rates[3], rates[2])


def _log(x: Any) -> Any:
    return x.log() if isinstance(x, arb) else np.log(x)


def _log1p(x: Any) -> Any:
    return x.log1p() if isinstance(x, arb) else np.log1p(x)


def _fall(z: Any) -> Any:
    return -z.expm1() if isinstance(z, arb) else -np.expm1(z)


def _total(numbers: Numbers) -> Any:
    return reduce(add, numbers)


def _dot(one: Numbers, other: Numbers) -> Any:
    return _total(list(map(mul, one, other)))


def _shares(sizes: Numbers) -> list[Any]:
    whole = _total(sizes)
    return [size / whole for size in sizes]


@dataclass(frozen=True)
class Gain:
    """ln A(p′)/A(p), by how much it exceeds the theorem's bound, and what a bound may speak of.

    `unsure`: what a relative error of all numbers counts with in the excess.
    """

    excess: Any
    known: dict[str, Any]
    unsure: Any

    @property
    def gain(self) -> Any:
        """The whole of it."""
        return self.excess + 2 * self.known["divergence"]


@dataclass(frozen=True)
class Object:
    """The labels of an object: probabilities, and the features u = e^z and g."""

    p: Numbers
    z: Numbers
    u: Numbers
    g: Numbers

    @property
    def features(self) -> tuple[Numbers, Numbers]:
        return self.u, self.g


def attended(labels: Object) -> Gain:
    """One object, r_ab = u_a u_b: p′ = pu/Σpu, and the gain is 2 ln(Σp′u/Σpu).

    ln Σp′u − Σp′z without cancellation where p′ is on the top.
    """
    pull = list(map(mul, labels.p, labels.u))
    new, before = _shares(pull), _log(_total(pull))
    down, lost = -_dot(new, labels.z), _dot(new, list(map(_fall, labels.z)))
    moved = -down - before
    known = {
        "divergence": moved,
        "reversed_divergence": before - _dot(labels.p, labels.z),
        "summed_divergence": moved,
    }
    return Gain(2 * (down + _log1p(-lost)), known, 2 * (down + lost / (1 - lost)))


def supports(objects: Sequence[Object], p: Sequence[Numbers], mix: Mix) -> list[list[Any]]:
    """r p of every label, by what the features sum to over all labels."""
    totals = [
        _total([_dot(one.features[k], mine) for one, mine in zip(objects, p, strict=True)])
        for k in range(2)
    ]
    slopes = [_dot(row, totals) for row in mix]
    return [[_dot(pair, slopes) for pair in zip(*one.features, strict=True)] for one in objects]


def labelled(objects: Sequence[Object], mix: Mix) -> Gain:
    """Several objects: one update by its definition."""
    old = [one.p for one in objects]
    support = supports(objects, old, mix)
    pulled = [_dot(p, q) for p, q in zip(old, support, strict=True)]
    growth = [[q / whole for q in own] for own, whole in zip(support, pulled, strict=True)]
    new = [list(map(mul, p, x)) for p, x in zip(old, growth, strict=True)]
    logs = [list(map(_log, x)) for x in growth]
    after = [_dot(p, q) for p, q in zip(new, supports(objects, new, mix), strict=True)]
    each = [_dot(p, x) for p, x in zip(new, logs, strict=True)]
    back = [-_dot(p, x) for p, x in zip(old, logs, strict=True)]
    shares = _shares(pulled)
    known = {
        "divergence": _dot(shares, each),
        "reversed_divergence": _dot(shares, back),
        "summed_divergence": _total(each),
    }
    gain = _log(_total(after)) - _log(_total(pulled))
    moved = _total([_dot(p, list(map(abs, x))) for p, x in zip(new, logs, strict=True)])
    return Gain(gain - 2 * known["divergence"], known, 40 + 10 * moved)


# -- a row in floats, and in balls -------------------------------------------------------------


def _sizes(batch: Batch | Instance) -> tuple[Floats, Floats]:
    values = np.abs(given(batch, "values"))
    return values[..., 0] + LEAST, values[..., -1]


def _float_object(part: RowPart, sizes: Floats, g: Floats) -> Object:
    weights = np.maximum(part.weight, FAINT)
    return Object(_shares(list(sizes.T)), list(part.z), list(weights), list(g.T))


def _ball_object(scores: Floats, temperature: arb, sizes: Floats, g: Floats) -> Object:
    top = arb(float(scores.max()))
    z = [(arb(score) - top) / temperature for score in scores.tolist()]
    exact = [arb(size) for size in sizes.tolist()]
    return Object(_shares(exact), z, [one.exp() for one in z], [arb(x) for x in g.tolist()])


def _error(part: RowPart) -> Floats:
    """Relative, of every number made of a part's features: u's own, and those of sums."""
    depth = np.minimum((part.top - part.least) / part.temperature, -FLOOR)
    return SECOND_ORDER * (4.2 * U * depth + 2 * FUNCTION + (2 * part.count + 16) * U)


def _moved(columns: Sequence[Floats]) -> NDArray[np.bool_]:
    """Rows in which some column differs within some of the keys."""
    return reduce(np.logical_or, [~(part == part[:, :1]).all(axis=1) for part in columns])


@dataclass(frozen=True)
class RelaxationLabeling:
    """ln A(p′)/A(p) ≥ `bound`, the two objects' features mixed by `mix`."""

    bound: sp.Expr
    mix: Callable[[Numbers], Mix] = symmetric

    theorem: ClassVar[str] = "relaxation-labeling"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "rates"})
    width: ClassVar[int] = 1

    @property
    def spare(self) -> sp.Expr:
        """What the theorem's bound has over this one: nothing, not even in rounding, if equal."""
        return sp.expand(CLAIM - self.bound)

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; lhs is the bound, rhs the gain."""
        batch, m = rows.batch, rows.batch.m
        sizes, g = _sizes(batch)
        parts = ((rows.ahead, slice(m)), (rows.behind, slice(m, None)))
        one = attended(_float_object(rows.whole, sizes, g))
        two = labelled(
            [_float_object(part, sizes[:, keys], g[:, keys]) for part, keys in parts],
            self.mix(list(given(batch, "rates").T)),
        )
        apart = [each[:, keys] for each in (batch.scores, g) for _, keys in parts]
        single = self._measured(one, _error(rows.whole), _moved([batch.scores]))
        error = _error(rows.ahead) + _error(rows.behind)
        return single.guarded_by(self._measured(two, error, _moved(apart)))

    def _measured(self, found: Gain, error: Floats, applies: NDArray[np.bool_]) -> Evaluation:
        bound = evaluate(self.bound, found.known, ARRAYS) + 0 * found.gain
        slack = found.excess + evaluate(self.spare, found.known, ARRAYS)
        rounding = error * found.unsure + FAINT
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(rounding < BLUR * found.gain, bound / found.gain, np.nan)
        return Evaluation(applies, bound, found.gain, slack, rounding, share)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls; an update that changes nothing gains nothing, as claimed."""
        m, scores = instance.m, instance.scores
        _, g = _sizes(instance)
        apart = [each[:, keys] for each in (scores, g) for keys in (slice(m), slice(m, None))]
        found = [Judgement("holds", (0.0, 0.0))]
        if _moved([scores])[0]:
            found.insert(0, self._judged(lambda: attended(_balls(instance, slice(None)))))
        if _moved(apart)[0]:
            found.append(self._judged(lambda: self._two(instance)))
        return found[0].guarded_by(*found[1:])

    def _two(self, instance: Instance) -> Gain:
        rates = [arb(rate) for rate in given(instance, "rates")[0].tolist()]
        parts = (slice(instance.m), slice(instance.m, None))
        return labelled([_balls(instance, keys) for keys in parts], self.mix(rates))

    def _judged(self, gain: Callable[[], Gain]) -> Judgement:
        def measure() -> tuple[arb, arb, arb]:
            found = gain()
            bound = arb(0) + evaluate(self.bound, found.known, BALLS)
            return bound, found.gain, found.excess + evaluate(self.spare, found.known, BALLS)

        return judging.upper(measure, lambda lhs, rhs: lhs / rhs, scale=judging.nats)


def _balls(instance: Instance, keys: slice) -> Object:
    sizes, g = _sizes(instance)
    temperature = arb(float(instance.temperature[0]))
    return _ball_object(instance.scores[0, keys], temperature, sizes[0, keys], g[0, keys])


CHECK = RelaxationLabeling(CLAIM)


def _row(
    relevant: tuple[float, ...], others: tuple[float, ...], *values: tuple[float, ...]
) -> Instance:
    rates = np.array([[0.25, 0.125, 0.25, 0.875]])
    return replace(point(relevant, others), values=np.array([values]), rates=rates)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    chosen = _row((64,), (0,), (0, 0), (1, 1))
    apart = _row((0, 0), (0, 0), (1, 0), (1, 8), (1, 4), (1, 1))
    lopsided = _row((0, 0), (0, 0), (1, 8), (1, 0), (1, 8), (1, 0))
    return (
        Mutant(
            "divergence+0.1%",
            "labels that move by so much gain 0.1 % more",
            "constant",
            replace(CHECK, bound=CLAIM * sp.Rational(1001, 1000)),
            chosen,
        ),
        Mutant(
            "thrice",
            "three times what the labels moved",
            "constant",
            replace(CHECK, bound=3 * divergence),
            chosen,
        ),
        Mutant(
            "old-from-new",
            "the relative entropy is that of the old labels to the new",
            "statistic",
            replace(CHECK, bound=CLAIM.subs(divergence, reversed_divergence)),
            chosen,
        ),
        Mutant(
            "objects-summed",
            "every object counts fully, whatever its share of the consistency",
            "statistic",
            replace(CHECK, bound=CLAIM.subs(divergence, summed_divergence)),
            apart,
        ),
        Mutant(
            "one-sided",
            "compatibilities that are not symmetric",
            "scope",
            replace(CHECK, mix=one_sided),
            lopsided,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "never-falls",
            "consistency does not fall",
            "relative entropies are nonnegative",
            replace(CHECK, bound=sp.S.Zero),
        ),
        Control(
            "divergence-1%",
            "one part in a hundred less",
            "a smaller lower bound",
            replace(CHECK, bound=CLAIM * sp.Rational(99, 100)),
        ),
    )
