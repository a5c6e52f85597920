"""LLE's weights and its map of handwritten zeros, beside scikit-learn's own."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

NEIGHBORS, AXES, RIDGE = 10, 2, 1e-3
U = 2.0**-53
IMAGES, LARGEST, GAP = 178, 6.4, 1.2e-3
"""Of the matrix (I − W)ᵀ(I − W): its size, its largest eigenvalue, and the least distance of an
eigenvalue that the map uses from any other."""
# Elimination is backward stable to 3k²u, and the condition number of a Gram matrix at most 1 + 1/r;
# weights are shorter than 2. So each of W's rows is off by `row` on both sides, the matrix by
# 2√λ·√n of them, and an eigenvector by twice that over its gap.
ROW = 2 * 2 * 3 * NEIGHBORS**2 * U * (1 + 1 / RIDGE)
TOLERANCE = 2 * 2 * math.sqrt(LARGEST * IMAGES) * ROW / GAP


@cache
def images() -> Any:
    """The handwritten zeros, (178, 64)."""
    from sklearn.datasets import load_digits

    return load_digits(n_class=1).data


def neighbours() -> Any:
    """The ten nearest of every image, (178, 10), as scikit-learn chooses where some tie."""
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=NEIGHBORS + 1).fit(images())
    return found.kneighbors(images(), return_distance=False)[:, 1:]


def one_sign(axes: Floats) -> Floats:
    """Columns with the largest entry positive: eigenvectors have no sign of their own."""
    largest = axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])]
    return np.asarray(axes * np.sign(largest))


def theirs() -> Floats:
    """scikit-learn's weights, image by image, and its map."""
    from sklearn.manifold import LocallyLinearEmbedding
    from sklearn.manifold._locally_linear import barycenter_kneighbors_graph

    weights = barycenter_kneighbors_graph(images(), NEIGHBORS, reg=RIDGE).toarray()
    model = LocallyLinearEmbedding(
        n_neighbors=NEIGHBORS, n_components=AXES, reg=RIDGE, eigen_solver="dense"
    )
    return np.concatenate([weights.ravel(), one_sign(model.fit_transform(images())).ravel()])


def mapped(weights: Floats) -> Floats:
    """The map that weights (n, n) rebuild best: the eigenvectors after the constant one."""
    rest = np.eye(len(weights)) - weights
    _, vectors = np.linalg.eigh(rest.T @ rest)
    return np.asarray(vectors[:, 1 : AXES + 1])


def ours(ridge: float = RIDGE) -> Floats:
    """The weights by one batch of `reconstruction_weights`, and the map from them."""
    from locality.kernels.localization.linear_embedding import reconstruction_weights

    points = images()
    nearest = neighbours()
    weights = np.zeros((len(points), len(points)))
    rows = np.arange(len(points))[:, None]
    weights[rows, nearest] = reconstruction_weights(points, points[nearest], ridge).numpy()
    return np.concatenate([weights.ravel(), one_sign(mapped(weights)).ravel()])


def planted() -> Floats:
    """The ridge as a share of the mean square, and not of the sum."""
    return ours(RIDGE / NEIGHBORS)


DEMONSTRATION = Demonstration(
    theorem="lle",
    package="scikit-learn",
    library="sklearn.manifold.LocallyLinearEmbedding, and its barycenter weights",
    data="the 178 zeros of scikit-learn's digits, 64 pixels each: all weights, and the map into "
    "the plane",
    mapping={
        "n_neighbors": "the neighbours given, those that scikit-learn's own search finds",
        "reg": "ridge, a share of the trace",
        "barycenter_kneighbors_graph": "reconstruction_weights, a row an image",
        "embedding_": "eigenvectors of (I − W)ᵀ(I − W) after the constant one",
    },
    theirs=theirs,
    ours=ours,
    tolerance=TOLERANCE,
    why_tolerance="elimination in float64 at a condition number of at most 1 + 1/ridge, and "
    "eigenvectors whose eigenvalues lie 0.0012 apart",
    planted=planted,
    planted_fault="the ridge a tenth as large, of the mean square instead of the sum",
    differs=(
        "Pixels are whole numbers: for some images the tenth and the eleventh neighbour are "
        "equally far: another search may choose the other, and then the map is another.",
        "Eigenvectors have no sign; both are turned so that the largest entry is positive.",
        "Where a point is on all its neighbours scikit-learn takes `reg` itself for the ridge; "
        "the weights are equal either way.",
    ),
)
