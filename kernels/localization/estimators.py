"""scikit-learn's interface to local means: estimators for its pipelines, searches and scores.

    LocalMeanRegressor     in place of KNeighborsRegressor, RadiusNeighborsRegressor, KernelRidge
    LocalLinearRegressor   the same with an affine function around each query
    LocalMeanShift         in place of MeanShift

They need scikit-learn (extra `localization`), which `locality.kernels` alone does not import.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

try:
    from sklearn.base import BaseEstimator, ClusterMixin, MultiOutputMixin, RegressorMixin
    from sklearn.cluster import estimate_bandwidth
    from sklearn.metrics import pairwise_distances_argmin
    from sklearn.utils.validation import check_array, check_is_fitted, validate_data
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"{__name__} needs scikit-learn: pip install 'locality[localization]'", name=missing.name
    ) from None

from locality.kernels.arguments import shown, whole
from locality.kernels.localization.bandwidth import NearestBandwidth
from locality.kernels.localization.local_mean import LocalMean
from locality.kernels.localization.local_model import LocalModel
from locality.kernels.localization.log_kernels import LogKernel
from locality.kernels.localization.mean_shift import mean_shift
from locality.theory.core.errors import InputError

FLOATS = (np.float64, np.float32)
EMPTY = ("nearest", "nan")

__all__ = ["LocalLinearRegressor", "LocalMeanRegressor", "LocalMeanShift"]


class LocalMeanRegressor(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Predicts the local mean of the targets: ΣK(x*, x_i)·y_i / ΣK(x*, x_i).

    kernel: as for `LocalMean`, "gaussian", "dot", "laplace", "epanechnikov", "uniform" or a
    function of one's own (at the top of a module, if the estimator is to be pickled).
    bandwidth: a number > 0, in the unit of the features; so scale them, and search it. For "dot"
    the temperature; with `neighbors` a factor.
    neighbors: None, or k for a bandwidth of each query's own: `bandwidth` times the distance to its
    k-th nearest sample. kernel="uniform", neighbors=k is KNeighborsRegressor(k), except that all
    samples that tie with the k-th count.
    empty: what a query gets where no sample has any weight, as happens with "epanechnikov" and
    "uniform": "nearest", the mean target of the samples nearest to it, or "nan".

    Fitted: `local_mean_`, the LocalMean, whose `describe` gives each query's entropy and effective
    sample size. X (n, d) float32 or float64, y (n,) or (n, e). InputError, which is a ValueError,
    at `fit` for a parameter outside its domain. Theorems `kernel-regression`, `lazy-learning`.
    """

    def __init__(
        self,
        *,
        kernel: str | LogKernel = "gaussian",
        bandwidth: float = 1.0,
        neighbors: int | None = None,
        empty: str = "nearest",
    ) -> None:
        self.kernel = kernel
        self.bandwidth = bandwidth
        self.neighbors = neighbors
        self.empty = empty

    def fit(self, X: Any, y: Any) -> Self:
        """Keep samples (n, d) and targets (n,) or (n, e)."""
        if self.empty not in EMPTY:
            raise InputError(f"empty = {shown(self.empty)}: expected one of {', '.join(EMPTY)}")
        local_mean = LocalMean(self.kernel, self._width())
        X, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True)
        if self.neighbors is not None and self.neighbors > len(X):
            raise InputError(
                f"neighbors = {self.neighbors} with n_samples = {len(X)}: expected no more"
            )
        self._samples = _tensor(X), _tensor(y.astype(X.dtype))
        self.local_mean_ = local_mean.fit(*self._samples)
        return self

    def predict(self, X: Any) -> Any:
        """Predicted targets (q,) or (q, e) at queries (q, d), in the type of the samples."""
        check_is_fitted(self)
        keys = self._samples[0]
        queries = _tensor(validate_data(self, X, dtype=keys.numpy().dtype, reset=False))
        with torch.no_grad():
            found = self._at(queries)
            lost = _lost(found)
            if self.empty == "nearest" and bool(lost.any()):
                nearest = LocalMean("uniform", NearestBandwidth(1)).fit(*self._samples)
                found[lost] = nearest.predict(queries[lost])
        return found.numpy()

    def _width(self) -> float | NearestBandwidth:
        if self.neighbors is None:
            return self.bandwidth
        return NearestBandwidth(self.neighbors, self.bandwidth)

    def _at(self, queries: Tensor) -> Tensor:
        """Predictions, NaN where no sample has any weight."""
        return self.local_mean_.predict(queries)


