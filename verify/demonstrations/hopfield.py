"""Retrieving half-hidden digits from a modern Hopfield network, the published update on SciPy's
softmax beside the local mean of the stored patterns.

No kept package has the network. Its update is one line, ξ ← X softmax(β Xᵀξ), and is made twice.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

BETA, UPDATES, STATES = 32.0, 2, 200
SIZE, STORED = 64, 1797
U = 2.0**-53
# Patterns and states are at most 1 long. An agreement over the temperature is then off by twice
# β(d + 2)u, a mean of values in ±1 by four times that, and by the sums of the weights; the second
# update multiplies what the first is off by, by at most 2β, and both sides may err. What is found
# has a component of 1/8 at least, as every vector of length 1 has.
ONCE = (8 * BETA * (SIZE + 2) + 2 * (STORED + 12)) * U
TOLERANCE = 8 * 2 * ONCE * (1 + 2 * BETA)


@cache
def patterns() -> Floats:
    """The digits (1797, 64), less their mean, each of length 1."""
    from sklearn.datasets import load_digits

    away = load_digits().data - load_digits().data.mean(axis=0)
    return np.asarray(away / np.linalg.norm(away, axis=1, keepdims=True))


def half_hidden() -> Floats:
    """The first digits (200, 64) with the lower half of the picture blank."""
    seen = np.arange(SIZE) < SIZE // 2
    return np.asarray(patterns()[:STATES] * seen)


def by_scipy(beta: float = BETA) -> Floats:
    """The states after each update, (2, 200, 64)."""
    from scipy.special import softmax

    stored, state, found = patterns().T, half_hidden().T, []
    for _ in range(UPDATES):
        state = stored @ softmax(beta * stored.T @ state, axis=0)
        found.append(state.T)
    return np.array(found)


def by_local_means(temperature: float = 1 / BETA) -> Floats:
    """The same as local means of the patterns, their agreement with the state for a kernel."""
    from locality.kernels import LocalMean

    memory = LocalMean("dot", temperature).fit(patterns(), patterns())
    state, found = half_hidden(), []
    for _ in range(UPDATES):
        state = np.asarray(memory.predict(state))
        found.append(state)
    return np.array(found)


DEMONSTRATION = Demonstration(
    theorem="hopfield",
    package="scipy",
    library="scipy.special.softmax",
    data="1 797 digits of scikit-learn as stored patterns, centred and of length 1, and 200 of "
    "them with the lower half hidden as states, updated twice",
    mapping={
        "X, patterns as columns": "keys and values, patterns as rows",
        "ξ": "the query",
        "β = 32": "kernel “dot” with bandwidth 1/32",
        "X softmax(β Xᵀξ)": "LocalMean.predict",
    },
    theirs=by_scipy,
    ours=by_local_means,
    tolerance=TOLERANCE,
    why_tolerance="products of 64 terms, weights of 1 797 patterns and their sums round on both "
    "sides, and the second update multiplies what the first is off by, by at most 2β",
    planted=lambda: by_local_means(2 / BETA),
    planted_fault="the bandwidth is 2/β",
    differs=(
        "A layer of a network that is built on the update adds weight matrices and normalisation "
        "before it; the update itself is what is compared",
    ),
)
