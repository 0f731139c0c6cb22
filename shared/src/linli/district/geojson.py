"""A unit of the grid as a GeoJSON feature: its ground is the geometry, all else are properties."""

from typing import Any


def feature_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the feature of a unit's fields; a unit with an outline keeps its point among the properties."""
    properties = dict(fields)
    geometry = properties.pop("outline", None)
    if geometry is None and (point := properties.pop("location", None)):
        geometry = {"type": "Point", "coordinates": [point["lon"], point["lat"]]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def unit_fields(feature: Any) -> Any:  # noqa: ANN401 - whatever somebody sent
    """Return the fields of a unit's feature; what is no feature is returned as it is, for the model to refuse."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return feature
    fields, geometry = dict(feature["properties"]), feature.get("geometry")
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        lon, lat = [*_numbers(geometry.get("coordinates")), None, None][:2]
        return fields | {"location": {"lat": lat, "lon": lon}}
    return fields if geometry is None else fields | {"outline": geometry}


def _numbers(coordinates: object) -> list[object]:
    return list(coordinates) if isinstance(coordinates, list) else []
