"""The quantities of recruitment, counted in bits, and of layers under a schedule of dials."""

from __future__ import annotations

from locality.theory.core.quantity import finite, nonnegative, positive, quantity, whole

initial_bits = quantity(
    "initial_bits",
    "J_0",
    "code length of model and data before the first recruitment",
    "bits",
    "any finite real",
    finite,
    real=True,
)
saving = quantity(
    "saving",
    r"\eta",
    "what a recruitment must save at least",
    "bits",
    "η > 0",
    positive,
    positive=True,
)
points = quantity(
    "points",
    "N",
    "points that are coded",
    "points",
    "a whole number N ≥ 1",
    whole,
    integer=True,
    positive=True,
)
dimension = quantity(
    "dimension",
    "d",
    "coordinates of a point",
    "1",
    "a whole number d ≥ 1",
    whole,
    integer=True,
    positive=True,
)
least_variance = quantity(
    "least_variance",
    r"\sigma_{\min}^2",
    "what no eigenvalue of a block's covariance is below",
    "coordinate²",
    "σ² > 0",
    positive,
    positive=True,
)
lipschitz = quantity(
    "lipschitz",
    r"\Lambda",
    "Lipschitz constant of an undialled layer",
    "1",
    "Λ ≥ 0",
    nonnegative,
    nonnegative=True,
)
deviation = quantity(
    "deviation",
    r"\delta",
    "distance between the dialled and the undialled run before a layer",
    "value",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
