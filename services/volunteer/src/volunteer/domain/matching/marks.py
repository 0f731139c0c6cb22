"""Words that people have and slots ask for, as bits."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from volunteer.domain.matching.spans import Flags, Numbers

Bits = NDArray[np.uint64]
_WIDTH = 64


class Marks:
    """Who has which of the words that are asked for; words that nobody asks for are left out."""

    def __init__(self, had: Sequence[Collection[str]], wanted: Sequence[Collection[str]]) -> None:
        words = sorted({word for some in wanted for word in some})
        self._place = {word: place for place, word in enumerate(words)}
        self._had = self._bits(had)
        self._wanted = self._bits(wanted)

    def having_all(self, people: Numbers, slots: Numbers) -> Flags:
        """Tell for each pair whether the person has all that the slot wants."""
        enough = np.ones(len(people), dtype=np.bool_)
        for had, wanted in zip(self._had, self._wanted, strict=True):
            asked = wanted[slots]
            enough &= (had[people] & asked) == asked
        return enough

    def shared(self, people: Numbers, slots: Numbers) -> Numbers:
        """Return for each pair how many of the words that the slot wants the person has."""
        count = np.zeros(len(people), dtype=np.int64)
        for had, wanted in zip(self._had, self._wanted, strict=True):
            count += np.bitwise_count(had[people] & wanted[slots])
        return count

    def _bits(self, owners: Sequence[Collection[str]]) -> list[Bits]:
        """Return a row for each 64 words, with a number for each owner."""
        rows = [np.zeros(len(owners), dtype=np.uint64) for _ in range(0, len(self._place), _WIDTH)]
        for owner, words in enumerate(owners):
            for word in words:
                place = self._place.get(word)
                if place is not None:
                    rows[place // _WIDTH][owner] |= np.uint64(1 << (place % _WIDTH))
        return rows
