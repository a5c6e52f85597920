"""The one registry of symbols: a name means the same symbol, with the same assumptions, everywhere.

Two SymPy symbols with one name but different assumptions are different symbols, and a
substitution of one for the other silently does nothing; so every module takes its symbols here.
Each part's public quantities stand in a module of its own, which is read here in the catalogue's
order; the notation page lists them so.
"""

from __future__ import annotations

import sympy as sp

from locality.theory.core.quantity import QUANTITIES as QUANTITIES
from locality.theory.core.quantity import Quantity as Quantity

# isort: split
from locality.theory.core.quantities_concentration import *  # noqa: F403  a part's every symbol

# isort: split
from locality.theory.core.quantities_sparsity import *  # noqa: F403

# isort: split
from locality.theory.core.quantities_anchors import *  # noqa: F403

# isort: split
from locality.theory.core.quantities_rules import *  # noqa: F403

# isort: split
from locality.theory.core.quantities_schedules import *  # noqa: F403

# isort: split
from locality.theory.core.quantities_localization import *  # noqa: F403

# isort: split
from locality.theory.core.quantities_attention import *  # noqa: F403

# Derivations speak of one softmax row. Scores are counted in units of the temperature; the margin
# is encoded instead of assumed: relevant scores are level + p[i], the others level − x − q[j].
i = sp.Symbol("i", integer=True, positive=True)
j = sp.Symbol("j", integer=True, positive=True)
level = sp.Symbol("level", real=True)
p = sp.IndexedBase("p", nonnegative=True)
q = sp.IndexedBase("q", nonnegative=True)
ahead = sp.Symbol("ahead", positive=True)
behind = sp.Symbol("behind", positive=True)
total = sp.Symbol("total", positive=True)
normaliser = sp.Symbol("normaliser", positive=True)

LATEX_NAMES: dict[sp.Basic, str] = {entry.symbol: entry.latex for entry in QUANTITIES.values()} | {
    level: "a",
    ahead: "A",
    behind: "B",
    total: "Z",
    normaliser: "Z_0",
}
