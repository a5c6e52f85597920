"""Which temporal logic a language needs, and so which attention recognises it.

LTL[Y], LTL[P] and LTL[P,Y] are decided by patterns in the minimal automaton, read after the last
letter. None of them may occur:

- LTL[Y], the definite languages: two states that one nonempty word leads back to themselves;
- LTL[P], the R-trivial ones: two states that reach each other;
- LTL[P,Y], the locally R-trivial ones: both at once;
- LTL[S], the aperiodic ones: a word that moves states in a circle. The transition semigroup decides
  this one, unless LTL[P,Y] holds, which implies it; past its stated size it stays undecided.

A class that is refused comes with words that show the pattern: for every n one of two words is in
the language and the other is not, and every formula of the class takes them for one from some n on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from locality.theory.core.errors import InputError
from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.forbidden import looping
from locality.theory.expressivity.formulas import (
    TEMPORAL,
    Formula,
    Past,
    Within,
    depth,
    subformulas,
    windows,
)
from locality.theory.expressivity.graphs import components, shortest_word
from locality.theory.expressivity.machine import TooLarge
from locality.theory.expressivity.semigroup import rotation
from locality.theory.expressivity.shorten import size
from locality.theory.expressivity.simplify import simplify
from locality.theory.expressivity.syntax import LONGEST, plain
from locality.theory.expressivity.translation import (
    local_formula,
    past_formula,
    star_free_formula,
)

MOST_STATES = 128
WRITTEN_OUT = 3  # repetitions of a word in a shape
STARTS = 64  # pairs of states from which a shortest loop is looked for
TRIED = 6  # the numbers n = 0, …, 5 for which the words of a pattern are run
CLASSES = {
    "LTL[Y]": "definite",
    "LTL[P]": "R-trivial",
    "LTL[P,Y]": "locally R-trivial",
    "LTL[S]": "aperiodic",
}

# A word's name stands for the word, a tuple for its parts n times over.
Shape = tuple["str | Shape", ...]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Forbidden:
    """Words that the language tells apart for every n, and every formula of a class for few n only.

    `words` has the parts by name; `accepted` and `rejected` are built from them.
    """

    reason: str
    words: Mapping[str, str]
    accepted: Shape
    rejected: Shape

    def pair(self, n: int) -> tuple[str, str]:
        """The word in the language and the word outside it."""
        return spelled(self.accepted, self.words, n), spelled(self.rejected, self.words, n)

    def shown(self, automaton: Automaton, tried: int = TRIED) -> bool:
        """Whether the automaton answers so for n = 0, …, tried − 1."""
        answers = ([automaton.accepts(word) for word in self.pair(n)] for n in range(tried))
        return all(answer == [True, False] for answer in answers)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "reason": self.reason,
            "words": dict(self.words),
            "accepted": told(self.accepted),
            "rejected": told(self.rejected),
            "tried": list(range(TRIED)),
        }


def spelled(shape: Shape, words: Mapping[str, str], n: int) -> str:
    """The word of a shape."""
    parts = (words[one] if isinstance(one, str) else spelled(one, words, n) * n for one in shape)
    return "".join(parts)


def told(shape: Shape) -> str:
    """A shape as text: x (u v)^n z. What comes more than three times in a row is a power."""
    runs = ((one, len(list(run))) for one, run in groupby(shape))
    return " ".join(_repeated(_part(one), times) for one, times in runs)


def _part(one: str | Shape) -> str:
    return one if isinstance(one, str) else f"{_grouped(one)}^n"


def _repeated(part: str, times: int) -> str:
    return f"{part}^{times}" if times > WRITTEN_OUT else " ".join([part] * times)


def _grouped(shape: Shape) -> str:
    return told(shape) if shape[1:] == () else f"({told(shape)})"


@dataclass(frozen=True)
class Attention:
    """A pattern of attention that suffices: its kind, its window, and the formula that it runs."""

    kind: str
    k: int | None
    formula: Formula | None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": self.kind, "k": self.k, "formula": _written(self.formula)}


@dataclass(frozen=True)
class Classification:
    """What `classify` found.

    `within` says for each logic whether it defines the language, None where that is undecided;
    `attention` lists the minimal patterns that suffice; `formula` defines the language, None where
    none was found; `evidence` has the forbidden pattern of every logic that does not; `notes` say
    what was too large, and where a class holds and no formula is given or written.
    """

    automaton: Automaton
    within: Mapping[str, bool | None]
    attention: tuple[Attention, ...]
    formula: Formula | None
    evidence: Mapping[str, Forbidden]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first class that holds, from definite on; "beyond" if none does.

        A language that is definite and R-trivial is called definite: `within` has both.
        """
        for logic, name in CLASSES.items():
            if self.within[logic] is None:
                return "aperiodic or beyond"
            if self.within[logic]:
                return name
        return "beyond"

    def as_json(self, regex: str | None = None) -> dict[str, Any]:
        """Plain data: what `locality classify --json` prints."""
        return {
            "regex": regex,
            "alphabet": self.automaton.alphabet,
            "states": len(self.automaton),
            "class": self.name,
            "in": dict(self.within),
            "attention": [one.as_json() for one in self.attention],
            "formula": _written(self.formula),
            "evidence": {logic: found.as_json() for logic, found in self.evidence.items()},
            "notes": list(self.notes),
            "automaton": self.automaton.as_json(),
        }


