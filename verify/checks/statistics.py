"""Statistics of a row and its relevant block, in formulas without cancellation.

One definition for floats (`rows`) and for balls (`balls`): a subclass brings the two parts of the
row, each measured relative to its own largest score, and the functions of its number system. No
formula adds quantities of opposite sign that are much larger than their sum, except where the
block's own scores nearly tie.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

import sympy as sp

from locality.theory.core.printer import evaluate


class Part(Protocol):
    """The keys of one part of a row; weights are exp((s − top)/τ), so the largest is 1."""

    @property
    def count(self) -> Any:
        """How many keys."""

    @property
    def top(self) -> Any:
        """The largest score."""

    @property
    def least(self) -> Any:
        """The smallest score."""

    @property
    def average(self) -> Any:
        """The mean score, each key counted once."""

    @property
    def total(self) -> Any:
        """The summed weights."""

    @property
    def log_total(self) -> Any:
        """Their logarithm."""

    @property
    def spread(self) -> Any:
        """E[(top − s)/τ] under the softmax of this part alone."""

    @property
    def climb(self) -> Any:
        """E[(s − least)/τ] likewise."""


P = TypeVar("P", bound=Part)


@cache
def _symbols(expr: sp.Expr) -> tuple[str, ...]:
    return tuple(symbol.name for symbol in expr.free_symbols)


class Statistics(Generic[P]):
    """What checks read, by the names of the claims' symbols; arrays over rows, or balls."""

    ahead: P
    behind: P
    temperature: Any
    functions: Mapping[str, Any]

    def value(
        self, expr: sp.Expr, reads: Mapping[str, str] = MappingProxyType({}), **given: Any
    ) -> Any:
        """A printed formula at this row: symbols are `given`, or else read from the statistic of
        their name; `reads` sends a symbol to another statistic.
        """
        missing = [name for name in _symbols(expr) if name not in given]
        values = {name: getattr(self, reads.get(name, name)) for name in missing}
        return evaluate(expr, values | given, self.functions)

    @property
    def whole(self) -> P:
        """All keys of the row as one part."""
        raise NotImplementedError

    @cached_property
    def m(self) -> Any:
        """Relevant keys."""
        return self.ahead.count

    @cached_property
    def c(self) -> Any:
        """Other keys."""
        return self.behind.count

    @cached_property
    def margin(self) -> Any:
        """Least relevant score minus the largest other, in units of s."""
        return self.ahead.least - self.behind.top

    @cached_property
    def x(self) -> Any:
        """Margin in temperatures."""
        return self.margin / self.temperature

    @cached_property
    def lead_of_average(self) -> Any:
        """Mean relevant score, each counted once, minus the largest other, in temperatures."""
        return (self.ahead.average - self.behind.top) / self.temperature

    @cached_property
    def lead_over_average(self) -> Any:
        """Least relevant score minus the mean of the others, each counted once, in temperatures."""
        return (self.ahead.least - self.behind.average) / self.temperature

    @cached_property
    def gap(self) -> Any:
        """Largest relevant score minus the largest other, in temperatures."""
        return (self.ahead.top - self.behind.top) / self.temperature

    @cached_property
    def leakage_logit(self) -> Any:
        """ln ε − ln(1 − ε), the log-odds of leakage."""
        return self.behind.log_total - self.ahead.log_total - self.gap

    @cached_property
    def fidelity_logit(self) -> Any:
        """The log-odds of fidelity."""
        return -self.leakage_logit

    @cached_property
    def leakage(self) -> Any:
        """Attention outside the block."""
        return self.functions["sigmoid"](self.leakage_logit)

    @cached_property
    def fidelity(self) -> Any:
        """Attention on the block."""
        return self.functions["sigmoid"](self.fidelity_logit)

    @cached_property
    def entropy_ahead(self) -> Any:
        """Entropy of attention within the block, in nats."""
        return self.ahead.log_total + self.ahead.spread

    @cached_property
    def entropy_behind(self) -> Any:
        """Entropy of attention among the other keys, in nats."""
        return self.behind.log_total + self.behind.spread

    @cached_property
    def entropy_of_leaking(self) -> Any:
        """Entropy of whether attention leaks, in nats."""
        size = abs(self.leakage_logit)
        return self.functions["softplus"](-size) + size * self.functions["sigmoid"](-size)

    @cached_property
    def unevenness(self) -> Any:
        """ln m minus the entropy within the block: 0, exactly, where its scores are equal."""
        return -self.functions["log"](self.ahead.total / self.m) - self.ahead.spread

    @cached_property
    def entropy_excess(self) -> Any:
        """H − ln m, by the chain rule over whether attention leaks."""
        others = self.leakage * (self.entropy_behind - self.functions["log"](self.m))
        return self.entropy_of_leaking + others - self.fidelity * self.unevenness

    @cached_property
    def entropy(self) -> Any:
        """H in nats."""
        return self.functions["log"](self.m) + self.entropy_excess

    @cached_property
    def log_ratio(self) -> Any:
        """Mean of ln p outside the block minus its mean inside, each under that part's softmax."""
        return self.ahead.spread - self.behind.spread - self.gap

    @cached_property
    def turning_point(self) -> Any:
        """λ°: mean score outside the block minus mean score inside, in units of s."""
        return self.temperature * self.log_ratio

    def _lse(self, part: P) -> Any:
        return part.top / self.temperature + part.log_total

    @cached_property
    def lse(self) -> Any:
        """ln Σ e^(s/τ) over all keys."""
        return self._lse(self.whole)

    @cached_property
    def lse_relevant(self) -> Any:
        """The same over the block."""
        return self._lse(self.ahead)

    @cached_property
    def lse_rest(self) -> Any:
        """The same over the other keys."""
        return self._lse(self.behind)

    @cached_property
    def reserve(self) -> Any:
        """(−Δ − λ°)/τ: how far the means of both parts are from the scores that set the margin."""
        return self.ahead.climb + self.behind.spread
