"""A district as somebody knows it who is told of its changes."""

from collections.abc import Mapping
from typing import Self

from linli.district.district import District
from linli.district.grid import Unit


class KnownDistrict(District):
    """The district of today, and by path the units that were closed or moved away since the files were written."""

    former_units: Mapping[str, Unit] = {}
    successors: Mapping[str, str] = {}

    @classmethod
    def of(cls, district: District) -> Self:
        """Return a district of which nobody has told any change yet."""
        return cls.model_validate({name: getattr(district, name) for name in District.model_fields})

    def present(self, path: str) -> str:
        """Return the path of the unit that stands for one today: its own, or its successor's when it is closed."""
        passed: set[str] = set()
        while path in self.successors and path not in passed:
            passed.add(path)
            path = self.successors[path]
        return path

    def named(self, path: str) -> Unit | None:
        """Return the unit that a path is the name of, also when it is closed; None for what never was."""
        return self.units.get(path) or self.former_units.get(path)
