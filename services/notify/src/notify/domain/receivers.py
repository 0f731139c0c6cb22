"""Who receives an event: the patterns of all subscriptions, found by the words of its routing keys."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from itertools import accumulate
from typing import Generic, TypeVar

HEAD = 4
"""A routing key begins with the words of its event and its category; the area's follow."""

ADDRESSED = "addressed"

Id = TypeVar("Id", bound=Hashable)


class Receivers(Generic[Id]):
    """The subscriptions by what they hear.

    Patterns are those of `notify.domain.filters.patterns_of`: four words, of which each may be ``*``, an area's words
    and a ``#``; or ``addressed.<department>.#``. What a head matches is remembered: there are some thousand.
    """

    def __init__(self, patterns: Mapping[Id, Collection[str]]) -> None:
        self._addressed: dict[str, list[Id]] = defaultdict(list)
        self._heads: dict[tuple[str, ...], dict[tuple[str, ...], list[Id]]] = defaultdict(lambda: defaultdict(list))
        self._by_head: dict[tuple[str, ...], list[Mapping[tuple[str, ...], list[Id]]]] = {}
        for one, its in patterns.items():
            for pattern in its:
                *words, _ = pattern.split(".")
                if words[0] == ADDRESSED:
                    self._addressed[words[1]].append(one)
                else:
                    self._heads[tuple(words[:HEAD])][tuple(words[HEAD:])].append(one)

    def of(self, keys: Iterable[str]) -> set[Id]:
        """Return who hears an event that is published under these keys."""
        return {one for key in keys for one in self._of(key.split("."))}

    def _of(self, words: list[str]) -> Iterable[Id]:
        if words[0] == ADDRESSED:
            return self._addressed.get(words[1], ())
        head, places = tuple(words[:HEAD]), list(accumulate(((word,) for word in words[HEAD:]), tuple.__add__))
        return (one for by_place in self._matching(head) for place in places for one in by_place.get(place, ()))

    def _matching(self, head: tuple[str, ...]) -> list[Mapping[tuple[str, ...], list[Id]]]:
        known = self._by_head.get(head)
        if known is None:
            known = self._by_head[head] = [by_place for wanted, by_place in self._heads.items() if _match(wanted, head)]
        return known


def _match(wanted: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(wanted) == len(words) and all(each in ("*", word) for each, word in zip(wanted, words, strict=True))
