"""The district that a deployment serves: its grid, its catalogue of categories, its departments."""

from linli.district.categories import Category, LimitKind, TimeLimit
from linli.district.departments import Department, Subscription
from linli.district.district import FALLBACK_CATEGORY, District
from linli.district.errors import DistrictError
from linli.district.grid import LEVEL_NAMES, Person, Unit, level_rank
from linli.district.load import load_district
from linli.district.text import Text

__all__ = [
    "FALLBACK_CATEGORY",
    "LEVEL_NAMES",
    "Category",
    "Department",
    "District",
    "DistrictError",
    "LimitKind",
    "Person",
    "Subscription",
    "Text",
    "TimeLimit",
    "Unit",
    "level_rank",
    "load_district",
]
