"""The ground of a unit, as GeoJSON (RFC 7946) has it: longitude before latitude, WGS 84."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _on_the_ground(position: object) -> object:
    if isinstance(position, list | tuple) and len(position) == len(("lon", "lat", "altitude")):
        return position[:2]
    return position


def _without_bounds(geometry: object) -> object:
    if not isinstance(geometry, dict):
        return geometry
    return {name: value for name, value in geometry.items() if name != "bbox"}


Position = Annotated[
    tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]],
    BeforeValidator(_on_the_ground),
]
"""A point; its altitude, which GeoJSON allows, is left out."""


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


Outline = Annotated[Polygon | MultiPolygon, Field(discriminator="type"), BeforeValidator(_without_bounds)]
"""The ground of a unit; its bounds, which GeoJSON allows, are left out."""
