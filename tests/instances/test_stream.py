import numpy as np
import pytest

from locality.theory import InputError
from locality.verify.instances import Stream


def test_words_are_pinned():
    words = Stream(7, "gaussian").words("levels", 0, 2, 3)
    assert words.tolist() == PINNED


def test_a_row_does_not_depend_on_how_many_are_drawn_with_it():
    stream = Stream(7, "gaussian")
    many = stream.words("levels", 1000, 500, 17)
    assert (stream.words("levels", 1123, 1, 17) == many[123]).all()
    assert (stream.words("levels", 900, 600, 17)[100:] == many).all()


@pytest.mark.parametrize("width", [1, 4, 5, 16])
def test_a_row_starts_at_its_own_counter(width):
    stream = Stream(7, "gaussian")
    words = stream.words("levels", 40, 1, width)[0]
    key = stream._generators["levels", width].state["state"]["key"]
    fresh = np.random.Philox(key=key, counter=40 * -(-width // 4))
    assert (fresh.random_raw(width) == words).all()


def test_counters_beyond_64_bits_do_not_wrap():
    stream = Stream(7, "gaussian")
    assert (stream.words("levels", 2**64 + 3, 1, 4) != stream.words("levels", 3, 1, 4)).all()


def test_seed_family_purpose_and_width_all_matter():
    draws = [
        Stream(seed, family).words(purpose, 0, 1, width)[0, 0]
        for seed in (-1, 0, 7)
        for family in ("gaussian", "heads")
        for purpose in ("levels", "scale")
        for width in (4, 8)
    ]
    assert len(set(draws)) == len(draws)


def test_bits_are_the_pieces_of_the_words():
    stream = Stream(7, "gaussian")
    words = stream.words("levels", 5, 3, 2)
    pieces = [
        [int(word) >> shift & 0xFFFF for word in row for shift in (0, 16, 32, 48)] for row in words
    ]
    assert stream.bits("levels", 5, 3, 8).tolist() == pieces
    assert stream.bits("levels", 5, 3, 7).tolist() == [row[:7] for row in pieces]


def test_a_negative_row_is_refused():
    with pytest.raises(InputError, match="first row -1"):
        Stream(7, "gaussian").words("levels", -1, 1, 1)


PINNED = [
    [12466076854065243250, 6953680248237874618, 4968602124575508849],
    [10035927407816348425, 11240812945525712885, 1996289246786745335],
]
