"""How long a classification takes, how fast formulas are evaluated, and how soon nasty input ends.

In one process and one thread. First the answers must be right: classifications those of the
semigroup's algebra, truth values those of the formulas' automata. Random automata are of every
class, and each is classified once: its formula is found, shortened and compared, its forbidden
patterns are run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import numpy as np

from locality.theory import InputError
from locality.theory.expressivity.automata import Automaton, from_formula, from_regex
from locality.theory.expressivity.classify import MOST_STATES, classify
from locality.theory.expressivity.formulas import Formula, depth
from locality.theory.expressivity.machine import TooLarge
from locality.theory.expressivity.semantics import Codes, accepts, evaluate
from locality.theory.expressivity.semigroup import semigroup
from locality.theory.expressivity.syntax import parse
from locality.verify.benchmarks.bars import Bar, Measured, alternating
from locality.verify.benchmarks.results import NumbersDiffer
from locality.verify.recognizers.draws import random_words
from locality.verify.recognizers.draws_automata import random_automata

AUTOMATA, STATES, LETTERS = 10_000, 8, (2, 3)
CHECKED, ELEMENTS = 100, 5000
WORDS, LENGTH = 500, 500
SEED = 7
FORMULAS = (
    "P(b & Y a)",
    "!P(a & P b | c)",
    "P(a & Y<=3 b) S (c & !Y<=2 a)",
    "(Y b | !Y true) & !P(a & Y a | b & (Y b | !Y true) | c)",
)
CLASSIFIED = Bar(f"ms to classify, median of {AUTOMATA} automata", 50.0, at_most=True)
EVALUATED = Bar("million letters a second through the slowest formula", 1.0)
NASTY = Bar("seconds until the nastiest input has its answer or its line", 10.0, at_most=True)


class Found(Measured):
    """What was measured of expressivity."""

    benchmark = "expressivity"

    def conditions(self) -> dict[str, Any]:
        """Sizes and seed of the draws, and the libraries used."""
        return {
            "automata": AUTOMATA,
            "states": STATES,
            "letters": list(LETTERS),
            "words": WORDS,
            "length": LENGTH,
            "seed": SEED,
            "libraries": {
                name: version(name) for name in ("automata-lib", "libsemigroups-pybind11")
            },
        }


def drawn(count: int, seed: int = SEED) -> Iterator[Automaton]:
    """Random automata of every class."""
    return random_automata(np.random.default_rng(seed), count, STATES, LETTERS)


# -- the gate ----------------------------------------------------------------------------------


def gate() -> None:
    """NumbersDiffer unless classes are the algebra's and truth values the automata's."""
    for automaton in drawn(CHECKED, SEED + 1):
        try:
            algebra = semigroup(automaton, ELEMENTS)
        except TooLarge:
            continue
        expected = (
            algebra.definite,
            algebra.right_trivial,
            algebra.locally_right_trivial,
            algebra.aperiodic,
        )
        found = tuple(classify(automaton).within.values())
        if found != expected:
            raise NumbersDiffer(f"{automaton}: classified {found}, the algebra says {expected}")
    words = random_words(np.random.default_rng(SEED), 200, "abc", 12)
    for text in FORMULAS:
        formula = parse(text)
        truth = accepts(formula, words, "abc")
        if (truth != from_formula(formula, "abc").recognises(words)).any():
            raise NumbersDiffer(f"{text}: its automaton accepts other words")


# -- measuring ---------------------------------------------------------------------------------


def measure(runs: int = 5, progress: Callable[[str], None] = lambda _: None) -> Found:
    """Measure every bar; InputError if `runs` is not positive or a library is missing.

    runs: of the evaluations; every automaton is classified once. progress: told what comes next.
    """
    if runs < 1:
        raise InputError(f"runs is {runs}; expected at least 1")
    for module in ("automata", "libsemigroups_pybind11"):
        if find_spec(module) is None:
            raise InputError(
                f"no module {module} to work with: expected pip install 'locality[expressivity]'"
            )
    gate()
    found = Found()
    for part in (_classifications, _evaluations, _nasty_inputs):
        progress((part.__doc__ or "").rstrip("."))
        part(runs, found)
    return found


def _classifications(runs: int, found: Found) -> None:
    """Random automata, each classified once."""
    spent = [_seconds(partial(classify, automaton)) for automaton in drawn(AUTOMATA)]
    found.seconds |= {
        "classify, median": median(spent),
        "classify, 99 of 100 within": quantiles(spent, n=100)[98],
        "classify, slowest": max(spent),
    }
    found.ratios[CLASSIFIED] = 1e3 * median(spent)


def _evaluations(runs: int, found: Found) -> None:
    """Formulas on a batch of words."""
    codes = np.random.default_rng(SEED).integers(3, size=(WORDS, LENGTH), dtype=np.int16)
    ways = {
        _label(formula): partial(_evaluated, formula, codes) for formula in map(parse, FORMULAS)
    }
    spent = {name: median(each) for name, each in alternating(ways, runs).items()}
    found.seconds |= {f"evaluate {name}": each for name, each in spent.items()}
    found.ratios[EVALUATED] = codes.size / max(spent.values()) / 1e6


def _evaluated(formula: Formula, codes: Codes) -> object:
    return evaluate(formula, codes, "abc")


def _label(formula: Formula) -> str:
    return f"{formula}, depth {depth(formula)}"


def _nasty_inputs(runs: int, found: Found) -> None:
    """Inputs made to take long."""
    spent = {name: _seconds(partial(_answered, make)) for name, make in nasty().items()}
    found.seconds |= {f"nasty: {name}": each for name, each in spent.items()}
    found.ratios[NASTY] = max(spent.values())


def nasty() -> dict[str, Callable[[], Automaton]]:
    """Inputs made to take long: expressions that blow up, automata with huge semigroups."""
    states = MOST_STATES
    fold = tuple((min(k + 1, states - 1), max(k - 1, 0), k // 2 * 2) for k in range(states))
    shift = tuple(((k + 1) % states, k ^ 1, k // 2 * 2) for k in range(states))
    some = frozenset({0, states // 2, states - 1})
    return {
        "exponentially many sets of states": lambda: from_regex("(a|b)*a" + "(a|b)" * 60),
        "stars in stars": lambda: from_regex("(" * 160 + "a" + "*)" * 160),
        "500 alternatives": lambda: from_regex("ab|" * 160 + "a"),
        "the position from the end": lambda: from_regex("(a|b)*a" + "(a|b)" * 6),
        "an aperiodic semigroup beyond its size": lambda: Automaton("abc", fold, some),
        "a group among all maps": lambda: Automaton("abc", shift, some),
    }


def _answered(make: Callable[[], Automaton]) -> None:
    try:
        classify(make())
    except InputError:
        return  # one line, in time, is an answer


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
