"""Part IV, attention: what fast kernels compute, and what may be read off their results."""

ORDER = (
    "merge",
    "entropy-identity",
    "fidelity-identity",
    "skip-certificate",
    "rounding",
)
