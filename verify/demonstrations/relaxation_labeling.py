"""Relaxation labeling of the pixels of a digit, beside loops over every pixel, label and neighbour.

No kept library has the method; what it is compared with is its definition, label by label.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

IMAGE, SIDE, STEPS = 8, 8, 6
LEVELS = (2.0, 8.0, 14.0)  # of ink, in sixteenths: what a pixel's three labels stand for
U = 2.0**-53
TERMS = SIDE * SIDE * len(LEVELS)
# A step multiplies relative errors by at most four, two in p·q and two in its sum, and adds those
# of two sums, one of TERMS products and one of a pixel's labels, on both sides.
TOLERANCE = 2 * 2 * (TERMS + len(LEVELS) + 4) * U * (4**STEPS - 1) / 3


@cache
def images() -> Any:
    """The digits (1797, 64), 0 to 16."""
    from sklearn.datasets import load_digits

    return load_digits().data


def nearest_level(ink: float) -> int:
    """The label of a pixel by its ink."""
    return min(range(len(LEVELS)), key=lambda label: abs(LEVELS[label] - ink))


def start() -> Floats:
    """Probabilities (64, 3) of the labels of one image's pixels, the nearer a level the larger."""
    near = 1 / (1 + np.abs(images()[IMAGE][:, None] - np.array(LEVELS)))
    return np.asarray(near / near.sum(axis=1, keepdims=True))


def neighbours(pixel: int) -> list[int]:
    """The pixels above, below, left and right of it."""
    row, column = divmod(pixel, SIDE)
    around = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return [r * SIDE + c for r, c in around if 0 <= r < SIDE and 0 <= c < SIDE]


def by_loops() -> Floats:
    """The probabilities after every step, number by number."""
    labels = [[nearest_level(ink) for ink in image] for image in images().tolist()]
    together: dict[tuple[int, int, int, int], float] = {}
    for image in labels:
        for i in range(SIDE * SIDE):
            for j in neighbours(i):
                pair = i, image[i], j, image[j]
                together[pair] = together.get(pair, 0.0) + 1.0
    p, seen = start().tolist(), []
    for _ in range(STEPS):
        p = [_updated(i, p, together) for i in range(len(p))]
        seen.append(p)
    return np.array(seen)


def _updated(
    i: int, p: list[list[float]], together: dict[tuple[int, int, int, int], float]
) -> list[float]:
    pull = []
    for a, old in enumerate(p[i]):
        support = 0.0
        for j in neighbours(i):
            for b, other in enumerate(p[j]):
                support += together.get((i, a, j, b), 0.0) * other
        pull.append(old * support)
    whole = 0.0
    for one in pull:
        whole += one
    return [one / whole for one in pull]


def compatibilities(one_sided: bool = False) -> Floats:
    """How often (64, 3, 64, 3) neighbours of all images have these labels; 0 for other pixels.

    `one_sided`: counted for the neighbours to the right and below only.
    """
    label = np.abs(images()[:, :, None] - np.array(LEVELS)).argmin(axis=2)
    has = (label[:, :, None] == np.arange(len(LEVELS))).astype(np.float64)
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    apart = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
    beside = np.triu(apart == 1) if one_sided else apart == 1
    counts = np.tensordot(has, has, axes=(0, 0))
    return np.asarray(counts * beside[:, None, :, None])


def ours(together: Floats | None = None) -> Floats:
    """The same by `relax`, all pixels and labels at once."""
    from locality.kernels.localization.relaxation_labeling import relax

    counts = compatibilities() if together is None else together
    return np.stack([relax(start(), counts, steps).numpy() for steps in range(1, STEPS + 1)])


def planted() -> Floats:
    """Pixels hear only their neighbours to the right and below, and the last one itself."""
    lopsided = compatibilities(one_sided=True)
    lopsided[-1, :, -1, :] = 1.0
    return ours(lopsided)


DEMONSTRATION = Demonstration(
    theorem="relaxation-labeling",
    package="numpy",
    library="loops by the definition over NumPy's numbers",
    data="an image of scikit-learn's digits; objects are its 64 pixels, labels three levels of "
    "ink, compatibilities how often neighbours have them in all 1797 images",
    mapping={
        "pixel": "object",
        "level of ink": "label",
        "count of two levels in neighbouring pixels": "r_ab, symmetric; 0 where they are not",
        "nearness of the ink to a level": "p_a at the start",
    },
    theirs=by_loops,
    ours=ours,
    tolerance=TOLERANCE,
    why_tolerance="a step at most quadruples relative errors, and adds those of two sums in "
    "float64; six steps, both sides",
    planted=planted,
    planted_fault="compatibilities of one side only, so not symmetric",
    differs=(
        "Where no label of an object has support, `relax` says so; the loops would divide by 0.",
    ),
)
