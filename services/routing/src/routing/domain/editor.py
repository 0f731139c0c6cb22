"""Who changes the district, and which parts of it they may change."""

from collections.abc import Iterable
from dataclasses import dataclass, field


class OutOfAreaError(Exception):
    """A change reaches beyond the areas of whoever makes it: ``path`` is the first place outside."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} lies outside")
        self.path = path


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who changes the district within ``areas``, each with all beneath it; None is everywhere."""

    id: str
    name: str = field(repr=False)
    areas: tuple[str, ...] | None = ()

    def require(self, paths: Iterable[str]) -> None:
        """Refuse a change of places that are not the editor's.

        Raises:
            OutOfAreaError: one lies outside of their areas.
        """
        for path in paths:
            if not self.may_change(path):
                raise OutOfAreaError(path)

    def may_change(self, path: str) -> bool:
        """Tell whether a place is the editor's to change."""
        return self.areas is None or any(path == area or path.startswith(f"{area}/") for area in self.areas)


SEED = Editor(id="system", name="", areas=None)
"""Whoever writes the first grid and the first catalogue, from the files."""
