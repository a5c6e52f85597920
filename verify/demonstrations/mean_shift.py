"""Clusters of irises: scikit-learn's MeanShift beside the iterated local mean of a flat kernel."""

from __future__ import annotations

from functools import cache

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

BANDWIDTH, SAMPLES = 0.85, 150
# As long as both see the same samples within the bandwidth, a move forgets what the one before was
# off by: what is left are two means of at most 150 numbers.
TOLERANCE = 2 * (SAMPLES + 12) * 2.0**-53


@cache
def flowers() -> Floats:
    """Four lengths (150, 4) in cm, in steps of 0.1."""
    from sklearn.datasets import load_iris

    return np.asarray(load_iris().data)


def by_sklearn() -> Floats:
    """The centre of every flower's cluster, (150, 4)."""
    from sklearn.cluster import MeanShift

    found = MeanShift(bandwidth=BANDWIDTH).fit(flowers())
    return np.asarray(found.cluster_centers_[found.labels_])


def by_local_means(kernel: str = "uniform") -> Floats:
    """The same by moving every flower to the local mean around it, until it rests."""
    from locality.kernels.localization.estimators import LocalMeanShift

    found = LocalMeanShift(bandwidth=BANDWIDTH, kernel=kernel).fit(flowers())
    return np.asarray(found.cluster_centers_[found.labels_])


DEMONSTRATION = Demonstration(
    theorem="mean-shift",
    package="scikit-learn",
    library="sklearn.cluster.MeanShift",
    data="the 150 irises of scikit-learn, unscaled, each of them also a seed, and said in which "
    "cluster's centre each one ends",
    mapping={
        "bandwidth = 0.85": "bandwidth of the kernel “uniform”, and the distance below which two "
        "resting points are one",
        "the mean of the samples within the bandwidth": "the local mean, keys and values alike",
        "a move below 0.001 of the bandwidth ends": "tolerance, the same",
        "cluster_centers_, the densest first": "modes, sorted and merged by the same rule",
    },
    theirs=by_sklearn,
    ours=by_local_means,
    tolerance=TOLERANCE,
    why_tolerance="the last move of each flower is one mean of at most 150 lengths on either side; "
    "earlier roundings are forgotten, since a mean depends only on which flowers it is of",
    planted=lambda: by_local_means("epanechnikov"),
    planted_fault="the kernel is Epanechnikov's, the one whose density the flat kernel climbs",
    differs=(
        "A sample at exactly the bandwidth may count on one side only: with lengths in steps of "
        "0.1 the bandwidth 0.85 is no distance between two irises, 0.8 would be",
        "Where two resting points are equally dense, both take the one with the larger "
        "coordinates first, which rounding may swap if they coincide",
        "Neither climbs the density of its own flat kernel, the number of samples within the "
        "bandwidth, but that of Epanechnikov's",
    ),
)
