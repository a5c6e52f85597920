"""What the checks of passes over keys share: rows derived once a draw, and sums over balls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from flint import arb

from locality.verify.checks.rows import Rows

T = TypeVar("T")


def once(make: Callable[[Rows], T]) -> Callable[[Rows], T]:
    """`make`, whose result all checks of a draw share while its rows live."""
    made: WeakKeyDictionary[Rows, T] = WeakKeyDictionary()

    @wraps(make)
    def shared(rows: Rows) -> T:
        if rows not in made:
            made[rows] = make(rows)
        return made[rows]

    return shared


def log_total(logs: Sequence[arb]) -> arb:
    """The logarithm of the sum of exponentials, shifted by the largest."""
    largest = max(logs, key=lambda log: float(log.mid()))
    return largest + sum(((log - largest).exp() for log in logs), arb(0)).log()


def inner(one: Sequence[arb], other: Sequence[arb]) -> arb:
    """Σ x y: a score of query and key, or a mean under shares."""
    return sum((x * y for x, y in zip(one, other, strict=True)), arb(0))


def entropy(shares: Sequence[arb]) -> arb:
    """−Σ p ln p."""
    return -inner(shares, [p.log() for p in shares])


def length(vector: Sequence[arb]) -> arb:
    """The Euclidean norm."""
    return sum((x * x for x in vector), arb(0)).nonnegative_part().sqrt()
