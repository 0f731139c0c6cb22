"""The ground of a unit, as GeoJSON (RFC 7946) has it: longitude before latitude, WGS 84."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Position = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]


def _closed(ring: tuple[Position, ...]) -> tuple[Position, ...]:
    if ring[0] != ring[-1]:
        raise ValueError("a ring must end where it begins")
    return ring


Ring = Annotated[tuple[Position, ...], Field(min_length=4), AfterValidator(_closed)]

Rings = Annotated[tuple[Ring, ...], Field(min_length=1)]
"""The border, then the holes in it."""


class Polygon(BaseModel):
    """One piece of ground."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["Polygon"]
    coordinates: Rings

    @property
    def pieces(self) -> tuple[Rings, ...]:
        """The pieces of ground, one here."""
        return (self.coordinates,)


class MultiPolygon(BaseModel):
    """Several pieces of ground."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["MultiPolygon"]
    coordinates: Annotated[tuple[Rings, ...], Field(min_length=1)]

    @property
    def pieces(self) -> tuple[Rings, ...]:
        """The pieces of ground."""
        return self.coordinates


Outline = Annotated[Polygon | MultiPolygon, Field(discriminator="type")]
