"""Hypothesis strategies for rows of attention scores whose margin is known exactly.

For property tests of your own bounds and kernels:

    from hypothesis import given, strategies as st
    from locality import theorem
    from locality.verify.instances.strategies import rows

    @given(row=rows(leads=margins(0, 40)))
    def test_my_entropy(row):
        bound = theorem("entropy").bound(m=row.m, c=row.c, x=row.x)
        assert my_entropy(row.scores / row.temperature) <= bound + my_rounding

Examples shrink towards few keys, two-level scores and margin 0. `register_profiles()` adds the
profile `campaign` beside Hypothesis' own `ci`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from locality.theory import InputError
from locality.verify.instances.batch import Floats, Instance

_GRID = 1024


@dataclass(frozen=True)
class Row:
    """One query: scores (n,), R being the first m keys, with margin min over R - max over C."""

    scores: Floats
    m: int
    temperature: float
    margin: float

    @property
    def c(self) -> int:
        """The number of keys outside R."""
        return len(self.scores) - self.m

    @property
    def x(self) -> float:
        """The margin in temperatures."""
        return self.margin / self.temperature

    def instance(
        self, values: Floats | None = None, query: Floats | None = None, **numbers: float
    ) -> Instance:
        """The row as an instance, with values (n, d), a query (d,), any of dial, step, delta."""
        return Instance(
            scores=self.scores[None],
            m=self.m,
            temperature=np.array([self.temperature]),
            values=None if values is None else values[None],
            query=None if query is None else query[None],
            **{name: np.array([number]) for name, number in numbers.items()},
        )


def partitions(
    most: int = 32, least_m: int = 1, least_c: int = 1
) -> st.SearchStrategy[tuple[int, int]]:
    """Sizes (m, c) of R and of the other keys, with m + c ≤ most."""
    if not (least_m >= 1 and least_c >= 1 and least_m + least_c <= most):
        raise InputError(
            f"{least_m} and {least_c} of {most} keys: expected at least 1 and 1 to fit"
        )
    return st.integers(least_m, most - least_c).flatmap(
        lambda m: st.tuples(st.just(m), st.integers(least_c, most - m))
    )


def temperatures() -> st.SearchStrategy[float]:
    """Temperatures in [1/16, 16) with five significant bits; 1 is the simplest."""
    exponents = st.integers(-4, 3).map(lambda e: 2.0**e)
    return st.builds(
        lambda mantissa, unit: (1 + mantissa / 16) * unit, st.integers(0, 15), exponents
    )


def margins(low: float = -32.0, high: float = 64.0) -> st.SearchStrategy[float]:
    """Margins x in temperatures: multiples of 1/1024 in [low, high]."""
    ends = math.ceil(low * _GRID), math.floor(high * _GRID)
    if not ends[0] <= ends[1]:
        raise InputError(f"margins from {low} to {high}: expected a multiple of 1/1024 in between")
    return st.integers(*ends).map(lambda number: number / _GRID)


def scores_with_margin(
    m: int, c: int, margin: float, unit: float = 1.0, largest: float = 64.0
) -> st.SearchStrategy[Floats]:
    """Scores (m + c,), R first, whose margin is `margin` exactly, whatever finite number that is.

    The lowest score of R is `margin` and the highest of C is 0; the others lie up to `largest`
    units above and below, on a grid of 1/1024 unit.
    """
    if not (m >= 1 and c >= 1 and math.isfinite(margin)):
        raise InputError(f"m = {m}, c = {c}, margin = {margin}: expected m, c ≥ 1, a finite margin")
    grid = st.integers(0, math.floor(largest * _GRID))

    def placed(steps: np.ndarray) -> Floats:
        ours, theirs = steps[:m] - steps[:m].min(), steps[m:] - steps[m:].min()
        return np.concatenate([margin + ours * (unit / _GRID), -theirs * (unit / _GRID)])

    # A fill would repeat one number over most of a long row.
    return arrays(np.int64, m + c, elements=grid, fill=st.nothing()).map(placed)


@st.composite
def rows(
    draw: st.DrawFn,
    sizes: st.SearchStrategy[tuple[int, int]] | None = None,
    leads: st.SearchStrategy[float] | None = None,
    heat: st.SearchStrategy[float] | None = None,
    largest: float = 64.0,
) -> Row:
    """Rows with (m, c) from `sizes`, the margin in temperatures from `leads`, τ from `heat`.

    Left out, they are `partitions()`, `margins()` and `temperatures()`.
    """
    m, c = draw(partitions() if sizes is None else sizes)
    temperature = draw(temperatures() if heat is None else heat)
    margin = draw(margins() if leads is None else leads) * temperature
    scores = draw(scores_with_margin(m, c, margin, temperature, largest))
    return Row(scores, m, temperature, margin)


def deltas() -> st.SearchStrategy[float]:
    """Allowed leakages δ in (0, 1): multiples of 1/256, and as near as 2⁻⁴⁰ to either end."""
    tiny = st.integers(1, 40).map(lambda k: 2.0**-k)
    return st.one_of(st.integers(1, 255).map(lambda k: k / 256), tiny, tiny.map(lambda t: 1 - t))


def values(n: int, d: int = 2, largest: int = 128) -> st.SearchStrategy[Floats]:
    """Values (n, d): multiples of 1/256 within ±largest."""
    whole = st.integers(-largest * 256, largest * 256)
    return arrays(np.int64, (n, d), elements=whole, fill=st.nothing()).map(lambda v: v / 256)


def register_profiles() -> None:
    """Add the profile `campaign`: as Hypothesis' `ci`, but with 10 000 new examples each run."""
    settings.register_profile(
        "campaign", parent=settings.get_profile("ci"), derandomize=False, max_examples=10_000
    )
