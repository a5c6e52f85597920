"""scikit-learn's nearest neighbours are an indicator's local mean, and what attention cools to."""

from __future__ import annotations

from functools import cache

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

NEIGHBOURS = 5
GAP = 2.0**-8  # by which the nearest key's score, −‖x* − x‖²/2, leads at these queries, at least
COLD = GAP / 64  # leakage is then at most 441·e^−64, far below rounding


@cache
def patients() -> tuple[Floats, Floats, Floats]:
    """Queries, keys (ten standardised measurements) and values (the disease's course).

    Queries lie between two patients each, so that none is at distance 0 from a key.
    """
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import StandardScaler

    measured, course = load_diabetes(return_X_y=True)
    keys = StandardScaler().fit_transform(measured)
    return 0.7 * keys[1::4] + 0.3 * keys[:-1:4], keys, course


@cache
def theirs() -> Floats:
    """KNeighborsRegressor with k = 5 equal weights, with a callable, and k = 1; (3, queries)."""
    from sklearn.neighbors import KNeighborsRegressor

    queries, keys, course = patients()
    models = (
        KNeighborsRegressor(NEIGHBOURS),
        KNeighborsRegressor(len(keys), weights=lambda apart: np.exp(-(apart**2) / 2)),
        KNeighborsRegressor(1),
    )
    return np.stack([model.fit(keys, course).predict(queries) for model in models])


def ours(neighbours: int = NEIGHBOURS) -> Floats:
    """The indicator's local mean, the Gaussian kernel's, and cold attention's; (3, queries)."""
    from locality.kernels import LocalMean, NearestBandwidth

    queries, keys, course = patients()
    models = (
        LocalMean("uniform", NearestBandwidth(neighbours)),
        LocalMean("gaussian", 1.0),
        LocalMean("gaussian", COLD**0.5),
    )
    return np.stack([model.fit(keys, course).predict(queries).numpy() for model in models])


DEMONSTRATION = Demonstration(
    theorem="lazy-learning",
    package="scikit-learn",
    library="sklearn.neighbors.KNeighborsRegressor",
    data="scikit-learn's diabetes: 442 patients, ten standardised measurements for keys, the "
    "course of the disease for values; 111 points between two patients each for queries",
    mapping={
        "n_neighbors=5, weights='uniform'": "the uniform kernel, NearestBandwidth(5)",
        "n_neighbors=442, weights=callable": "that function of the distance for a kernel: Gaussian",
        "n_neighbors=1": f"the Gaussian kernel at temperature h² = 2⁻¹⁴, {GAP / COLD:.0f} times "
        "below the gap between the nearest key's score and the next",
        "metric='minkowski', p=2": "the Euclidean distance",
    },
    theirs=theirs,
    ours=ours,
    tolerance=2.0**-40,
    why_tolerance="Squared distances up to 2⁷, each from some 2⁵ operations: weights are off by "
    "2¹²·2⁻⁵³ relatively, sums of 442 terms by 2⁹ more, and a mean of values that are not "
    "negative by twice that. What attention at that temperature leaves to other keys is at most "
    "441·e⁻⁶⁴, by the theorem.",
    planted=lambda: ours(NEIGHBOURS + 1),
    planted_fault="one neighbour more",
    differs=(
        "Where keys tie with the k-th nearest, scikit-learn keeps k of them, those that it finds "
        "first; the kernel counts all. At these queries no two distances tie: the fifth and the "
        "sixth squared distance differ by 0.002 at least.",
        "weights='distance' is 1/distance, infinite on a key; of keys at distance 0 both take the "
        "mean.",
        "Cold attention on a tie is the mean of the nearest keys, KNeighborsRegressor(1) one of "
        "them.",
    ),
)
