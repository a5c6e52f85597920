"""Which languages attention recognises: temporal logic, automata, and the theorems between them.

`parse` reads a formula, `from_regex`, `from_formula` and `from_file` make an `Automaton`, and
`classify` says which logic its language needs, and so which attention. `distinguishing_word` tells
two formulas apart, `accepts` evaluates one on words, `least_depth` finds a shallowest one.
"""

from locality.theory.expressivity.automata import Automaton, from_file, from_formula, from_regex
from locality.theory.expressivity.classify import Classification, classify
from locality.theory.expressivity.equivalence import distinguishing_word
from locality.theory.expressivity.formulas import Formula
from locality.theory.expressivity.search import least_depth
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.simplify import simplify
from locality.theory.expressivity.syntax import parse

__all__ = [
    "Automaton",
    "Classification",
    "Formula",
    "accepts",
    "classify",
    "distinguishing_word",
    "from_file",
    "from_formula",
    "from_regex",
    "least_depth",
    "parse",
    "simplify",
]

ORDER = (
    "classes",
    "complementary",
    "window-hierarchy",
    "depth-cost",
    "compile",
    "global-tokens",
)
