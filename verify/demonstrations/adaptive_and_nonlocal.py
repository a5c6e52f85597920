"""Non-local means: scikit-image's, and the local mean of pixels by their patches."""

from __future__ import annotations

from functools import partial

import numpy as np

from locality.kernels.localization.nonlocal_means import non_local_means
from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

SIZE, DISTANCE, WIDTH = 5, 6, 0.08


def photograph() -> Floats:
    """Part of a photograph in grey levels from 0 to 1, with noise of deviation 0.05."""
    from skimage import data

    part = data.camera()[96:136, 200:250] / 255
    return part + 0.05 * np.random.default_rng(7).normal(size=part.shape)


def theirs() -> Floats:
    """Denoised by scikit-image, in its original mode."""
    from skimage.restoration import denoise_nl_means

    found: Floats = denoise_nl_means(photograph(), SIZE, DISTANCE, WIDTH, fast_mode=False)
    return found


def ours(h: float = WIDTH) -> Floats:
    """Denoised by local means with the same window and cut-off, and the exponential itself."""
    found = non_local_means(photograph(), SIZE, DISTANCE, h, cutoff=5.0)
    return np.asarray(found.pixels)


DEMONSTRATION = Demonstration(
    theorem="adaptive-and-nonlocal",
    package="scikit-image",
    library="skimage.restoration.denoise_nl_means",
    data="40 × 50 pixels of scikit-image's camera, with noise",
    mapping={
        "patch_size": "keys are patches, Gaussian weights of width (size − 1)/4 within; the image "
        "is reflected around its edges",
        "patch_distance": "the window of keys, which ends at the image's edges",
        "h": "bandwidth h/√2 of the Gaussian kernel, K = exp(−d²/h²)",
        "fast_mode=False": "weights within a patch; True gives all of its pixels one weight",
        "sigma": "2σ² subtracted from d², and what is negative set to 0",
        "a constant, 5": "cutoff: patches whose exponent passes 5 before their last row weigh 0",
        "a constant exponential": "exp itself; theirs is linear between powers of 2",
    },
    theirs=theirs,
    ours=ours,
    tolerance=0.02,
    why_tolerance="their exponential is off by factors within 6.2 % of each other, so a weight's "
    "logarithm by at most E = 0.03, which moves attention by at most tanh(E/2) = 0.015 (theorem "
    "rounding) times the range of the grey levels, here 1.3 times the largest; with their "
    "exponential the two agree to 1e-13, as a test shows",
    planted=partial(ours, 2 * WIDTH),
    planted_fault="h is twice theirs",
    differs=(
        "Its exponential is an approximation: weights differ by some percent, pixels by far less.",
        "It drops patches beyond an exponent of 5: a pixel is off the whole window's mean by at "
        "most σ(ln c − 5 − lse)·D, which non_local_means reports.",
        "With fast_mode=True, the default, windows go on into the reflection, all pixels of a "
        "patch count alike, and no row is left out before the last.",
    ),
)
