"""What sinks and global tokens say in other words, and finite decisions about them.

Formulas that say one pattern with others; languages that each pattern recognises, or does not; and
what the theorem `global-tokens` has decided about them, on all short words or in automata.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.connectives import any_of
from locality.theory.expressivity.decisions import Decision, short_words
from locality.theory.expressivity.forbidden import is_locally_ordered
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    Formula,
    Letter,
    Past,
    Within,
    changed,
    subformulas,
    with_parts,
    yesterday,
)
from locality.theory.expressivity.graphs import shortest_word
from locality.theory.expressivity.patterns import (
    EVERYTHING,
    Multiple,
    Pattern,
    Visible,
    accepts,
    at,
    below,
    evaluate,
    separating_depth,
    somewhere,
)
from locality.theory.expressivity.semantics import NO_LETTER, Codes, encode
from locality.theory.expressivity.testable import ends_decide, locally_testable

A, B = Letter("a"), Letter("b")
PROBES = (A, TRUE, B & yesterday(A), A & ~Past(B))
LONGEST, DEEPEST = 6, 4


# -- one pattern said with others -------------------------------------------------------------


def letter_at(operand: Formula, place: int, pattern: Pattern) -> Formula:
    """φ at that position, counted from 1, which the pattern shows to all later ones."""
    return Visible(at(pattern, place) & operand, pattern)


def window_beside_sinks(operand: Formula, pattern: Pattern) -> Formula:
    """Y≤kφ by a pattern of k letters back and the first s: behind those, or one that is near."""
    sinks = range(1, pattern.first + 1)
    near = (below(pattern, t + pattern.window) & letter_at(operand, t, pattern) for t in sinks)
    return Visible(operand & ~below(pattern, pattern.first), pattern) | any_of(near)


def global_spelled(operand: Formula, pattern: Pattern) -> Formula:
    """φ at a position that periodic global tokens show, by P, Y≤k and the marks of the tokens."""
    here = Multiple(pattern.period)
    return Within(operand, pattern.window) | Past(here & operand) | (here & Past(operand))


def reached(operand: Formula, pattern: Pattern) -> Formula:
    """Pφ by periodic global tokens: in as many hops as their period."""
    found: Formula = FALSE
    for _ in range(pattern.period):
        found = Visible(operand | found, pattern)
    return found


def global_here(pattern: Pattern) -> Formula:
    """This is a global token: it sees the first letter, and not because that is near."""
    local, least = Pattern(pattern.window), pattern.window + 1
    near = range(pattern.period, least + 1, pattern.period)
    far = ~below(local, least) | any_of(at(local, n) for n in near)
    return Visible(~Visible(TRUE, local), pattern) & far


def without_sink(formula: Formula) -> Formula:
    """What a formula says after a sink that holds no letter, whose heads all see it."""
    nothing = np.full((1, 1), NO_LETTER)
    made: dict[Formula, Formula] = {}
    for one in subformulas(formula):
        parts = tuple(made[part] for part in one.parts)
        match one:
            case Visible(operand, pattern):
                kept = Visible(parts[0], Pattern(pattern.window))
                made[one] = TRUE if evaluate(operand, nothing, "")[0, 0] else kept
            case _:
                made[one] = with_parts(one, parts)
    return made[formula]


def with_sink(codes: Codes) -> Codes:
    """Words behind a position that holds no letter."""
    return np.concatenate([np.full((len(codes), 1), NO_LETTER, codes.dtype), codes], axis=1)


# -- languages --------------------------------------------------------------------------------

FIRST = letter_at(A, 1, Pattern(window=1, first=1))  # aΣ*, by one sink
TURNS = ~(  # (ab)* over {a, b, c}, by local formulas and one read-out
    Past(B & ~yesterday(TRUE))
    | yesterday(A)
    | Past(A & yesterday(A))
    | Past(B & yesterday(B))
    | Past(Letter("c"))
)
_ODD = ~Multiple(2)
_SAME = (A & yesterday(A)) | (B & yesterday(B)) | (B & ~yesterday(TRUE))
BRACKETS = _ODD & (~yesterday(TRUE) | yesterday(B)) & ~Visible(_ODD & _SAME, EVERYTHING)

ALTERNATION = Automaton("abc", ((1, 2, 2), (2, 0, 2), (2, 2, 2)), frozenset({0}))
FACTOR = Automaton("abc", ((1, 0, 0), (1, 2, 0), (2, 2, 2)), frozenset({2}))
SUBWORD = Automaton("abc", ((1, 0, 0), (1, 2, 1), (2, 2, 2)), frozenset({2}))
NESTED = Automaton("ab", ((1, 2), (3, 0), (2, 2), (2, 1)), frozenset({0}))


def letter_after(place: int) -> Automaton:
    """Σ…ΣaΣ* with a after `place` other letters, over {a, b}."""
    yes, no = place + 1, place + 2
    rows = [(k + 1, k + 1) for k in range(place)] + [(yes, no), (yes, yes), (no, no)]
    return Automaton("ab", tuple(rows), frozenset({yes}))


def blurred(period: int, rounds: int) -> tuple[str, str]:
    """Words that end with a and with b, at global tokens, which hold a and b in turn."""
    run = "b" * (period - 1)
    word = (run + "a" + run + "b") * rounds
    return word + run + "a", word


# -- decisions --------------------------------------------------------------------------------


def same(pairs: Iterable[tuple[Formula, Formula]]) -> Decision:
    """Whether the formulas of each pair agree at every position of all short words."""
    codes = encode(short_words(LONGEST), "ab")
    found = [
        bool((evaluate(one, codes, "ab") == evaluate(other, codes, "ab")).all())
        for one, other in pairs
    ]
    told = f"{found.count(True)} of {len(found)} pairs agree at all positions of all words"
    return all(found), f"{told} of at most {LONGEST} letters"


def means(formula: Formula, language: Automaton, longest: int) -> Decision:
    """Whether the formula accepts just the language's words among those of so many letters."""
    words = short_words(longest, language.alphabet)
    ok = bool((accepts(formula, words, language.alphabet) == language.recognises(words)).all())
    return ok, f"{'all' if ok else 'not all'} {len(words)} words of at most {longest} letters"


