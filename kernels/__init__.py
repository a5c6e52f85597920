"""What attention does: `attend` and its backends, with the statistics theorems speak of.

`attend(q, k, v, blocks=…, relevant=…, aux=AuxRequest(entropy=True, …))` is attention that also
reports entropy, fidelity, leakage, margins and certificates of each row; `Mask` says which keys a
query may see, `RowStatus` what can be said of a row. With `tolerance=ε` keys of little attention
are skipped, at a cost that a `SkipCertificate` bounds. `row_statistics` and `pattern_statistics` do
the same for a given matrix of scores or of probabilities, `certify` bounds fidelity and entropy
from margin and counts alone. `Moments` and `merge` combine the
attention of disjoint key sets. `group_sparsemax` gives weights that are exactly zero on whole
groups, `certifies_block` says from one group when it takes all. `LocalMean` is the localization
method, of which attention is one case, for any kernel and bandwidth, `LocalModel` the same trick
for any loss. A backend asked by name for what it
cannot do raises `NotSupported`.

Importing this package lets theory's bounds take torch tensors.
"""

from locality.kernels.attention import attend
from locality.kernels.certificates import certify
from locality.kernels.errors import NotSupported
from locality.kernels.group_sparsemax import BlockCertificate, certifies_block, group_sparsemax
from locality.kernels.localization import (
    LocalMean,
    LocalMeans,
    LocalModel,
    NearestBandwidth,
    Shifted,
    mean_shift,
)
from locality.kernels.masks import Mask
from locality.kernels.moments import Moments, merge
from locality.kernels.results import Attention, AuxRequest, Certificate, RowStatus, SkipCertificate
from locality.kernels.statistics import RowStatistics, pattern_statistics, row_statistics
from locality.kernels.torch_numbers import register_torch

register_torch()

__all__ = [
    "Attention",
    "AuxRequest",
    "BlockCertificate",
    "Certificate",
    "LocalMean",
    "LocalMeans",
    "LocalModel",
    "Mask",
    "Moments",
    "NearestBandwidth",
    "NotSupported",
    "RowStatistics",
    "RowStatus",
    "Shifted",
    "SkipCertificate",
    "attend",
    "certifies_block",
    "certify",
    "group_sparsemax",
    "mean_shift",
    "merge",
    "pattern_statistics",
    "row_statistics",
]
