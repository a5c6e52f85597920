"""Random words that are the same on every machine: Philox, each row at its own counter.

Families turn these words into scores by integer and dyadic arithmetic alone, so an instance is
reproduced bit for bit from (seed, family, purpose, row).
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from locality.theory import InputError

Words = NDArray[np.uint64]
Bits = NDArray[np.uint16]

_WORDS_PER_COUNT: Final = 4


class Stream:
    """The random words of one family under one seed, any integer."""

    def __init__(self, seed: int, family: str) -> None:
        self.seed = seed
        self.family = family
        self._generators: dict[tuple[str, int], np.random.Philox] = {}

    def words(self, purpose: str, first_row: int, rows: int, width: int) -> Words:
        """Words (rows, width) of the rows from `first_row` on; InputError if it is negative.

        Each (purpose, width) has its own key, and row i starts at count i·⌈width/4⌉: a row does not
        depend on how many are drawn with it, nor a purpose on which others are drawn.
        """
        if first_row < 0:
            raise InputError(f"first row {first_row}: expected 0 or more")
        counts = -(-width // _WORDS_PER_COUNT)
        generator = self._at(purpose, width, first_row * counts)
        words = generator.random_raw(rows * counts * _WORDS_PER_COUNT)
        return words.reshape(rows, counts * _WORDS_PER_COUNT)[:, :width]

    def bits(self, purpose: str, first_row: int, rows: int, count: int) -> Bits:
        """Random 16-bit pieces (rows, count) of such words, the lowest of a word first."""
        words = self.words(purpose, first_row, rows, -(-count // 4))
        return np.ascontiguousarray(words, dtype="<u8").view("<u2")[:, :count]

    def _at(self, purpose: str, width: int, count: int) -> np.random.Philox:
        # Moving a generator takes 2 µs, making one 12: a tenth of the time of a whole micro-batch.
        if (purpose, width) not in self._generators:
            key = _key(f"{self.seed}/{self.family}/{purpose}/{width}")
            self._generators[purpose, width] = np.random.Philox(key=key)
        generator = self._generators[purpose, width]
        state = generator.state
        digits = [count >> shift & _LOW for shift in _SHIFTS]
        state["state"]["counter"] = np.array(digits, dtype=np.uint64)
        state["buffer_pos"] = _WORDS_PER_COUNT
        generator.state = state
        return generator


_LOW: Final = 2**64 - 1
_SHIFTS: Final = (0, 64, 128, 192)


def _key(text: str) -> Words:
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.frombuffer(digest, dtype="<u8").astype(np.uint64)
