"""Who wants something done."""

from dataclasses import dataclass

from volunteer.domain.faults import NotAllowedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who acts: ``areas`` are those in which they organise, None for all, () for nobody who organises.

    ``employer`` is whose returns of duty reports they read.
    """

    subject: str
    areas: tuple[str, ...] | None = ()
    employer: str | None = None

    def organises(self, area: str) -> bool:
        """Tell whether they organise in an area."""
        return self.areas is None or any(area == one or area.startswith(f"{one}/") for one in self.areas)

    def require_organiser(self, area: str) -> None:
        """Refuse somebody who does not organise there.

        Raises:
            NotAllowedError: they do not.
        """
        if not self.organises(area):
            raise NotAllowedError("Those who organise in the area may.")
