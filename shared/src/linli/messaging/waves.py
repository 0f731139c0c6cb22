"""Splitting a batch where what belongs together must go one after the other."""

from collections.abc import Callable, Hashable, Sequence
from itertools import count
from typing import TypeVar
from zlib import crc32

Item = TypeVar("Item")


def waves(items: Sequence[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Split ``items`` so that each wave has at most one of a key, the earliest first."""
    turns: dict[Hashable, count[int]] = {}
    split: list[list[Item]] = []
    for item in items:
        place = next(turns.setdefault(key(item), count()))
        if place == len(split):
            split.append([])
        split[place].append(item)
    return split


def lanes(items: Sequence[Item], number: int, key: Callable[[Item], str]) -> list[list[Item]]:
    """Split ``items`` into at most ``number`` parts, all of one key in one part and in their order."""
    split: dict[int, list[Item]] = {}
    for item in items:
        split.setdefault(crc32(key(item).encode()) % number, []).append(item)
    return list(split.values())
