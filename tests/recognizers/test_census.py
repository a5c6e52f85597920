from itertools import chain

import pytest

from locality.theory.expressivity.enumeration import minimal_automata, tables
from locality.verify.recognizers.census import BY_TYPES, census, circle


def test_every_language_once():
    counts = [sum(1 for _ in minimal_automata(states)) for states in (1, 2, 3)]
    assert counts == [2, 24, 1028]
    found = {one for states in (1, 2, 3) for one in minimal_automata(states)}
    assert len(found) == sum(counts)
    assert sum(1 for _ in tables(3, 2)) == 216


def test_three_letters_as_well():
    assert len(set(minimal_automata(2, "abc"))) == len(list(minimal_automata(2, "abc"))) == 112


@pytest.mark.slow
def test_types_confirm_the_theorem_up_to_three_states():
    tally = census(chain.from_iterable(map(minimal_automata, (1, 2, 3))), 2)
    assert tally.faults == []
    assert {logic: tally.members[logic] for logic in BY_TYPES} == {
        "LTL[Y]": 56,
        "LTL[P]": 68,
        "LTL[P,Y]": 156,
    }


def test_types_confirm_the_theorem_up_to_two_states():
    tally = census(chain.from_iterable(map(minimal_automata, (1, 2))), 1)
    assert tally.faults == []
    assert tally.automata == 26
    assert tally.compared > 0


def test_parity_goes_round():
    parity = next(one for one in minimal_automata(2) if one.table == ((1, 1), (0, 0)))
    assert circle(parity) == (0, "a", 2)
    assert sum(circle(one) is None for one in minimal_automata(2)) == 10