def _written(formula: Formula | None) -> str | None:
    """Its text; None where there is none, or it would be too long."""
    try:
        return None if formula is None else plain(formula)
    except TooLarge:
        return None


def classify(automaton: Automaton, known: Formula | None = None) -> Classification:
    """The class of a language, with formulas where it holds and forbidden patterns where not.

    Every formula was turned back into an automaton and compared; every pattern's words were run.
    `known` is a formula of the language. It shows that LTL[S] defines it, and is given where it
    will do and none less deep is found.

    Raises:
        InputError: for more than 128 states, or where libsemigroups is needed and not installed.
    """
    if len(automaton) > MOST_STATES:
        raise InputError(f"{len(automaton)} states: too large, expected at most {MOST_STATES}")
    evidence = _patterns(automaton)
    sure = known is not None or "LTL[P,Y]" not in evidence
    aperiodic, circle, notes = (True, None, ()) if sure else _aperiodic(automaton)
    evidence |= {"LTL[S]": circle} if circle else {}
    for logic, pattern in evidence.items():
        if not pattern.shown(automaton):
            raise RuntimeError(f"the words that refuse {logic} do not: {pattern}")
    within = {logic: logic not in evidence for logic in CLASSES} | {"LTL[S]": aperiodic}
    simple = None if known is None else simplify(known, at_end=True)
    attention = tuple(_attention(automaton, within, simple))
    beyond = None if attention or aperiodic is False else star_free_formula(automaton)
    formula = attention[0].formula if attention else _less_deep(simple, beyond)
    notes += tuple(_without_text(within, attention, formula))
    return Classification(automaton, within, attention, formula, evidence, notes)


def _aperiodic(automaton: Automaton) -> tuple[bool | None, Forbidden | None, tuple[str, ...]]:
    """Whether LTL[S] defines the language, what forbids it, and what is to be said about it."""
    try:
        circle = _circle(automaton)
    except TooLarge as error:
        return None, None, (f"LTL[S] is undecided: {error}",)
    return circle is None, circle, ()


def _attention(
    automaton: Automaton, within: Mapping[str, bool | None], known: Formula | None
) -> Iterator[Attention]:
    """The minimal patterns; by `window-hierarchy` window 1 is the strongest."""
    past, local = _runs(known, past=True), _runs(known, local=True)
    both = _runs(known, past=True, local=True)
    if within["LTL[Y]"]:
        yield Attention("local", 1, _less_deep(local, local_formula(automaton)))
    if within["LTL[P]"]:
        yield Attention("global", None, _less_deep(past, past_formula(automaton)))
    if within["LTL[P,Y]"] and not (within["LTL[Y]"] or within["LTL[P]"]):
        yield Attention("hybrid", 1, _less_deep(both, past_formula(automaton)))


def _runs(known: Formula | None, past: bool = False, local: bool = False) -> Formula | None:
    """The formula, if global heads, or local ones with window 1, run it as it is."""
    allowed = (Past,) * past + (Within,) * local
    for one in () if known is None else subformulas(known):
        if isinstance(one, TEMPORAL) and not isinstance(one, allowed):
            return None
    return None if known is None or windows(known) - {1} else known


def _less_deep(known: Formula | None, found: Formula | None) -> Formula | None:
    """The less deep one of two formulas, or the smaller one; either may be missing."""
    both = [one for one in (known, found) if one is not None]
    return min(both, key=lambda one: (depth(one), size(one)), default=None)


def _without_text(
    within: Mapping[str, bool | None], attention: tuple[Attention, ...], formula: Formula | None
) -> Iterator[str]:
    """Why a formula that one would look for is not given, or not as text."""
    logics = {"local": "LTL[Y]", "global": "LTL[P]", "hybrid": "LTL[P,Y]"}
    wanted = {logics[one.kind]: one.formula for one in attention}
    if not attention and (within["LTL[S]"] or formula is not None):
        wanted = {"LTL[S]": formula}
    for logic, one in wanted.items():
        if one is None:
            yield f"no formula of {logic} was found: the constructions pass their stated sizes"
        elif _written(one) is None:
            yield (
                f"the formula of {logic}, of depth {depth(one)} with {size(one)} parts, takes more "
                f"than {LONGEST} characters as text; Python's classify gives it as an object"
            )


# -- patterns ------------------------------------------------------------------------------------


