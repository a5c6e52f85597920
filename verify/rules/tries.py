"""Tries of a generator behind a verifier, drawn; and what counts prove of a probability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import arb

from locality.theory import InputError
from locality.theory.core.numbers import precision

AT_ONCE = 1 << 18  # processes drawn together: a few megabytes
FINEST = 2.0**-32  # how close an interval's ends are found


@dataclass(frozen=True)
class Counts:
    """How many processes emitted a good answer, a bad one, or none after all tries."""

    good: int
    bad: int
    refused: int

    @property
    def answered(self) -> int:
        """Processes with an answer."""
        return self.good + self.bad

    @property
    def trials(self) -> int:
        """All processes."""
        return self.answered + self.refused

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.good + other.good, self.bad + other.bad, self.refused + other.refused)


def simulate(
    good: float, accept_bad: float, reject_good: float, tries: int, trials: int, seed: int
) -> Counts:
    """Draw `trials` processes: up to `tries` answers each, until the verifier accepts one.

    An answer is good with probability `good`; the verifier accepts a bad one with probability
    `accept_bad` and rejects a good one with probability `reject_good`. The same seed draws the same
    processes. InputError for rates outside the theorem's domains.
    """
    from locality.theory.core.bounds import check_domain  # SymPy takes a second to import

    rates = {"good": good, "accept_bad": accept_bad, "reject_good": reject_good}
    check_domain({**rates, "tries": tries})
    if trials != int(trials) or trials < 1:
        raise InputError(f"trials = {trials!r}: expected a whole number ≥ 1")
    generator = np.random.Generator(np.random.Philox(seed))
    found = Counts(0, 0, 0)
    for start in range(0, trials, AT_ONCE):
        found += _drawn(generator, min(AT_ONCE, trials - start), int(tries), **rates)
    return found


def _drawn(
    generator: np.random.Generator,
    size: int,
    tries: int,
    good: float,
    accept_bad: float,
    reject_good: float,
) -> Counts:
    right, wrong, still = 0, 0, size
    for _ in range(tries):
        fine = generator.random(still) < good
        accepted = generator.random(still) < np.where(fine, 1 - reject_good, accept_bad)
        right += int((accepted & fine).sum())
        wrong += int((accepted & ~fine).sum())
        still -= int(accepted.sum())
    return Counts(right, wrong, still)


def interval(successes: int, trials: int, confidence: float = 0.999) -> tuple[float, float]:
    """The exact interval of Clopper and Pearson for a probability, rounded outwards.

    Whatever the probability, it lies in the interval of its counts with at least the confidence.
    InputError unless 0 ≤ successes ≤ trials, trials ≥ 1 and 0 < confidence < 1.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise InputError(f"{successes} of {trials}: expected a count of at least one trial")
    if not 0 < confidence < 1:
        raise InputError(f"confidence = {confidence!r}: expected a number in (0, 1)")
    tail = (1 - arb(confidence)) / 2

    def at_least(p: float) -> bool:
        """Whether so many successes or more are certainly rarer than the tail."""
        return _regular_beta(p, successes, trials - successes + 1) < tail

    def at_most(p: float) -> bool:
        """Whether so few successes or fewer are certainly rarer than the tail."""
        return 1 - _regular_beta(p, successes + 1, trials - successes) < tail

    with precision(64):  # balls say how many of the digits count
        low = 0.0 if successes == 0 else _last(at_least, 0.0, successes / trials)
        high = 1.0 if successes == trials else _last(at_most, 1.0, successes / trials)
    return low, high


def _regular_beta(p: float, a: int, b: int) -> arb:
    """I_p(a, b): the probability of at least a successes in a + b − 1 trials."""
    return arb(p).beta_lower(a, b, regularized=True)


def _last(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """Nearly the last number at which a condition holds, from one where it does towards one where
    it does not.
    """
    while abs(outside - inside) > FINEST:
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside
