"""Part I, concentration: how sharply one softmax row concentrates on a block that leads by a margin."""

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
