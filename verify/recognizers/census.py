"""What the theorem `classes` says of an automaton, confirmed by exact types of words.

The theorem answers by patterns in the minimal automaton. Yes is confirmed by the automaton of all
types: formulas of a stated depth define the language; or where they would have to be deeper, by one
formula that has the same automaton. No is confirmed by words that the pattern gives, one in the
language and one outside: for every depth up to a stated one, no formula of that depth tells the
pair of that number apart. Types know of no algebra, and of no pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.classify import classify
from locality.theory.expressivity.definability import defining_depth
from locality.theory.expressivity.forbidden import (
    is_definite,
    is_locally_ordered,
    is_ordered,
    looping,
)
from locality.theory.expressivity.formulas import Formula, Past, Since, Within, subformulas
from locality.theory.expressivity.graphs import components, shortest_word
from locality.theory.expressivity.translation import definite_formula, ordered_formula
from locality.theory.expressivity.types import GLOBAL, SINCE, Operators, agree, hybrid, local

LOGICS = {"LTL[Y]": local(1), "LTL[P]": GLOBAL, "LTL[P,Y]": hybrid(1), "LTL[S]": SINCE}
BY_TYPES = ("LTL[Y]", "LTL[P]", "LTL[P,Y]")  # types for S are too many
PAIRS = 4  # the depths for which the words of a pattern are compared
FEW = 4  # states up to which all that words do to them is listed, which decides S

FOREIGN: dict[str, set[type[Formula]]] = {
    "LTL[Y]": {Past, Since},
    "LTL[P]": {Within, Since},
    "LTL[P,Y]": {Since},
}

States = tuple[int, ...]
Pair = Callable[[int], tuple[str, str]]


@dataclass
class Tally:
    """What was found of many automata.

    `members` are those in each logic; `depths` says of each logic how many of them have which least
    depth, and `deeper` how many only a formula confirms; `joint` how many are in which logics at
    once; `compared` counts pairs of words; `asked` those that `classify` was asked about as well;
    `faults` says what is refuted or not confirmed.
    """

    automata: int = 0
    members: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LOGICS, 0))
    depths: dict[str, dict[str, int]] = field(default_factory=lambda: {x: {} for x in BY_TYPES})
    deeper: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BY_TYPES, 0))
    joint: dict[str, int] = field(default_factory=dict)
    compared: int = 0
    asked: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count the other's automata as well."""
        self.automata += other.automata
        self.compared += other.compared
        self.asked += other.asked
        self.faults += other.faults
        _add(self.members, other.members)
        _add(self.joint, other.joint)
        _add(self.deeper, other.deeper)
        for logic in BY_TYPES:
            _add(self.depths[logic], other.depths[logic])


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for key, number in more.items():
        counts[key] = counts.get(key, 0) + number


# -- the words of a pattern -----------------------------------------------------------------------


def refusals(automaton: Automaton) -> dict[str, Pair]:
    """For each logic that the theorem denies, its pairs of words: one in the language, one not.

    Pair r is to agree up to depth r. LTL[S] is asked about automata of at most `FEW` states; of
    larger ones it is known where LTL[P,Y] is not denied.
    """
    of, loops = components(automaton.table), looping(automaton)
    back = [(p, q) for p, row in enumerate(automaton.table) for q in row if p != q]
    found = {
        "LTL[Y]": (_same_loop, None if is_definite(automaton) else loops[0]),
        "LTL[P]": (
            _there_and_back,
            None if is_ordered(automaton) else next((p, q) for p, q in back if of[p] == of[q]),
        ),
        "LTL[P,Y]": (
            _both_loops,
            None
            if is_locally_ordered(automaton)
            else next((p, q) for p, q in loops if of[p] == of[q]),
        ),
    }
    pairs = {logic: words(automaton, *two) for logic, (words, two) in found.items() if two}
    turning = circle(automaton) if len(automaton) <= FEW else None
    return pairs | ({"LTL[S]": _circling(automaton, *turning)} if turning else {})


def _same_loop(automaton: Automaton, p: int, q: int) -> Pair:
    u, v, x, z = _way(automaton, 0, p), _way(automaton, 0, q), *_loop_and_rest(automaton, p, q)
    return lambda r: (u + x * r + z, v + x * r + z)


def _there_and_back(automaton: Automaton, p: int, q: int) -> Pair:
    u, y, back = _way(automaton, 0, p), _way(automaton, p, q), _way(automaton, q, p)
    z = automaton.telling(p, q) or ""
    return lambda r: (u + (y + back) * r + z, u + (y + back) * r + y + z)


def _both_loops(automaton: Automaton, p: int, q: int) -> Pair:
    u, y, back = _way(automaton, 0, p), _way(automaton, p, q), _way(automaton, q, p)
    x, z = _loop_and_rest(automaton, p, q)

    def pair(r: int) -> tuple[str, str]:
        first = u + (x * r + y + x * r + back) * r + x * r
        return first + z, first + y + x * r + z

    return pair


