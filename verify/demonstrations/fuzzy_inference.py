"""Rules from the classes of iris: a local mean beside the rules fired one by one, to 40 digits.

No kept library has the method; what it is compared with is its definition, membership by
membership, in mpmath's numbers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

DIGITS, INPUTS, SPREADS = 40, 3, 32
U = 2.0**-53
# No flower is more than SPREADS of a class' standard deviations from its mean, so that no exponent
# is more than this; it is off by as many roundings as it has operations, a strength relatively by
# as much, and a mean of positive consequents by that of its numerator and its denominator.
EXPONENT = INPUTS * SPREADS**2 / 2
TOLERANCE = 2 * 2 * (INPUTS + 8) * U * EXPONENT


@cache
def system() -> tuple[Floats, Floats, Floats, Floats]:
    """Inputs (150, 3) and, for each of 3 classes, centres, widths and consequents.

    The inputs are sepals and the petal's length; a class' rule has their means and standard
    deviations, and says its mean width of a petal.
    """
    from sklearn.datasets import load_iris

    flowers, kinds = load_iris(return_X_y=True)
    groups = [flowers[kinds == kind] for kind in range(3)]
    centres, widths = (np.stack([of(each, axis=0) for each in groups]) for of in (np.mean, np.std))
    return flowers[:, :INPUTS], centres[:, :INPUTS], widths[:, :INPUTS], centres[:, INPUTS]


def rule_by_rule() -> Floats:
    """Memberships multiplied, strengths summed, to DIGITS digits (150,)."""
    import mpmath  # type: ignore[import-untyped]  # ships no types

    flowers, centres, widths, consequents = system()
    found = []
    with mpmath.workdps(DIGITS):
        for flower in flowers.tolist():
            strengths = []
            for centre, width in zip(centres.tolist(), widths.tolist(), strict=True):
                strength = mpmath.mpf(1)
                for x, c, s in zip(flower, centre, width, strict=True):
                    strength *= mpmath.exp(-((mpmath.mpf(x) - c) ** 2) / (2 * mpmath.mpf(s) ** 2))
                strengths.append(strength)
            said = sum(w * b for w, b in zip(strengths, consequents.tolist(), strict=True))
            found.append(float(said / sum(strengths)))
    return np.array(found)


def log_strengths(queries: Any, keys: Any, bandwidth: Any) -> Any:
    """−d²/2, a key being a rule's centre and, behind it, its widths; (…, q, n)."""
    centre, width = keys[..., None, :, :INPUTS], keys[..., None, :, INPUTS:]
    off = (queries[..., :, None, :INPUTS] - centre) / width
    return -(off**2).sum(-1) / 2


def by_local_mean(widths: Floats | None = None) -> Floats:
    """The local mean of the consequents, by a kernel of which every rule has its own widths."""
    from locality.kernels import LocalMean

    flowers, centres, own, consequents = system()
    keys = np.concatenate([centres, own if widths is None else widths], axis=1)
    inputs = np.concatenate([flowers, np.zeros_like(flowers)], axis=1)
    found: Any = LocalMean(log_strengths).fit(keys, consequents).predict(inputs)
    return np.asarray(found.numpy())


DEMONSTRATION = Demonstration(
    theorem="fuzzy-inference",
    package="mpmath",
    library="loops by the definition over mpmath's numbers of 40 digits",
    data="scikit-learn's iris: a rule for each of 3 kinds, from the means and standard deviations "
    "of 3 measurements, says the kind's mean width of a petal; 150 flowers are asked",
    mapping={
        "a rule's centres and widths": "a key, and the kernel's bandwidth at that key",
        "product of the memberships": "kernel, e^(−d²/2)",
        "consequents": "values",
        "strengths over their sum": "normalised weights",
    },
    theirs=rule_by_rule,
    ours=by_local_mean,
    tolerance=TOLERANCE,
    why_tolerance="an exponent of at most 1 536 is off by eleven roundings in float64, a strength "
    "relatively by as much, and a mean by that of numerator and denominator",
    planted=lambda: by_local_mean(np.square(system()[2])),
    planted_fault="variances for the widths",
    differs=(
        "Where every strength underflows the definition divides 0 by 0; the local mean, which "
        "works with logarithms, answers like the nearest rule.",
    ),
)
