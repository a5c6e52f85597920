"""The code whose length is minimised: what a mixture costs to send, and the points given it.

Sender and receiver agree beforehand on the number of points and their box, on σ_min and on this
code. Then are sent, each a whole number of choices:

blocks K and experts E    Elias' γ code, 2⌊log₂ K⌋ + 1 bits
weights                   numerators over N, each at least 1: one of C(N − 1, K − 1)
experts of the blocks     log₂ E each
means                     places on a grid of step σ_min over the box
variances                 σ²_min·2^(l/2), l = 0, 1, … up to the square of the box's longest side
points                    −log₂ of the mixture's density, with the numbers as sent
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from locality.verify.recruitment.mixture import Floats, Mixture


@dataclass(frozen=True)
class Code:
    """The box of N points, `low` and `high` (d,), and the least standard deviation."""

    points: int
    low: Floats
    high: Floats
    deviation: float

    @classmethod
    def of(cls, points: Floats, deviation: float) -> Code:
        """The code for points (N, d)."""
        return cls(len(points), points.min(axis=0), points.max(axis=0), deviation)

    @property
    def least(self) -> float:
        """σ²_min."""
        return self.deviation**2

    @property
    def places(self) -> Floats:
        """Grid points of a mean along each axis."""
        return np.floor((self.high - self.low) / self.deviation) + 1

    @property
    def levels(self) -> int:
        """How many variances there are."""
        widest = max(float((self.high - self.low).max()) ** 2, self.least)
        return math.ceil(2 * math.log2(widest / self.least)) + 1

    def sent(self, mixture: Mixture) -> Mixture:
        """The mixture as the code can say it; its weights add up to 1."""
        place = np.rint((mixture.means - self.low) / self.deviation)
        means = self.low + np.clip(place, 0, self.places - 1) * self.deviation
        level = np.rint(2 * np.log2(mixture.variances / self.least))
        variances = self.least * 2 ** (np.clip(level, 0, self.levels - 1) / 2)
        weights = numerators(mixture.weights, self.points) / self.points
        return replace(mixture, weights=weights, means=means, variances=variances)

    def model_bits(self, mixture: Mixture) -> float:
        """What the mixture costs; never negative."""
        k, e, axes = mixture.blocks, mixture.experts, len(self.low)
        counts = gamma(k) + gamma(e) + k * math.log2(e)
        weights = math.log2(math.comb(self.points - 1, k - 1))
        means = k * float(np.log2(self.places).sum())
        return counts + weights + means + e * axes * math.log2(self.levels)

    def data_bits(self, joint: Floats) -> float:
        """What the points cost, from ln of weight times density (N, K)."""
        return -float(np.logaddexp.reduce(joint, axis=1).sum()) / math.log(2)

    def bits(self, points: Floats, mixture: Mixture) -> float:
        """J, of a mixture as sent."""
        return self.model_bits(mixture) + self.data_bits(mixture.joint(points))


def gamma(number: int) -> int:
    """The length of Elias' γ code of a number ≥ 1."""
    return 2 * (number.bit_length() - 1) + 1


def numerators(weights: Floats, total: int) -> Floats:
    """Whole numbers ≥ 1 that add up to `total`, near weights times total, which are not more.

    One each, and the rest by the largest remainders.
    """
    wanted = np.maximum(weights * total - 1, 0)
    rest = total - len(weights)
    wanted *= rest / max(float(wanted.sum()), np.finfo(float).tiny)
    whole = np.floor(wanted)
    missing = rest - int(whole.sum())
    whole[np.argsort(whole - wanted, kind="stable")[:missing]] += 1
    return whole + 1
