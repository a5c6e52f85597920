"""Part I, concentration: how sharply a softmax row concentrates on a block that leads."""

ORDER = (
    "leakage",
    "entropy",
    "entropy-exponential",
    "temperature",
    "threshold",
    "truncation",
    "dial",
    "dial-entropy",
    "dial-mean-entropy",
)
