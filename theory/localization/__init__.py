"""Part II, localization methods: a kernel around a query, and the mean or model that it weighs."""

ORDER = (
    "local-mean",
    "attention-is-local-mean",
    "kernel-regression",
    "lazy-learning",
    "mean-shift",
    "hopfield",
    "relaxation-labeling",
    "lle",
    "fuzzy-inference",
    "denoiser",
    "transformer-is-hierarchical-local-model",
    "adaptive-and-nonlocal",
)
