"""Spans of many people, to be asked for many pairs at once."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from volunteer.domain.matching.words import Span

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_OWNER = 1 << 40
"""More than any moment in seconds: key = owner * _OWNER + moment orders spans by owner, then by moment."""


def seconds(moments: Sequence[datetime]) -> Numbers:
    """Return moments as seconds since 1970."""
    return np.fromiter((moment.timestamp() for moment in moments), dtype=np.int64, count=len(moments))


class SpansError(ValueError):
    """The spans of the ``owner`` at this position are not disjoint and in order, or one ends before it begins."""

    def __init__(self, owner: int) -> None:
        super().__init__(f"the spans of number {owner} are out of order")
        self.owner = owner


class Spans:
    """For each owner, some disjoint spans in order."""

    def __init__(self, of_owners: Sequence[Sequence[Span]]) -> None:
        """Take the spans of each owner.

        Raises:
            SpansError: they are out of order.
        """
        counts = [len(spans) for spans in of_owners]
        owners = np.repeat(np.arange(len(of_owners), dtype=np.int64), counts)
        flat = [span for spans in of_owners for span in spans]
        self._keys = owners * _OWNER + seconds([span.begins for span in flat])
        self._ends = owners * _OWNER + seconds([span.ends for span in flat])
        following = np.append(self._keys[1:], np.iinfo(np.int64).max)[: len(flat)]
        disordered = np.flatnonzero((self._keys >= self._ends) | (self._ends > following))
        if len(disordered):
            raise SpansError(int(owners[disordered[0]]))

    def containing(self, owners: Numbers, begins: Numbers, ends: Numbers) -> Flags:
        """Tell for each pair of an owner and a time whether one of the owner's spans contains all of it."""
        return self._last(owners * _OWNER + begins, "right") >= owners * _OWNER + ends

    def overlapping(self, owners: Numbers, begins: Numbers, ends: Numbers) -> Flags:
        """Tell for each pair of an owner and a time whether one of the owner's spans overlaps it."""
        return self._last(owners * _OWNER + ends, "left") > owners * _OWNER + begins

    def _last(self, keys: Numbers, side: str) -> Numbers:
        """Return the end of the last span that begins by a key; -1 where none does.

        That of an owner before is smaller than whatever it is compared with.
        """
        if not len(self._keys):
            return np.full(len(keys), -1, dtype=np.int64)
        position = np.searchsorted(self._keys, keys, side="right" if side == "right" else "left") - 1
        return np.where(position >= 0, self._ends[position], -1)
