"""What is true: theorems as objects, with their derivations, witnesses, bounds and Rocq proofs.

`theorem("leakage")` gives one, by id or tag; `theorems()` all of them; `index()` ids, tags and
titles without importing SymPy. No torch, no randomness of results, no processes here.
"""

from locality.theory.core.catalogue import Entry, find, index, theorem, theorems
from locality.theory.core.errors import InputError, UnknownTheorem

__all__ = ["Entry", "InputError", "UnknownTheorem", "find", "index", "theorem", "theorems"]
