"""statsmodels' kernel regression, local-constant and local-linear, is the local mean and model."""

from __future__ import annotations

from functools import cache

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

BANDWIDTHS = np.array([0.02, 0.03, 0.04])  # of body mass, blood pressure and one serum
CONDITION = 2.0**13  # of statsmodels' moment matrices at these queries
STEEPEST = 2.0**3  # how far slopes exceed values, both as numbers
OPERATIONS = 2.0**10  # 442 terms, and exponents that are off by a few units times up to 74


@cache
def patients() -> tuple[Floats, Floats, Floats]:
    """Queries, keys (three measurements) and values (the disease's course), as bundled."""
    from sklearn.datasets import load_diabetes

    measured, course = load_diabetes(return_X_y=True)
    keys = measured[:, [2, 3, 8]]
    return keys[::18], keys, course


@cache
def theirs() -> Floats:
    """Local-constant and local-linear estimates of KernelReg; (2, queries)."""
    from statsmodels.nonparametric.kernel_regression import KernelReg

    queries, keys, course = patients()

    def estimate(kind: str) -> Floats:
        # With the bandwidths given nothing is drawn; without `rng` statsmodels 0.15 warns.
        model = KernelReg(course, keys, "ccc", reg_type=kind, bw=BANDWIDTHS, rng=0)
        return np.asarray(model.fit(queries)[0])

    return np.stack([estimate("lc"), estimate("ll")])


def ours(bandwidths: Floats = BANDWIDTHS) -> Floats:
    """The local mean, and what the local-linear model says at the query; (2, queries)."""
    from locality.kernels import LocalMean, LocalModel

    queries, keys, course = patients()
    near, far = queries / bandwidths, keys / bandwidths
    mean = LocalMean("gaussian", 1.0).fit(far, course).predict(near)
    line = LocalModel("linear", "gaussian", 1.0).fit(far, course).predict(near)
    return np.stack([mean.numpy(), line.numpy()])


DEMONSTRATION = Demonstration(
    theorem="kernel-regression",
    package="statsmodels",
    library="statsmodels.nonparametric.kernel_regression.KernelReg",
    data="scikit-learn's diabetes: 442 patients, body mass, blood pressure and one serum for keys, "
    "the course of the disease for values; 25 of the patients for queries",
    mapping={
        "reg_type='lc'": "LocalMean: the model of a constant",
        "reg_type='ll'": "LocalModel('linear'): the model of an affine function, at the query",
        "var_type='ccc', ckertype='gaussian'": "a product of univariate Gaussians is one Gaussian",
        "bw": "divides the measurements, each by its own; then our bandwidth is 1",
        "1/h and 1/√(2π) of each factor": "nothing: they cancel in the normalised weights",
    },
    theirs=theirs,
    ours=ours,
    tolerance=CONDITION * STEEPEST * OPERATIONS * 2.0**-53,
    why_tolerance="Weights are sums of 442 terms and exponentials of numbers down to −74, "
    "each off by a few units of 2⁻⁵³: 2¹⁰ of them cover a moment. Both solve linear equations, "
    "statsmodels by a pseudo-inverse in the measurements' own unit, where its matrices' condition "
    "stays below 2¹³; the solution holds slopes too, up to 2³ times the largest value.",
    planted=lambda: ours(BANDWIDTHS * np.sqrt(2)),
    planted_fault="a Gaussian of ‖x* − x‖²/4h² where ‖x* − x‖²/2h² is meant",
    differs=(
        "Without `bw` statsmodels searches bandwidths by cross-validation; here they are given.",
        "Where the weighted points do not span all directions both take the flattest of the best "
        "functions, statsmodels up to its cut-off of 10⁻¹⁵ for singular values.",
        "Where all weights underflow statsmodels divides 0 by 0; ours are shifted by the largest "
        "exponent first.",
    ),
)