def told_apart(formula: Formula, language: Automaton) -> str | None:
    """A shortest word that the formula and the language decide differently; None if there is none.

    For heads that see a window, everything, or tokens at even positions. Letters of odd positions
    are written as capitals, so that a token is where a capital stands just before: what the
    formula says is then said by P and Y, and decided for words of every length.
    """
    letters, capitals = language.alphabet, language.alphabet.upper()
    mark = yesterday(any_of(map(Letter, capitals)))

    def spelled(one: Formula, parts: list[Formula]) -> Formula:
        match one:
            case Letter(symbol):
                return one | Letter(symbol.upper())
            case Multiple(2):
                return mark
            case Visible(_, Pattern(0, 0, 1)):
                return Past(parts[0])
            case Visible(_, Pattern(window, 0, 0)):
                return Within(parts[0], window)
            case Visible(_, Pattern(window, 0, 2)):
                far = Past(mark & parts[0]) | (mark & Past(parts[0]))
                return far | Within(parts[0], window)
        return with_parts(one, parts)

    machine = from_formula(changed(formula, spelled), letters + capitals)

    def steps(node: tuple[int, int, int]) -> Iterator[tuple[str, tuple[int, int, int]]]:
        state, right, odd = node
        for letter, after in language.edges(right):
            written = letter.upper() if odd else letter
            yield letter, (machine.step(state, written), after, 1 - odd)

    def differ(node: tuple[int, int, int]) -> bool:
        return (node[0] in machine.accepting) != (node[1] in language.accepting)

    found = shortest_word([(0, 0, 1)], steps, differ)
    return found and found[1]


def _sinks() -> list[Pattern]:
    return [Pattern(window=k, first=s) for k in (1, 2) for s in (1, 2)]


def _tokens() -> list[Pattern]:
    return [Pattern(window=k, period=period) for k in (1, 2) for period in (2, 3, 4)]


def window_told_apart() -> Decision:
    """Whether a head with sinks tells its window from them."""
    return same(
        (Within(probe, pattern.window), window_beside_sinks(probe, pattern))
        for pattern in _sinks()
        for probe in PROBES
    )


def places_known() -> Decision:
    """Whether heads that see the position before them know the first positions."""
    codes = encode(short_words(LONGEST), "ab")
    places = np.arange(1, codes.shape[1] + 1)
    found = [
        bool((evaluate(below(pattern, n), codes, "ab") == (places <= n)).all())
        for pattern in _sinks() + _tokens()
        for n in range(codes.shape[1])
    ]
    return all(found), f"{len(found)} formulas at all positions, with sinks and with global tokens"


def sinks_counted() -> Decision:
    """Whether s sinks decide the letter after t others exactly if t < s."""
    found = [[ends_decide(letter_after(t), s) for s in range(4)] for t in range(4)]
    ok = found == [[t < s for s in range(4)] for t in range(4)]
    return ok, "the letter after t others: decided by the first s letters exactly if t < s (s < 4)"


