"""Which languages attention recognises: temporal logic, automata, and the theorems between them.

`parse` reads a formula, `from_regex`, `from_formula` and `from_file` make an `Automaton`, and
`classify` says which logic its language needs, and so which attention. `distinguishing_word` tells
two formulas apart, `accepts` evaluates one on words, `least_depth` finds a shallowest one.

The theorems are the modules that `ORDER` names. The others, from words to decisions:

    formulas, syntax, semantics, machine, equivalence       what a formula is, says and remembers
    simplify, shorten, connectives, windows                 shorter ones, and other ways to say it
    automata, graphs, enumeration, semigroup                languages
    classify, forbidden, translation, since                 which logic, and the formula back
    types, definability, search                             what a depth can tell, decided exactly
    patterns, tokens, testable                              sinks, read-outs, global tokens
    heads, decisions                                        what the theorems' own steps compute
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
    "window-hierarchy",
    "complementary",
    "classes",
    "depth-cost",
    "compile",
    "global-tokens",
)
