"""The overrides of a category by place: of hundreds in a city few lie where a matter is."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from linli.district.overrides import Override


class OverrideIndex:
    """The overrides that are considered for a category, in their order; two indexes are never equal."""

    def __init__(self, overrides: Sequence[Override]) -> None:
        self.overrides = tuple(overrides)
        self._anywhere = [position for position, each in enumerate(self.overrides) if not each.areas]
        self._by_area: dict[str, list[int]] = {}
        for position, override in enumerate(self.overrides):
            for area in override.areas:
                self._by_area.setdefault(area, []).append(position)

    def covering(self, area: str) -> Sequence[int]:
        """Return the positions of those whose condition of place holds for an area, in their order."""
        found = [self._by_area[unit] for unit in _way_down(area) if unit in self._by_area]
        return sorted({*self._anywhere, *(position for each in found for position in each)})


def _way_down(area: str) -> Iterator[str]:
    return accumulate(area.split("/"), "{}/{}".format)
