"""The local mean m(x*) = Σ K(x*, x_i)·y_i / Σ K(x*, x_i): one construction, many models.

Attention is its dot-product kernel, kernel regression any kernel of a distance, k nearest
neighbours the uniform kernel at an adaptive bandwidth; MeanShift and Hopfield retrieval iterate it
with the keys for values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels.attention import attend
from locality.kernels.localization.bandwidth import Bandwidth, NearestBandwidth, checked
from locality.kernels.localization.fitted import Fitted, Localizer, present
from locality.kernels.localization.log_kernels import LogKernel, Weigher
from locality.kernels.statistics import distribution


@dataclass(frozen=True)
class LocalMeans:
    """Local means (…, q, e) or (…, q), and each query's statistics (…, q).

    `lse` is the log of the summed kernel weights (after the dial), `entropy` of the normalised
    weights p in nats, `collision` Σ p², whose reciprocal is the effective sample size; `fidelity`
    the weight on the query's own block, None without blocks. A query that no key has weight for:
    mean NaN, lse −inf, entropy 0, collision and fidelity NaN.
    """

    mean: Tensor
    lse: Tensor
    entropy: Tensor
    collision: Tensor
    fidelity: Tensor | None = None


class LocalMean:
    """The local mean of values around queries.

    kernel: "gaussian", "dot", "laplace", "epanechnikov", "uniform", or a function that gives log
    weights (`locality.kernels.localization.log_kernels`). bandwidth: a number > 0, one for each
    query, or `NearestBandwidth`; for "dot" the temperature. dial ≥ 0, in nats (for "dot" that of
    `attend` over the temperature): keys off the query's own block weigh e^(−dial) as much, inf
    leaves the block alone. Differentiable in queries, keys, values and bandwidth; memory grows
    with n·d. InputError says what was wrong with an argument. Source: localization.
    """

    def __init__(
        self,
        kernel: str | LogKernel = "gaussian",
        bandwidth: Bandwidth = 1.0,
        dial: float = 0.0,
    ) -> None:
        self.localizer = Localizer(Weigher(kernel, checked(bandwidth)), dial)
        self._fitted: Fitted | None = None

    def fit(self, keys: Any, values: Any, blocks: Any = None) -> LocalMean:
        """Keep keys (…, n, d), values (…, n, e) or (…, n), and block ids (n,) or (…, n)."""
        self._fitted = Fitted.of(keys, values, blocks)
        return self

    def predict(self, queries: Any, relevant: Any = None) -> Tensor:
        """Local means at queries (…, q, d): (…, q, e), or (…, q) for values without e.

        relevant: the queries' own blocks, an id or (…, q), where keys have blocks. NaN where no
        key has any weight.
        """
        fitted = present(self._fitted)
        q = fitted.queries(queries)
        own = fitted.inside(relevant, q)
        temperature = self._temperature()
        if own is None and temperature is not None:
            return fitted.shaped(_attended(fitted, q, temperature))

        def mean(t: Tensor, near: Tensor | None, rows: Tensor) -> tuple[Tensor, ...]:
            return (torch.softmax(t, dim=-1) @ fitted.values,)

        return fitted.shaped(self.localizer.run(fitted, q, own, mean)[0])

    def describe(self, queries: Any, relevant: Any = None) -> LocalMeans:
        """Local means with the statistics of the weights."""
        fitted = present(self._fitted)
        q = fitted.queries(queries)
        own = fitted.inside(relevant, q)

        def means(t: Tensor, near: Tensor | None, rows: Tensor) -> tuple[Tensor, ...]:
            return _described(t, near, fitted.values)

        mean, *rest = self.localizer.run(fitted, q, own, means)
        return LocalMeans(fitted.shaped(mean), *(t.squeeze(-1) for t in rest))

    def weights(self, queries: Any, relevant: Any = None) -> Tensor:
        """The normalised weights p (…, q, n), dense; NaN rows where no key has any weight."""
        fitted = present(self._fitted)
        q = fitted.queries(queries)

        def softmax(t: Tensor, near: Tensor | None, rows: Tensor) -> tuple[Tensor, ...]:
            return (torch.softmax(t, dim=-1),)

        return self.localizer.run(fitted, q, fitted.inside(relevant, q), softmax)[0]

    def _temperature(self) -> float | None:
        """That of the attention that this is, or None where it is none."""
        kernel, h = self.localizer.weigher.kernel, self.localizer.weigher.bandwidth
        if kernel != "dot" or isinstance(h, NearestBandwidth) or h.ndim or h.requires_grad:
            return None
        return float(h)


def _attended(fitted: Fitted, queries: Tensor, temperature: float) -> Tensor:
    """Attention, all leading dimensions being one batch of one head each."""
    q, k, v = (t.reshape(-1, 1, *t.shape[-2:]) for t in (queries, fitted.keys, fitted.values))
    return attend(q, k, v, temperature=temperature).output.reshape(*queries.shape[:-1], -1)


def _described(t: Tensor, near: Tensor | None, values: Tensor) -> tuple[Tensor, ...]:
    lse, entropy, p = distribution(t)
    nothing = lse.isneginf().unsqueeze(-1)
    p = p.masked_fill(nothing, float("nan"))
    columns = [lse, entropy, p.square().sum(-1)]
    if near is not None:
        columns.append((p * near).sum(-1))
    return (p @ values, *(column.unsqueeze(-1) for column in columns))
