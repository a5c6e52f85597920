"""The minimiser that SciPy's optimiser finds for the weighted squared loss is the local mean."""

from __future__ import annotations

from functools import cache

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

BANDWIDTH = 1.5
GRADIENT = 1e-9  # where the optimiser stops
ROUNDING = 1e-12  # sums of 442 terms below 4, each off by 2⁻⁵³: less than 3·10⁻¹³


@cache
def patients() -> tuple[Floats, Floats, Floats]:
    """Standardised queries, keys (8 measurements), values (2 more and the disease's course)."""
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import StandardScaler

    measured, course = load_diabetes(return_X_y=True)
    table = StandardScaler().fit_transform(np.column_stack([measured, course]))
    keys, values = table[:, :8], table[:, 8:]
    return keys[::18], keys, values


def theirs() -> Floats:
    """What BFGS ends at from 0, its own softmax for weights, for every query; (queries, 3)."""
    from scipy.optimize import minimize
    from scipy.spatial.distance import cdist
    from scipy.special import softmax

    queries, keys, values = patients()
    weights = softmax(-cdist(queries, keys, "sqeuclidean") / (2 * BANDWIDTH**2), axis=1)

    def loss(answer: Floats, weight: Floats) -> tuple[float, Floats]:
        apart = answer - values
        return float(weight @ (apart**2).sum(axis=1)) / 2, weight @ apart

    stop = {"gtol": GRADIENT, "norm": 2}
    start = np.zeros(values.shape[1])
    found = [minimize(loss, start, w, method="BFGS", jac=True, options=stop) for w in weights]
    return np.array([result.x for result in found])


def ours(bandwidth: float = BANDWIDTH) -> Floats:
    """The local means at the queries."""
    from locality.kernels import LocalMean

    queries, keys, values = patients()
    return LocalMean("gaussian", bandwidth).fit(keys, values).predict(queries).numpy()


DEMONSTRATION = Demonstration(
    theorem="local-mean",
    package="scipy",
    library="scipy.optimize.minimize",
    data="scikit-learn's diabetes: 442 patients, 8 standardised measurements for keys; 2 more and "
    "the course of the disease for values; 25 of the patients for queries",
    mapping={
        "fun": "half the squared distances of an answer from the values, weighed by the kernel",
        "weights": "softmax of −‖x* − x‖²/2h²: the Gaussian kernel, its sum divided out",
        "x": "the local mean at x*",
        "gtol, norm=2": "how far that answer may be from the minimiser, for μ = 1",
    },
    theirs=theirs,
    ours=ours,
    tolerance=2 * (GRADIENT + ROUNDING),
    why_tolerance="The loss is strongly convex with μ = 1, since the weights sum to 1. So an "
    "answer at which the gradient is no longer than g lies within g/μ of the minimiser: the "
    "reasoning of the theorem's second part. The optimiser stops at g = 10⁻⁹; sums of 442 terms "
    "add less than 10⁻¹². The largest component of its answers exceeds ½.",
    planted=lambda: ours(BANDWIDTH**2),
    planted_fault="the bandwidth squared where the bandwidth is meant",
    differs=(
        "An optimiser stops where the gradient is small enough, not where it is 0.",
        "Where all weights underflow the loss is 0 everywhere and any answer minimises it; shifted "
        "by the largest exponent, as both sums here are, they never all do.",
    ),
)
