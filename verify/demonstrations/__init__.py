"""Equality demonstrations: a well-kept library's own result beside ours, the mapping written out.

`load(id).run()` computes both and says how far apart they lie; `demonstrated()` lists the theorems
that have one. A module a theorem, which imports the library only when it computes.
"""

from locality.verify.demonstrations.demonstration import (
    Demonstration,
    Outcome,
    demonstrated,
    load,
    relative_difference,
)

__all__ = ["Demonstration", "Outcome", "demonstrated", "load", "relative_difference"]
