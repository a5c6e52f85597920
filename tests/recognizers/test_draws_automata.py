import numpy as np
import pytest

from locality.theory import InputError
from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.graphs import components
from locality.verify.recognizers.draws_automata import KINDS, random_automata


def draws(seed, count=50, **options):
    return list(random_automata(np.random.default_rng(seed), count, **options))


def test_the_same_generator_draws_the_same_automata():
    assert draws(1) == draws(1) != draws(2)


def test_sizes_and_alphabets():
    found = draws(3, 200, most=6, letters=(1, 3))
    assert {len(one.alphabet) for one in found} == {1, 3}
    assert {len(one) for one in found} == {2, 3, 4, 5, 6}


def tables(kind, count=100):
    rng = np.random.default_rng(5)
    return [KINDS[kind](rng, 8, int(rng.integers(2, 4))) for _ in range(count)]


def test_an_ordered_table_leads_nowhere_back():
    assert all((table >= np.arange(len(table))[:, None]).all() for table in tables("LTL[P]"))


def test_a_definite_table_forgets_all_but_the_last_letters():
    for table in tables("LTL[Y]", 10):
        one = Automaton("abc"[: table.shape[1]], tuple(map(tuple, table)), frozenset({1}))
        assert len({one.step(state, "abba") for state in range(len(one))}) == 1


def test_a_letter_that_stays_in_a_component_resets_it():
    for table in tables("LTL[P,Y]"):
        of = np.array(components(table.tolist()))
        for component in set(of.tolist()):
            inside = table[of == component]
            for targets in inside.T:
                assert len(set(targets[of[targets] == component].tolist())) <= 1


def test_a_monotone_table_moves_no_states_in_a_circle():
    for table in tables("LTL[S]"):
        power = np.arange(len(table))
        for letter in table.T:
            for _ in range(len(table)):
                power = letter[power]
            assert (letter[power] == power).all()


@pytest.mark.parametrize(
    "options", [{"most": 1}, {"letters": ()}, {"letters": (0, 2)}, {"letters": (1,)}]
)
def test_what_cannot_be_drawn_is_refused(options):
    with pytest.raises(InputError, match="expected 2 states or more, 1–26 letters"):
        draws(1, 1, **options)
