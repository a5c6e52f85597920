"""Hot reload: what K tries emit, summed try by try, against the closed forms.

A row brings K = m, and as rates a, β, γ and a second a′. Relative to the closed forms: with exact
rates every summand is positive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.functions import fall
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import accept_bad, good, reject_good, tries
from locality.theory.rules.hot_reload import SLOPE
from locality.verify.checks import judging
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Instance


@dataclass(frozen=True)
class Rates:
    """Rates of a generator and a verifier, floats or balls, with K tries."""

    good: Any
    accept_bad: Any
    reject_good: Any
    tries: int

    @property
    def values(self) -> dict[str, Any]:
        """By the names of the claims' symbols."""
        return dict(vars(self))

    @property
    def accepted_good(self) -> Any:
        return self.good * (1 - self.reject_good)

    @property
    def accepted_bad(self) -> Any:
        return (1 - self.good) * self.accept_bad

    @property
    def rejected(self) -> Any:
        return self.good * self.reject_good + (1 - self.good) * (1 - self.accept_bad)

    def emitted(self) -> tuple[Any, Any, Any]:
        """The probabilities of a good answer, of a bad one, and of none, by going through tries."""
        right, wrong, reached = 0 * self.good, 0 * self.good, 1 + 0 * self.good
        for _ in range(self.tries):
            right = right + reached * self.accepted_good
            wrong = wrong + reached * self.accepted_bad
            reached = reached * self.rejected
        return right, wrong, reached


