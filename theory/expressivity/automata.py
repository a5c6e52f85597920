"""Finite automata: complete, minimal, numbered breadth-first, so that equal languages are equal.

An `Automaton` may be given any complete table; it keeps the minimal one. Regular expressions are
textbook ones: letters and digits, `|`, `*`, concatenation, parentheses, `.` for any letter of the
alphabet and `()` for the empty word. automata-lib reads them; everything else works without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import Formula, check_alphabet
from locality.theory.expressivity.graphs import indistinguishable, shortest_word
from locality.theory.expressivity.machine import STATES, explore
from locality.theory.expressivity.semantics import encode

if TYPE_CHECKING:
    from automata.fa.dfa import DFA
    from automata.fa.nfa import NFA

SUBSETS = 4096  # states of a regex's automaton before it is made minimal
TEXT = 500  # letters of a regex
SHOWN = 60  # characters of a value that is refused
DIGITS = 9  # of a number in a file
INSTALL = "pip install 'locality[expressivity]'"


@dataclass(frozen=True)
class Automaton:
    """The minimal complete automaton of a language over an alphabet; its start is state 0.

    Any complete table is accepted and made minimal, its states numbered breadth-first: two are
    equal if and only if their alphabets and their languages are.

    Args:
        alphabet: different letters and digits; `alphabet[k]` is letter k.
        table: `table[state][letter]` is the next state.
        accepting: states in which a word is accepted.

    Raises:
        InputError: for an alphabet of other than different letters and digits, a missing or unknown
            state, or more than 20 000 states.
    """

    alphabet: str
    table: tuple[tuple[int, ...], ...]
    accepting: frozenset[int]

    def __post_init__(self) -> None:
        _check(self.alphabet, self.table, self.accepting)
        table, accepting = _minimal(self.table, frozenset(self.accepting))
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "accepting", accepting)

    def __len__(self) -> int:
        """The number of states."""
        return len(self.table)

    def step(self, state: int, word: str) -> int:
        """The state after reading the word; InputError for a letter that is not in the alphabet."""
        for symbol in word:
            letter = self.alphabet.find(symbol)
            if letter < 0:
                raise InputError(f"letter {symbol!r}: expected one of {self.alphabet!r}")
            state = self.table[state][letter]
        return state

    def accepts(self, word: str) -> bool:
        """Whether the word is in the language; InputError for a foreign letter."""
        return self.step(0, word) in self.accepting

    def run(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The state after each word, (words,)."""
        table, codes = np.array(self.table), encode(words, self.alphabet)
        states = np.zeros(len(words), dtype=np.int64)
        for column in codes.T:
            states = np.where(column < 0, states, table[states, column])
        return states

    def recognises(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each word is in the language, (words,)."""
        return np.isin(self.run(words), sorted(self.accepting))

    def edges(self, state: int) -> Iterator[tuple[str, int]]:
        """Each letter with the state that it leads to."""
        return zip(self.alphabet, self.table[state], strict=True)

    def telling(self, p: int, q: int) -> str | None:
        """The shortest word that is accepted from exactly one of two states; None if p is q."""

        def steps(pair: tuple[int, int]) -> Iterator[tuple[str, tuple[int, int]]]:
            targets = zip(self.table[pair[0]], self.table[pair[1]], strict=True)
            return zip(self.alphabet, targets, strict=True)

        def differ(pair: tuple[int, int]) -> bool:
            return (pair[0] in self.accepting) != (pair[1] in self.accepting)

        found = shortest_word([(p, q)], steps, differ)
        return found and found[1]

    @property
    def complement(self) -> Automaton:
        """The automaton of all other words over the alphabet."""
        return Automaton(self.alphabet, self.table, frozenset(range(len(self))) - self.accepting)

    def to_library(self) -> DFA:
        """As a DFA of automata-lib."""
        found: DFA = _library("fa.dfa").DFA(
            states=set(range(len(self))),
            input_symbols=set(self.alphabet),
            transitions={state: dict(self.edges(state)) for state in range(len(self))},
            initial_state=0,
            final_states=set(self.accepting),
        )
        return found

    def as_json(self) -> dict[str, Any]:
        """What `from_file` reads."""
        return {
            "alphabet": self.alphabet,
            "start": 0,
            "accepting": sorted(self.accepting),
            "table": [list(row) for row in self.table],
        }


def _check(alphabet: str, table: Sequence[Sequence[int]], accepting: frozenset[int]) -> None:
    check_alphabet(alphabet)
    if not 0 < len(table) <= STATES:
        raise InputError(f"{len(table)} states: expected 1 to {STATES}")
    states = range(len(table))
    for state, row in enumerate(table):
        if len(row) != len(alphabet) or any(target not in states for target in row):
            raise InputError(
                f"row {state} is {_excerpt(row)}: expected a state from 0 to {len(table) - 1} "
                f"for each letter of {alphabet!r}"
            )
    foreign = sorted(set(accepting) - set(states))
    if foreign:
        raise InputError(f"accepting state {foreign[0]}: expected 0 to {len(table) - 1}")


def _excerpt(value: Any) -> str:
    """The value as JSON writes it, or its beginning."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _minimal(
    table: Sequence[Sequence[int]], accepting: frozenset[int]
) -> tuple[tuple[tuple[int, ...], ...], frozenset[int]]:
    reached = _breadth_first(table, list(range(len(table))))
    rows = [[reached[target] for target in table[state]] for state in reached]
    accepted = frozenset(place for state, place in reached.items() if state in accepting)
    same = indistinguishable(rows, accepted)
    kept = _breadth_first(rows, same)
    first = {same[state]: state for state in range(len(rows) - 1, -1, -1)}
    return (
        tuple(tuple(kept[same[target]] for target in rows[first[one]]) for one in kept),
        frozenset(kept[same[state]] for state in accepted),
    )