def _circling(automaton: Automaton, state: int, x: str, turns: int) -> Pair:
    u = _way(automaton, 0, state)
    z = automaton.telling(state, automaton.step(state, x)) or ""
    return lambda r: (u + x * (turns * r) + z, u + x * (turns * r + 1) + z)


def _loop_and_rest(automaton: Automaton, p: int, q: int) -> tuple[str, str]:
    """The shortest word that leads both states back, and one accepted from one of them only."""

    def steps(pair: tuple[int, int]) -> Iterator[tuple[str, tuple[int, int]]]:
        rows = zip(automaton.table[pair[0]], automaton.table[pair[1]], strict=True)
        return zip(automaton.alphabet, rows, strict=True)

    found = shortest_word([(p, q)], steps, lambda pair: pair == (p, q), empty=False)
    return (found[1] if found else "", automaton.telling(p, q) or "")


def _way(automaton: Automaton, start: int, end: int) -> str:
    found = shortest_word([start], automaton.edges, lambda state: state == end)
    return found[1] if found else ""


def circle(automaton: Automaton) -> tuple[int, str, int] | None:
    """A state that some word leads round in a circle, the word, and after how many turns.

    None if the language is aperiodic. All that words do to the states is listed: for few states.
    """
    start = tuple(range(len(automaton)))
    words = {start: ""}
    waiting = [start]
    for moved in waiting:
        for letter, symbol in enumerate(automaton.alphabet):
            after = tuple(automaton.table[state][letter] for state in moved)
            if after in words:
                continue
            words[after] = words[moved] + symbol
            waiting.append(after)
            for state in start:
                turns = _turns(after, state)
                if turns > 1:
                    return state, words[after], turns
    return None


def _turns(moved: States, state: int) -> int:
    """How many steps lead the state back; 0 if none do."""
    place = state
    for turn in range(1, len(moved) + 1):
        place = moved[place]
        if place == state:
            return turn
    return 0


# -- what types say of it --------------------------------------------------------------------------


def census(
    automata: Iterable[Automaton], limit: int, *, deeper: bool = False, ask: bool = False
) -> Tally:
    """Ask the theorem which logics define each language, and types whether it is right.

    `limit` is the depth to which types look for formulas; with `deeper`, one formula of any depth
    confirms as well. `ask` compares the answers of `classify`.
    """
    tally = Tally()
    for automaton in automata:
        refused = refusals(automaton)
        told = len(automaton) <= FEW or "LTL[P,Y]" not in refused
        logics = LOGICS if told else BY_TYPES
        inside = [logic for logic in logics if logic not in refused]
        tally.automata += 1
        _add(tally.members, dict.fromkeys(inside, 1))
        _add(tally.joint, {" ".join(inside) or "none": 1})
        for logic in BY_TYPES:
            if logic in inside:
                _confirm(tally, automaton, logic, limit, deeper)
        for logic, pair in refused.items():
            _refuse(tally, automaton, logic, pair)
        if ask:
            _compare(tally, automaton, {logic: logic in inside for logic in logics})
    return tally


def _confirm(tally: Tally, automaton: Automaton, logic: str, limit: int, deeper: bool) -> None:
    depth = defining_depth(automaton, LOGICS[logic], limit)
    if depth is not None:
        _add(tally.depths[logic], {str(depth): 1})
    elif deeper and _has_formula(automaton, logic):
        tally.deeper[logic] += 1
    else:
        tally.faults.append(f"{logic}: no formula up to depth {limit} for {automaton}")


def _has_formula(automaton: Automaton, logic: str) -> bool:
    construct = definite_formula if logic == "LTL[Y]" else ordered_formula
    formula = construct(automaton)
    if formula is None or from_formula(formula, automaton.alphabet) != automaton:
        return False
    kinds = {type(one) for one in subformulas(formula)}
    return not kinds & FOREIGN[logic]


def _compare(tally: Tally, automaton: Automaton, inside: dict[str, bool]) -> None:
    answer = classify(automaton)
    tally.asked += 1
    for logic, yes in inside.items():
        if answer.within[logic] != yes:
            tally.faults.append(f"classify: {logic} {answer.within[logic]} for {automaton}")


def _refuse(tally: Tally, automaton: Automaton, logic: str, pair: Pair) -> None:
    for depth in range(1, PAIRS + 1):
        u, v = pair(depth)
        tally.compared += 1
        if automaton.accepts(u) == automaton.accepts(v):
            tally.faults.append(f"{logic}: {u!r} and {v!r} are not parted by {automaton}")
        if not alike(u, v, depth, LOGICS[logic]):
            tally.faults.append(f"{logic}: depth {depth} tells {u!r} from {v!r}")


@lru_cache(maxsize=2**16)
def alike(u: str, v: str, depth: int, operators: Operators) -> bool:
    """As `agree`; many automata have the same words."""
    return agree(u, v, depth, operators)