def ends_too_few() -> Decision:
    """Whether no ends decide where ab, or a and later b, occur, or letters take turns."""
    found = [ends_decide(one, s) for one in (FACTOR, SUBWORD, ALTERNATION) for s in range(4)]
    return not any(found), "in the minimal automata two states never meet, after any 3 letters"


def sink_silent() -> Decision:
    """Whether formulas after a sink without a letter have others without it."""
    sink, codes = Pattern(window=1, first=1), encode(short_words(LONGEST), "ab")
    found = [Visible(probe, sink) for probe in (A, ~A, A | ~Visible(B, sink), ~Visible(TRUE, sink))]
    found += [Visible(one, sink) for one in found]
    ok = [
        bool(
            (
                evaluate(one, with_sink(codes), "ab")[:, 1:]
                == evaluate(without_sink(one), codes, "ab")
            ).all()
        )
        for one in found
    ]
    return all(ok), f"{ok.count(True)} of {len(ok)} formulas at all positions of all short words"


def factors_read() -> Decision:
    """Which languages ends and factors decide."""
    found = {
        "(ab)*": locally_testable(ALTERNATION),
        "Σ*abΣ*": locally_testable(FACTOR),
        "Σ*aΣ*bΣ*": locally_testable(SUBWORD),
    }
    ok = list(found.values()) == [True, True, False]
    return ok, ", ".join(f"{key}: {'yes' if yes else 'no'}" for key, yes in found.items())


def turns_read() -> Decision:
    """Whether local formulas under one P say (ab)*."""
    ok = from_formula(TURNS, "abc") == ALTERNATION
    return ok, f"{'the same' if ok else 'another'} minimal automaton over abc"


def tokens_spelled() -> Decision:
    """Whether heads with global tokens are P, Y≤k and marks, and these such heads."""
    return same(
        pair
        for pattern in _tokens()
        for probe in PROBES
        for pair in (
            (Visible(probe, pattern), global_spelled(probe, pattern)),
            (Past(probe), reached(probe, pattern)),
            (Multiple(pattern.period), global_here(pattern)),
        )
    )


def lengths_told_apart() -> Decision:
    """Whether lengths are told apart exactly if B does not divide the difference."""
    found = {
        (period, more): separating_depth(
            "a" * 60, "a" * (60 + more), (Pattern(1), Pattern(1, period=period)), limit=DEEPEST
        )
        for period in (2, 3, 4)
        for more in range(1, 7)
    }
    ok = all((depth is None) == (more % period == 0) for (period, more), depth in found.items())
    return ok, f"60 and 60 + d letters, d < 7, B = 2, 3, 4, depth {DEEPEST}: alike just if B | d"


def last_token_blurred() -> Decision:
    """Whether heads that see all tokens do not see the last one apart."""
    found = [
        separating_depth(*blurred(pattern.period, DEEPEST * 2), (pattern,), limit=DEEPEST)
        for pattern in _tokens()
    ]
    apart = [separating_depth(*blurred(n, DEEPEST * 2), (Pattern(window=1),)) for n in (2, 3, 4)]
    ok = found == [None] * len(found) and apart == [1, 1, 1]
    return ok, f"alike up to depth {DEEPEST} for B = 2, 3, 4 and windows 1, 2; told apart by Y"


def brackets(rounds: int) -> tuple[str, str]:
    """A word of nested brackets and one of unbalanced, alike for P and Y to about that depth."""
    run = "ab" * rounds
    inside = ("a" + run + "b" + run) * rounds
    return inside, inside + "a" + run


def more_recognised() -> Decision:
    """Whether sinks and tokens recognise more: letters from the front, and nested brackets."""
    told = told_apart(BRACKETS, NESTED) is None
    beyond = not is_locally_ordered(NESTED)
    more, _ = sinks_counted()
    return told and beyond and more, "brackets: words of all lengths; in P and Y no formula at all"


def seen_ahead() -> Decision:
    """Whether a sink that sees the whole word shows ab to a local head."""
    words = short_words(7, "abc")
    codes = encode(words, "abc")
    visible = Pattern(window=1, first=1).visible(codes.shape[1])
    visible[0] = True  # what no strict head has: the sink sees the whole word
    found = somewhere(evaluate(B & yesterday(A), codes, "abc"), visible)
    first = np.arange(codes.shape[1]) == 0
    ends = [len(word) for word in words]
    read = somewhere(found & first, visible)[np.arange(len(words)), ends]
    ok = bool((read == FACTOR.recognises(words)).all())
    return ok, f"three layers and one such sink recognise Σ*abΣ*: {len(words)} words over abc"
