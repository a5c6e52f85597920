"""What checks are run on: instance families, their batches and rows, real models.

`families()` names the families; `family("gaussian").draw(Stream(7, "gaussian"), 0, frozenset())`
draws the batches of its shard 0. Hypothesis strategies for property tests of your own lie in
`locality.verify.instances.strategies`, the reader of transformers in `.models`.
"""

from locality.verify.instances.batch import EXTRAS, STRATA, Batch, Instance, stratum_of
from locality.verify.instances.catalogue import Family, families, family
from locality.verify.instances.stream import Stream

__all__ = [
    "EXTRAS",
    "STRATA",
    "Batch",
    "Family",
    "Instance",
    "Stream",
    "families",
    "family",
    "stratum_of",
]
