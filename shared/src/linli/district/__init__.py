"""The district that a deployment serves: its grid, its catalogue of categories, its departments."""

from linli.district.bindings import bindings_of, visible
from linli.district.calendars import Calendar, Week
from linli.district.categories import Category
from linli.district.checks import check_district
from linli.district.departments import Department, Subscription
from linli.district.district import FALLBACK_CATEGORY, District
from linli.district.errors import DistrictError, DistrictFaultsError, Fault
from linli.district.files import Catalogue, GridFormat, read_catalogue, read_grid, write_catalogue, write_grid
from linli.district.grid import LEVEL_NAMES, Person, Unit, level_rank
from linli.district.limits import LimitKind, StageLimits, TimeLimit
from linli.district.load import load_district
from linli.district.outlines import MultiPolygon, Polygon
from linli.district.override_index import OverrideIndex
from linli.district.overrides import Condition, Override, Urgency
from linli.district.periods import Period
from linli.district.questions import AnswerKind, Choice, Question
from linli.district.text import Text

__all__ = [
    "FALLBACK_CATEGORY",
    "LEVEL_NAMES",
    "AnswerKind",
    "Calendar",
    "Catalogue",
    "Category",
    "Choice",
    "Condition",
    "Department",
    "District",
    "DistrictError",
    "DistrictFaultsError",
    "Fault",
    "GridFormat",
    "LimitKind",
    "MultiPolygon",
    "Override",
    "OverrideIndex",
    "Period",
    "Person",
    "Polygon",
    "Question",
    "StageLimits",
    "Subscription",
    "Text",
    "TimeLimit",
    "Unit",
    "Urgency",
    "Week",
    "bindings_of",
    "check_district",
    "level_rank",
    "load_district",
    "read_catalogue",
    "read_grid",
    "visible",
    "write_catalogue",
    "write_grid",
]