class LocalLinearRegressor(LocalMeanRegressor):
    """Predicts by an affine function, fitted anew around each query by weighted least squares.

    Unlike a local mean it has no bias for affine targets, not even at the edge of the samples.
    Parameters as for `LocalMeanRegressor`; where the weighted samples do not span all directions,
    the flattest of the functions that fit best is taken. Fitted: `local_mean_`, `local_model_`.
    Theorem `kernel-regression`.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Keep samples (n, d) and targets (n,) or (n, e)."""
        super().fit(X, y)
        model = LocalModel("linear", self.kernel, self._width())
        self.local_model_ = model.fit(*self._samples)
        return self

    def _at(self, queries: Tensor) -> Tensor:
        found = super()._at(queries)
        reached = ~_lost(found)
        if bool(reached.any()):
            found[reached] = self.local_model_.predict(queries[reached])
        return found


class LocalMeanShift(ClusterMixin, BaseEstimator):
    """Clusters by the modes that samples climb to when each moves to the local mean around it.

    bandwidth: a number > 0, also the distance below which two modes are one; None for
    scikit-learn's `estimate_bandwidth`, a rule for the uniform kernel.
    kernel: "uniform", the flat kernel of scikit-learn's MeanShift, "gaussian", "laplace",
    "epanechnikov" or a function of one's own; see `LocalMean`.
    seeds: the points (p, d) that move, None for the samples themselves.
    max_iter: how many moves a seed makes at most before its last.

    Fitted, as by MeanShift: `cluster_centers_` (clusters, d), the densest first, `labels_` (n,) the
    nearest of them, `n_iter_`. With the uniform kernel these are MeanShift's own, within rounding,
    if no distance is the bandwidth itself. Theorem `mean-shift`.
    """

    def __init__(
        self,
        *,
        bandwidth: float | None = None,
        kernel: str | LogKernel = "uniform",
        seeds: Any = None,
        max_iter: int = 300,
    ) -> None:
        self.bandwidth = bandwidth
        self.kernel = kernel
        self.seeds = seeds
        self.max_iter = max_iter

    def fit(self, X: Any, y: Any = None) -> Self:
        """Move the seeds over samples (n, d) until they rest; y is ignored."""
        if self.kernel == "dot":
            raise InputError("kernel = 'dot': expected a kernel of distances, as clusters are")
        moves = whole("max_iter", self.max_iter, 0) + 1
        X = validate_data(self, X, dtype=FLOATS)
        h = self._width(X)
        seeds = X if self.seeds is None else check_array(self.seeds, dtype=X.dtype)
        shifted = mean_shift(_tensor(seeds), _tensor(X), self.kernel, h, moves)
        self.cluster_centers_ = shifted.modes(h).numpy()
        if not len(self.cluster_centers_):
            raise InputError(f"bandwidth = {h}: no sample has any weight around any seed")
        self.n_iter_ = int(shifted.steps.max()) - 1
        self.labels_ = pairwise_distances_argmin(X, self.cluster_centers_)
        return self

    def predict(self, X: Any) -> Any:
        """The nearest cluster (q,) of each query (q, d)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self.cluster_centers_.dtype, reset=False)
        return pairwise_distances_argmin(X, self.cluster_centers_)

    def _width(self, X: Any) -> float:
        if self.bandwidth is not None:
            return self.bandwidth
        h = float(estimate_bandwidth(X))
        if not h > 0:
            raise InputError(
                f"bandwidth = None with n_samples = {len(X)}: the estimate is {h:g}, expected a "
                "bandwidth > 0, or more samples"
            )
        return h


def _tensor(array: Any) -> Tensor:
    """A copy, since the caller's array may be read-only, or change."""
    return torch.from_numpy(np.array(array))


def _lost(found: Tensor) -> Tensor:
    """Rows (q,) without a prediction."""
    return found.isnan().reshape(len(found), -1).any(1)
