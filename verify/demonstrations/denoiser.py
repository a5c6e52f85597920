"""A denoiser's step on noisy digits beside torch's gradient of the log-density of noisy ones."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

NOISE, SEEN, SEED = 2.0, 64, 7
PIXELS, INK = 64, 16.0
U = 2.0**-53
# Exponents are sums over the pixels of (difference/σ)²/2, a difference at most the ink and six σ.
# A chance is off relatively by twice the rounding of the largest exponent, on both sides; a pixel's
# mean then by that times the ink, and the largest step is more than one level of ink.
EXPONENT = PIXELS * (INK + 6 * NOISE) ** 2 / (2 * NOISE**2)
TOLERANCE = 2 * 2 * (PIXELS + 8) * U * EXPONENT * INK


@cache
def digits() -> tuple[Floats, Floats]:
    """All images (1797, 64), and the first of them with Gaussian noise added."""
    from sklearn.datasets import load_digits

    images = np.asarray(load_digits().data)
    draws = np.random.default_rng(SEED).normal(scale=NOISE, size=(SEEN, PIXELS))
    return images, images[:SEEN] + draws


def by_gradient() -> Floats:
    """σ² times the gradient of the log-density at every noisy image (64, 64)."""
    import torch
    from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

    images, noisy = (torch.from_numpy(array) for array in digits())
    origins = Categorical(logits=torch.zeros(len(images), dtype=torch.float64))
    density = MixtureSameFamily(origins, Independent(Normal(images, NOISE), 1))
    at = noisy.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(density.log_prob(at).sum(), at)
    return NOISE**2 * np.asarray(gradient)


def by_local_mean(bandwidth: float = NOISE) -> Floats:
    """The local mean of the images around every noisy one, less the noisy one."""
    from locality.kernels import LocalMean

    images, noisy = digits()
    found: Any = LocalMean("gaussian", bandwidth).fit(images, images).predict(noisy)
    return found.numpy() - noisy


DEMONSTRATION = Demonstration(
    theorem="denoiser",
    package="torch",
    library="torch.autograd of torch.distributions.MixtureSameFamily.log_prob",
    data="scikit-learn's digits: 1797 images are the training points; 64 of them with Gaussian "
    f"noise of standard deviation {NOISE:.0f} are denoised",
    mapping={
        "component means": "keys, and values",
        "component scale": "σ, the bandwidth",
        "mixture weights": "equal: every image is as likely",
        "σ² × gradient of log_prob": "local mean − noisy image",
    },
    theirs=by_gradient,
    ours=by_local_mean,
    tolerance=TOLERANCE,
    why_tolerance="twice the rounding of the largest exponent, a sum over 64 pixels, is the "
    "relative error of a chance; times 16 levels of ink, on both sides",
    planted=lambda: by_local_mean(NOISE**2),
    planted_fault="the variance of the noise for the bandwidth",
    differs=(
        "The mixture's log_prob keeps all 1797 × 64 differences of a point in memory; the local "
        "mean reads the images in tiles.",
    ),
)
