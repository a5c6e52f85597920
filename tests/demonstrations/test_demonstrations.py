"""Each model of Part II agrees with a library's own; a parameter mapped wrongly is told apart."""

import numpy as np
import pytest

from locality.theory import InputError, index
from locality.verify.demonstrations import demonstrated, load, relative_difference

PART = [entry.id for entry in index() if entry.folder == "localization"]


@pytest.mark.parametrize("name", demonstrated())
def test_ours_is_theirs(name):
    found = load(name).run()
    assert found.agrees, found.difference


@pytest.mark.slow
@pytest.mark.parametrize("name", demonstrated())
def test_a_parameter_mapped_wrongly_is_told_apart(name):
    made = load(name)
    assert not relative_difference(made.planted(), made.theirs()) <= made.tolerance


@pytest.mark.parametrize("name", demonstrated())
def test_a_reader_finds_the_mapping_and_the_reason(name):
    made = load(name)
    assert made.mapping
    assert len(made.why_tolerance) > 20
    assert len(made.planted_fault) > 5
    assert 0 < made.tolerance < 0.1


def test_every_model_has_one():
    assert list(demonstrated()) == PART


def test_a_difference_counts_in_the_size_of_theirs():
    assert relative_difference(np.array([1.0, 4.5]), np.array([1.0, 5.0])) == pytest.approx(0.1)
    assert not relative_difference(np.array([np.nan]), np.array([1.0])) <= 1.0
    with pytest.raises(InputError, match="expected one shape"):
        relative_difference(np.zeros(2), np.zeros(3))


def test_a_theorem_without_one_is_refused():
    with pytest.raises(InputError, match="leakage: expected a theorem with a demonstration"):
        load("leakage")