def _patterns(automaton: Automaton) -> dict[str, Forbidden]:
    """The forbidden patterns of LTL[Y], LTL[P] and LTL[P,Y] that occur."""
    of = components(automaton.table)
    pairs = [pair for pair in looping(automaton) if pair[0] < pair[1]]
    inside = [(p, q) for p, q in pairs if of[p] == of[q]]
    found = {
        "LTL[Y]": _two_loops(automaton, *_shortest_loop(automaton, pairs)) if pairs else None,
        "LTL[P]": _returns(automaton, of),
        "LTL[P,Y]": _exchange(automaton, *_shortest_loop(automaton, inside)) if inside else None,
    }
    return {logic: pattern for logic, pattern in found.items() if pattern is not None}


def _shortest_loop(automaton: Automaton, pairs: list[Pair]) -> tuple[Pair, str]:
    """The pair with the shortest nonempty word that leads both its states back to themselves."""

    def steps(pair: Pair) -> Iterator[tuple[str, Pair]]:
        rows = automaton.table[pair[0]], automaton.table[pair[1]]
        targets = zip(*rows, strict=True)
        return ((a, after) for a, after in zip(automaton.alphabet, targets, strict=True))

    def back(pair: Pair) -> tuple[Pair, str]:
        found = shortest_word([pair], steps, lambda other: other == pair, empty=False)
        return pair, found[1] if found else ""

    return min(map(back, pairs[:STARTS]), key=lambda found: len(found[1]))


def _two_loops(automaton: Automaton, pair: Pair, u: str) -> Forbidden:
    p, q, z = _told_apart(automaton, *pair)
    words = {"x": _way(automaton, 0, p), "y": _way(automaton, 0, q), "u": u, "z": z}
    return Forbidden(
        "two states that the same word leads back to themselves",
        words,
        ("x", ("u",), "z"),
        ("y", ("u",), "z"),
    )


def _exchange(automaton: Automaton, pair: Pair, u: str) -> Forbidden:
    p, q, z = _told_apart(automaton, *pair)
    ways = {"x": (0, p), "s": (p, q), "t": (q, p)}
    words = {name: _way(automaton, *ends) for name, ends in ways.items()} | {"u": u, "z": z}
    round_trip: Shape = (("u",), "s", ("u",), "t")
    return Forbidden(
        "two states that reach each other, and that the same word leads back to themselves",
        words,
        ("x", round_trip, ("u",), "z"),
        ("x", round_trip, ("u",), "s", ("u",), "z"),
    )


def _returns(automaton: Automaton, of: list[int]) -> Forbidden | None:
    """Two states that reach each other."""
    edges = (
        (p, q) for p, row in enumerate(automaton.table) for q in row if p != q and of[p] == of[q]
    )
    best = min(edges, key=lambda edge: len(_way(automaton, edge[1], edge[0])), default=None)
    if best is None:
        return None
    p, q, z = _told_apart(automaton, *best)
    ways = {"x": (0, p), "u": (p, q), "v": (q, p)}
    words = {name: _way(automaton, *ends) for name, ends in ways.items()} | {"z": z}
    return Forbidden(
        "two states that reach each other",
        words,
        ("x", ("u", "v"), "z"),
        ("x", ("u", "v"), "u", "z"),
    )


def _circle(automaton: Automaton) -> Forbidden | None:
    """A word that moves states in a circle; TooLarge if the semigroup is."""
    u = rotation(automaton)
    if u is None:
        return None
    moved = [automaton.step(state, u) for state in range(len(automaton))]
    states = next(filter(None, (_orbit(moved, state) for state in range(len(automaton)))))
    z = automaton.telling(states[0], states[1]) or ""
    accepted = [automaton.step(state, z) in automaton.accepting for state in states]
    turn = next(k for k in range(len(states)) if accepted[k - 1] and not accepted[k])
    words = {"x": _way(automaton, 0, states[turn - 1]), "u": u, "z": z}
    return Forbidden(
        f"a word that moves {len(states)} states in a circle",
        words,
        ("x", ("u",) * len(states), "z"),
        ("x", ("u",) * len(states), "u", "z"),
    )


def _orbit(moved: list[int], state: int) -> list[int]:
    """The circle of at least two states that starts here; empty if there is none."""
    found = [state]
    while moved[found[-1]] not in found:
        found.append(moved[found[-1]])
    return found if len(found) > 1 and moved[found[-1]] == state else []


def _told_apart(automaton: Automaton, p: int, q: int) -> tuple[int, int, str]:
    """The two states, and a word that is accepted from the first of them only."""
    z = automaton.telling(p, q) or ""
    first = automaton.step(p, z) in automaton.accepting
    return (p, q, z) if first else (q, p, z)


def _way(automaton: Automaton, start: int, end: int) -> str:
    found = shortest_word([start], automaton.edges, lambda state: state == end)
    return found[1] if found else ""
