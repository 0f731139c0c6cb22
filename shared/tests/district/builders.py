"""Districts and their files as tests want them: models, and the raw entries of files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from linli.contracts import Stage
from linli.district import Calendar, District, Polygon, Unit


def unit(path: str, level: str = "community", **more: Any) -> Unit:
    return Unit.model_validate({"path": path, "level": level, "name": {"zh_hans": path}, **more})


def district(*units: Unit, calendars: Sequence[Calendar] = ()) -> District:
    return District(
        units={each.path: each for each in units},
        categories={},
        departments={},
        calendars={each.code: each for each in calendars},
    )


def square(west: float, south: float, size: float = 0.01) -> Polygon:
    east, north = west + size, south + size
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return Polygon(type="Polygon", coordinates=(corners,))


def person(slug: str) -> dict[str, Any]:
    return {"id": slug, "name": "例某", "post": {"zh_hans": "网格员"}}


def entry(path: str, level: str, **more: object) -> dict[str, Any]:
    return {"path": path, "level": level, "name": {"zh_hans": path}, **more}


def category(code: str, **more: object) -> dict[str, Any]:
    return {
        "code": code,
        "name": {"zh_hans": code},
        "authority": "community",
        "department": "office",
        "limits": {stage.value: {"amount": 2, "kind": "working-days"} for stage in Stage},
        "closing_condition": {"zh_hans": "答复"},
        **more,
    }


def department(slug: str, **more: object) -> dict[str, Any]:
    subscription = {"events": ["case.*"], "categories": ["general.*"], "areas": ["top"], **more}
    return {"slug": slug, "name": {"zh_hans": slug}, "subscription": subscription}


TOP = entry("top", "subdistrict", persons=[person("head")])
OTHER = category("general.other")
OFFICE = department("office")


def write(
    folder: Path,
    *,
    units: Sequence[object] = (TOP,),
    categories: Sequence[object] = (OTHER,),
    departments: Sequence[object] = (OFFICE,),
) -> Path:
    files = [("grid", "units", units), ("categories", "categories", categories)]
    for file, section, entries in [*files, ("departments", "departments", departments)]:
        (folder / f"{file}.yaml").write_text(yaml.safe_dump({section: list(entries)}), encoding="utf-8")
    return folder
