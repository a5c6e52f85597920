from collections import Counter
from itertools import product

import numpy as np
import pytest

from locality.theory import InputError
from locality.verify.recognizers.languages import LANGUAGES, language
from locality.verify.recognizers.samples import Sampler

ALL = pytest.mark.parametrize("wanted", LANGUAGES, ids=lambda one: one.key)


def spelled(words, wanted):
    return ["".join(wanted.alphabet[letter] for letter in word) for word in words]


@pytest.fixture
def generator():
    return np.random.default_rng(5)


@ALL
def test_sizes_are_those_of_all_words(wanted):
    sampler = Sampler(wanted, 6)
    for length in range(7):
        words = ["".join(word) for word in product(wanted.alphabet, repeat=length)]
        inside = sum(map(wanted.automaton.accepts, words))
        assert sampler.size(length, True) == inside
        assert sampler.size(length, False) == len(words) - inside


@ALL
@pytest.mark.parametrize("inside", [True, False])
def test_uniform_words_are_on_their_side_and_none_is_left_out(wanted, inside, generator):
    sampler = Sampler(wanted, 4)
    size, each = sampler.size(4, inside), 150
    words = sampler.uniform(4, inside, each * size, generator)
    counts = Counter(spelled(words, wanted))
    assert all(wanted.automaton.accepts(word) == inside for word in counts)
    assert len(counts) == size
    # χ² with size − 1 degrees of freedom: six standard deviations above its mean
    spread = sum((count - each) ** 2 / each for count in counts.values())
    assert spread <= size - 1 + 6 * (2 * size) ** 0.5


@ALL
def test_labels_are_those_of_every_prefix(wanted, generator):
    sampler = Sampler(wanted, 12)
    words = sampler.balanced(12, 8, generator)
    for word, labels in zip(spelled(words, wanted), sampler.labels(words), strict=True):
        assert [wanted.automaton.accepts(word[:n]) for n in range(13)] == labels.tolist()


@ALL
@pytest.mark.parametrize("inside", [True, False])
def test_one_letter_is_changed_where_one_can_be(wanted, inside, generator):
    sampler = Sampler(wanted, 7)
    words = (
        sampler.uniform(7 - (wanted.key == "alternating"), inside, 40, generator)
        if (sampler.size(7, inside))
        else sampler.uniform(6, inside, 40, generator)
    )
    changed, possible = sampler.across(words, generator)
    assert ((changed != words).sum(1) == possible).all()
    for old, new, can in zip(
        *(spelled(w, wanted) for w in (words, changed)), possible, strict=True
    ):
        one_off = [old[:n] + x + old[n + 1 :] for n in range(len(old)) for x in wanted.alphabet]
        assert can == any(wanted.automaton.accepts(word) != inside for word in one_off)
        assert wanted.automaton.accepts(new) == (inside != can)


@ALL
def test_half_the_words_are_inside(wanted, generator):
    sampler = Sampler(wanted, 500)
    for length in (6, 40, 500):
        words = sampler.balanced(length, 16, generator)
        assert words.shape == (16, length)
        assert sampler.labels(words)[:, -1].sum() == 8


def test_the_same_seed_draws_the_same_words():
    sampler = Sampler(language("dyck-2"), 10)
    first, second = (sampler.balanced(10, 8, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()


def test_lengths_with_words_on_both_sides():
    assert Sampler(language("alternating"), 9).lengths(range(10)) == [2, 4, 6, 8]
    assert Sampler(language("last-ab"), 5).lengths(range(6)) == [2, 3, 4, 5]


def test_lengths_without_words_are_refused(generator):
    sampler = Sampler(language("alternating"), 9)
    with pytest.raises(InputError, match="length 3: expected one with words in the language"):
        sampler.uniform(3, True, 1, generator)
    with pytest.raises(InputError, match="length 10: expected 0 to 9"):
        sampler.size(10, True)