def _breadth_first(table: Sequence[Sequence[int]], names: Sequence[int]) -> dict[int, int]:
    """The names of the states reached from state 0, numbered in the order of their discovery."""
    found, waiting = {names[0]: 0}, [0]
    for state in waiting:
        for target in table[state]:
            if names[target] not in found:
                found[names[target]] = len(found)
                waiting.append(target)
    return found


# -- where automata come from --------------------------------------------------------------------


def from_formula(formula: Formula, alphabet: str, most: int = STATES) -> Automaton:
    """The words that satisfy the formula at the position after their last letter.

    InputError for an alphabet that is none; TooLarge for a formula that can remember more than
    `most` things.
    """
    reach = explore([formula], alphabet, most=most)
    accepting = frozenset(np.flatnonzero(reach.truths[:, 0]).tolist())
    return Automaton(alphabet, tuple(map(tuple, reach.table.tolist())), accepting)


def from_regex(text: str, alphabet: str | None = None) -> Automaton:
    """The language of a textbook regular expression.

    Args:
        text: letters and digits, `|`, `*`, parentheses, `.` for any letter, `()` for the empty
            word; spaces mean nothing. At most 500 characters.
        alphabet: letters and digits; without it the letters of the text. An expression with `.`
            that names fewer than two letters has to be told, since `a.*` over "a" is rarely meant.

    Raises:
        InputError: for other characters, a letter outside the alphabet, a misplaced operator, an
            automaton of more than 4096 states, or where automata-lib is not installed.
    """
    pattern = "".join(text.split())
    letters = _letters(pattern, alphabet)
    return _determined(_read(pattern, letters), letters)


def _letters(pattern: str, alphabet: str | None) -> str:
    if not pattern:
        raise InputError("an empty regex: expected () for the empty word")
    if len(pattern) > TEXT:
        raise InputError(f"a regex of {len(pattern)} characters: expected at most {TEXT}")
    foreign = [symbol for symbol in pattern if not symbol.isalnum() and symbol not in "|*()."]
    if foreign:
        raise InputError(f"{foreign[0]!r} in a regex: expected letters, digits and | * ( ) .")
    named = "".join(sorted({symbol for symbol in pattern if symbol.isalnum()}))
    if alphabet is None:
        if len(named) < 1 + ("." in pattern):
            raise InputError(
                f"regex {pattern!r} does not say which letters there are: "
                "expected an alphabet (--alphabet LETTERS)"
            )
        return named
    check_alphabet(alphabet)
    outside = sorted(set(named) - set(alphabet))
    if outside:
        raise InputError(f"letter {outside[0]!r} in a regex: expected one of {alphabet!r}")
    return alphabet


def _read(pattern: str, alphabet: str) -> NFA:
    try:
        nfa: NFA = _library("fa.nfa").NFA.from_regex(pattern, input_symbols=set(alphabet))
    except _library("base.exceptions").RegexException as error:
        raise InputError(f"regex {pattern!r}: {_misplaced(pattern)}") from error
    return nfa


def _misplaced(pattern: str) -> str:
    """What is wrong with an expression that automata-lib cannot read."""
    depth = 0
    for symbol in pattern:
        depth += (symbol == "(") - (symbol == ")")
        if depth < 0:
            return "a ) without its ("
    if depth:
        return "a ( without its )"
    return "expected something before * and on both sides of |; () is the empty word"


def _library(module: str) -> Any:
    try:
        return import_module(f"automata.{module}")
    except ModuleNotFoundError as error:
        raise InputError(f"automata-lib is not installed: expected {INSTALL}") from error


def _determined(nfa: NFA, alphabet: str) -> Automaton:
    """The subset construction; a set of states is the bits of an integer."""
    place = {state: k for k, state in enumerate(nfa.states)}
    closures = [_bits(_closure(nfa, state), place) for state in place]
    after = [
        [_union(closures, _bits(nfa.transitions[state].get(letter, ()), place)) for state in place]
        for letter in alphabet
    ]
    numbers = {closures[place[nfa.initial_state]]: 0}
    waiting, table = list(numbers), []
    for subset in waiting:
        row = [_union(images, subset) for images in after]
        for target in row:
            if target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
        if len(numbers) > SUBSETS:
            raise InputError(f"the regex needs more than {SUBSETS} states: expected a simpler one")
        table.append(tuple(numbers[target] for target in row))
    final = _bits(nfa.final_states, place)
    return Automaton(
        alphabet, tuple(table), frozenset(k for subset, k in numbers.items() if subset & final)
    )


