"""Who calls."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose token has been verified.

    ``areas`` are grid paths; each covers its whole subtree. ``language`` is one of the suite's languages, where the
    token names one.
    """

    subject: str
    name: str
    roles: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()
    department: str | None = None
    language: str | None = None

    def has_role(self, *roles: str) -> bool:
        """Tell whether the caller has at least one of ``roles``."""
        return not self.roles.isdisjoint(roles)

    def covers(self, area_path: str) -> bool:
        """Tell whether one of the caller's areas is ``area_path`` or lies above it."""
        return any(area_path == area or area_path.startswith(area + "/") for area in self.areas)
