"""The localization method: a kernel around a query, and the mean or the model that it weighs."""

from locality.kernels.localization.bandwidth import NearestBandwidth
from locality.kernels.localization.hierarchical import HierarchicalLocalModel
from locality.kernels.localization.local_mean import LocalMean, LocalMeans
from locality.kernels.localization.local_model import LocalModel
from locality.kernels.localization.mean_shift import Shifted, mean_shift
from locality.kernels.localization.nonlocal_means import Denoised, non_local_means

__all__ = [
    "Denoised",
    "HierarchicalLocalModel",
    "LocalMean",
    "LocalMeans",
    "LocalModel",
    "NearestBandwidth",
    "Shifted",
    "mean_shift",
    "non_local_means",
]