def _closure(nfa: NFA, state: Any) -> set[Any]:
    """The states that the empty word leads to."""
    found, waiting = {state}, [state]
    while waiting:
        fresh = nfa.transitions[waiting.pop()].get("", frozenset()) - found
        found |= fresh
        waiting += fresh
    return found


def _bits(states: Iterable[Any], place: Mapping[Any, int]) -> int:
    return sum(1 << place[state] for state in states)


def _union(images: Sequence[int], subset: int) -> int:
    """All images of the members of a set."""
    found = 0
    while subset:
        found |= images[(subset & -subset).bit_length() - 1]
        subset &= subset - 1
    return found


def from_library(dfa: DFA, alphabet: str | None = None) -> Automaton:
    """An automaton of automata-lib; where it has no transition it rejects.

    `alphabet` orders its letters, which must be single characters; sorted without it.
    """
    symbols = "".join(sorted(dfa.input_symbols)) if alphabet is None else alphabet
    if set(symbols) != dfa.input_symbols:
        raise InputError(f"alphabet {symbols!r}: expected the letters {sorted(dfa.input_symbols)}")
    names = [dfa.initial_state, *sorted(dfa.states - {dfa.initial_state}, key=repr), None]
    number = {name: k for k, name in enumerate(names)}
    rows = [dfa.transitions[name] for name in names[:-1]] + [{}]
    table = tuple(tuple(number[row.get(symbol)] for symbol in symbols) for row in rows)
    return Automaton(symbols, table, frozenset(number[name] for name in dfa.final_states))


def from_file(path: str | Path) -> Automaton:
    """The automaton in a JSON file.

    `{"alphabet": "ab", "table": [[1, 0], [1, 0]], "accepting": [1], "start": 0}`: `table[state]`
    lists the next state for each letter of the alphabet; `start` may be left out.

    Raises:
        InputError: for a file that cannot be read or is no complete automaton.
    """
    try:
        return from_json(json.loads(Path(path).read_text(encoding="utf-8"), parse_int=_number))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        byte = f"byte {error.object[error.start]:#04x} at position {error.start}"
        raise InputError(f"{path} is no JSON file: {byte}, expected UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON file: {error}") from error


def _number(digits: str) -> int:
    """A whole number of the file; one of thousands of digits cannot even be printed."""
    if len(digits.lstrip("-")) > DIGITS:
        raise InputError(f"{digits[:DIGITS]}... is a number: expected at most {DIGITS} digits")
    return int(digits)


def from_json(found: Any) -> Automaton:
    """The automaton that plain data describe; see `from_file`."""
    if not isinstance(found, dict) or set(found) - {"start"} != {"alphabet", "table", "accepting"}:
        shown = _excerpt(sorted(found) if isinstance(found, dict) else found)
        raise InputError(f"{shown}: expected alphabet, table, accepting and perhaps start")
    alphabet, table, start = found["alphabet"], found["table"], found.get("start", 0)
    if not isinstance(alphabet, str):
        raise InputError(f"alphabet {_excerpt(alphabet)}: expected a string of letters")
    if not isinstance(table, list):
        raise InputError(f"table {_excerpt(table)}: expected a list of rows of state numbers")
    lists = {f"row {state} is": row for state, row in enumerate(table)}
    for name, numbers in (lists | {"accepting": found["accepting"]}).items():
        if not _numbers(numbers):
            raise InputError(f"{name} {_excerpt(numbers)}: expected a list of state numbers")
    _check(alphabet, table, found["accepting"])
    if not _numbers([start]) or start not in range(len(table)):
        raise InputError(f"start {_excerpt(start)}: expected a state from 0 to {len(table) - 1}")
    swap = {0: start, start: 0}
    rows = [[swap.get(target, target) for target in row] for row in table]
    rows[0], rows[start] = rows[start], rows[0]
    accepting = frozenset(swap.get(state, state) for state in found["accepting"])
    return Automaton(alphabet, tuple(map(tuple, rows)), accepting)


def _numbers(found: Any) -> bool:
    return isinstance(found, list) and all(type(each) is int for each in found)


def shortest_difference(one: Automaton, other: Automaton) -> str | None:
    """The shortest word that one accepts and the other does not, first in the alphabet's order.

    None where the languages are equal; InputError for different alphabets.
    """
    if one.alphabet != other.alphabet:
        raise InputError(f"alphabets {one.alphabet!r} and {other.alphabet!r}: expected the same")

    def steps(pair: tuple[int, int]) -> Iterator[tuple[str, tuple[int, int]]]:
        targets = zip(one.table[pair[0]], other.table[pair[1]], strict=True)
        return zip(one.alphabet, targets, strict=True)

    def differ(pair: tuple[int, int]) -> bool:
        return (pair[0] in one.accepting) != (pair[1] in other.accepting)

    found = shortest_word([(0, 0)], steps, differ)
    return found and found[1]