@dataclass(frozen=True)
class HotReload:
    """P(answered) = `answered`, P(good | answered) = `quality`, P(bad answer) = `wrong`. Where a is
    larger so is the quality, and answers are more or less frequent by the sign of `slope`.
    """

    answered: sp.Expr
    quality: sp.Expr
    wrong: sp.Expr
    slope: sp.Expr

    theorem: ClassVar[str] = "hot-reload"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"rates"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        rates = given(rows.batch, "rates").T
        here, there = _rates(rates, rows.batch.m)
        found = [*self._equalities(here), *self._monotone(here, there)]
        return reduce(Evaluation.guarded_by, found)

    def _equalities(self, rates: Rates) -> Iterator[Evaluation]:
        """Sums of K products are off by (2K + 8)u; ln(A/(1 − A)) counts with its size, and its
        error in 1 − (1 − A)^K with no more than that of the rate ln(1 − A).
        """
        right, wrong, _ = rates.emitted()
        accepted = rates.accepted_good + rates.accepted_bad
        size = 2 + np.abs(np.log(accepted)) + np.abs(np.log(rates.rejected))
        summing = (4 * rates.tries + 24) * U
        closed = 4 * FUNCTION * size + summing
        for lhs, claimed, error in (
            (right + wrong, self.answered, closed),
            (right / (right + wrong), self.quality, 2 * summing),
            (wrong, self.wrong, closed + summing),
        ):
            rhs = evaluate(claimed, rates.values, ARRAYS)
            yield Evaluation.of_equality(lhs, rhs, SECOND_ORDER * error * np.abs(rhs), np.abs(lhs))

    def _monotone(self, here: Rates, there: Rates) -> Iterator[Evaluation]:
        """Refusals by their logarithm, each rejection off by 4u; the odds of a good answer relative
        to the larger.
        """
        (right, wrong, _), (better, worse, _) = here.emitted(), there.emitted()
        change, few = np.sign(there.good - here.good), np.full_like(here.good, np.nan)
        slope = evaluate(self.slope, here.values, ARRAYS)
        refused, silent = (rates.tries * np.log(rates.rejected) for rates in (here, there))
        off = FUNCTION * (np.abs(refused) + np.abs(silent)) + 8 * U * here.tries
        fewer = change * np.sign(slope) * (refused - silent)
        yield Evaluation(change != 0, silent, refused, fewer, SECOND_ORDER * off, few)
        low, high = right * worse, better * wrong
        gain = change * (high - low) / np.maximum(low, high)
        off = np.full_like(gain, (16 * here.tries + 100) * U)
        yield Evaluation(change != 0, low, high, gain, off, few)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, the equalities and both signs."""
        first, *others = (
            judging.equal(partial(self._sides, instance, which))
            for which in ("answered", "quality", "wrong")
        )
        return first.guarded_by(*others, *self._signs(instance))

    def _sides(self, instance: Instance, which: str) -> tuple[arb, arb, arb]:
        rates, _ = _balls(instance)
        right, wrong, _ = rates.emitted()
        sums = {"answered": right + wrong, "quality": right / (right + wrong), "wrong": wrong}
        return sums[which], evaluate(getattr(self, which), rates.values, BALLS), sums[which]

    def _signs(self, instance: Instance) -> Iterator[Judgement]:
        """The change of refusals, and that of the odds of a good answer; exact rates have exact
        signs.
        """
        here, there = _balls(instance)
        change, slope = there.good - here.good, evaluate(self.slope, here.values, BALLS)

        def refusals() -> tuple[arb, arb]:
            return tuple(rates.emitted()[2] for rates in _balls(instance))

        def odds() -> tuple[arb, arb]:
            return tuple(right / wrong for right, wrong, _ in map(Rates.emitted, _balls(instance)))

        yield _moves(refusals, -change * slope)
        yield _moves(odds, change)


def _moves(pair: Callable[[], tuple[arb, arb]], sign: arb) -> Judgement:
    """Whether the second of a pair lies on the side of the first that the sign says."""

    def upwards() -> tuple[arb, arb, arb]:
        first, second = pair()
        return first, second, (second - first) * sign

    def unmoved() -> tuple[arb, arb, arb]:
        first, second = pair()
        return first, second, first

    if sign == 0:
        return judging.equal(unmoved)
    return judging.upper(upwards, lambda *_: arb("nan"), scale=abs, strict=True)


def _rates(numbers: Any, tried: int) -> tuple[Rates, Rates]:
    a, beta, gamma, other = numbers
    return Rates(a, beta, gamma, tried), Rates(other, beta, gamma, tried)


def _balls(instance: Instance) -> tuple[Rates, Rates]:
    return _rates([arb(float(rate)) for rate in given(instance, "rates")[0]], instance.m)


_CLAIMS = {claim.name: claim.rhs for claim in theorem("hot-reload").claims}
CHECK = HotReload(_CLAIMS["answered"], _CLAIMS["quality"], _CLAIMS["wrong"], SLOPE)


def _point(a: float, beta: float, gamma: float, other: float, tried: int = 3) -> Instance:
    rates = np.array([[a, beta, gamma, other]])
    return replace(point((0,) * tried, (0,)), rates=rates)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    answered, quality, wrong = CHECK.answered, CHECK.quality, CHECK.wrong
    more, less = sp.Rational(1001, 1000), sp.Rational(999, 1000)
    some, harsh = _point(0.25, 0.125, 0.25, 0.5), _point(0.25, 0.5, 0.75, 0.5)
    return (
        Mutant(
            "answered+0.1%",
            "0.1 % more answers",
            "constant",
            replace(CHECK, answered=answered * more),
            some,
        ),
        Mutant(
            "answered-0.1%",
            "0.1 % fewer answers",
            "constant",
            replace(CHECK, answered=answered * less),
            some,
        ),
        Mutant(
            "a-try-more",
            "one try more than there is",
            "size",
            replace(CHECK, answered=answered.subs(tries, tries + 1)),
            some,
        ),
        Mutant(
            "tries-that-add-up",
            "K tries answer K times as often as one",
            "term",
            replace(CHECK, answered=tries * answered.subs(tries, 1)),
            some,
        ),
        Mutant(
            "nothing-good-rejected",
            "good answers are always accepted",
            "term",
            replace(CHECK, quality=quality.subs(reject_good, 0)),
            some,
        ),
        Mutant(
            "verified-is-good",
            "a verifier that rejects at all lets only good answers pass",
            "statistic",
            replace(CHECK, quality=sp.Integer(1)),
            some,
        ),
        Mutant(
            "more-tries-safer",
            "a bad answer is no likelier than with one try",
            "scope",
            replace(CHECK, wrong=wrong.subs(tries, 1)),
            some,
        ),
        Mutant(
            "better-always-answers-more",
            "a better generator answers more often, whatever the verifier does",
            "scope",
            replace(CHECK, slope=sp.Integer(1)),
            harsh,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    rejected = good * reject_good + (1 - good) * (1 - accept_bad)
    return (
        Control(
            "by-rejections",
            "all K tries rejected, and the opposite of that",
            "a try is accepted or rejected",
            replace(CHECK, answered=fall(-tries * sp.log(rejected))),
        ),
        Control(
            "slope-doubled",
            "twice the slope in a",
            "only its sign is claimed",
            replace(CHECK, slope=2 * CHECK.slope),
        ),
    )
