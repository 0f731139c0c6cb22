"""What a subscription asks for becomes topic patterns, and nothing confidential slips in."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.contracts import CATALOGUE
from linli.district import load_district
from linli.district.known import KnownDistrict
from linli.messaging.topology import matches
from notify.domain.filters import Filter, FilterError, of_file, patterns_of, require_known
from notify.domain.receivers import Receivers

DISTRICT = KnownDistrict.of(load_district())
CONFIDENTIAL = sorted(code for code, one in DISTRICT.categories.items() if one.confidential)
OPEN = sorted(code for code, one in DISTRICT.categories.items() if not one.confidential)
KINDS = sorted({(kind.subject, kind.event) for kind in CATALOGUE.values()})
AREA = "sanchajie/jinpu"


def asking(**more: Any) -> Filter:
    asked: Mapping[str, Any] = {"events": ["case.*"], "categories": ["facility.*"], "areas": [AREA], **more}
    return Filter.model_validate(asked)


def hears(patterns: tuple[str, ...], category: str, area: str = AREA, event: str = "case.routed") -> bool:
    return any(matches(pattern, f"{event}.{category}.{area.replace('/', '.')}") for pattern in patterns)


def test_a_filter_hears_its_events_categories_and_areas_with_all_beneath_and_no_other() -> None:
    patterns = patterns_of(asking(), "housing", DISTRICT, ())
    assert hears(patterns, "facility.roof-leak")
    assert hears(patterns, "facility.roof-leak", f"{AREA}/lianbang/b3")
    assert not hears(patterns, "facility.roof-leak", "sanchajie")
    assert not hears(patterns, "facility.roof-leak", f"{AREA}x")
    assert not hears(patterns, "order.parking")
    assert not hears(patterns, "facility.roof-leak", event="need.opened")


def test_what_calls_the_department_comes_where_it_is_wanted() -> None:
    assert "addressed.housing.#" in patterns_of(asking(), "housing", DISTRICT, ())
    assert "addressed.housing.#" not in patterns_of(asking(addressed=False), "housing", DISTRICT, ())


@pytest.mark.parametrize("code", CONFIDENTIAL)
def test_a_wildcard_catches_no_confidential_category_but_those_handled_or_granted(code: str) -> None:
    handling = set(DISTRICT.categories[code].departments)
    for department in DISTRICT.departments:
        everything = asking(events=["*.*"], categories=["*.*"])
        assert hears(patterns_of(everything, department, DISTRICT, ()), code) is (department in handling)
        assert hears(patterns_of(everything, department, DISTRICT, (code,)), code)
        assert all(hears(patterns_of(everything, department, DISTRICT, ()), each) for each in OPEN)


@pytest.mark.parametrize("code", CONFIDENTIAL)
def test_a_confidential_matter_reaches_by_the_files_only_the_departments_that_handle_it(code: str) -> None:
    hearing = {
        one.slug
        for one in DISTRICT.departments.values()
        if hears(patterns_of(of_file(one.subscription), one.slug, DISTRICT, ()), code, one.subscription.areas[0])
    }
    assert hearing <= set(DISTRICT.categories[code].departments)


def test_a_unit_that_was_closed_stands_for_its_successor_too() -> None:
    moved = DISTRICT.model_copy(update={"successors": {AREA: "sanchajie/heyuan"}})
    patterns = patterns_of(asking(), "housing", moved, ())
    assert hears(patterns, "facility.roof-leak", "sanchajie/heyuan")
    assert hears(patterns, "facility.roof-leak", AREA)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"events": ["case.rooted"]}, "events", "no event is called case.rooted"),
        ({"categories": ["facility.*", "facilty.*"]}, "categories", "no category is called facilty.*"),
        ({"areas": ["sanchajie/nowhere"]}, "areas", "the grid has no unit sanchajie/nowhere"),
        ({"categories": [CONFIDENTIAL[0]]}, "categories", "needs a grant"),
    ],
)
def test_a_filter_that_would_never_hear_something_is_refused(wrong: Mapping[str, Any], field: str, words: str) -> None:
    stranger = next(
        slug for slug in DISTRICT.departments if slug not in DISTRICT.categories[CONFIDENTIAL[0]].departments
    )
    with pytest.raises(FilterError, match=words) as caught:
        require_known(asking(**wrong), stranger, DISTRICT, ())
    assert caught.value.field == field


def test_a_grant_of_what_is_open_an_unknown_department_and_too_much_at_once_are_refused() -> None:
    with pytest.raises(FilterError, match="no confidential category"):
        require_known(asking(), "housing", DISTRICT, (OPEN[0],))
    with pytest.raises(FilterError, match="no department"):
        require_known(asking(), "navy", DISTRICT, ())
    events = [f"{subject}.{event}" for subject, event in KINDS]
    areas = list(DISTRICT.units)[:60]
    with pytest.raises(FilterError, match="bindings"):
        require_known(asking(events=events, categories=["*.*"], areas=areas), "housing", DISTRICT, ())


AREAS = st.sampled_from(sorted(DISTRICT.units))
FILTERS = st.builds(
    Filter,
    events=st.lists(st.sampled_from(["case.*", "*.*", "need.opened", "*.routed"]), min_size=1, max_size=2),
    categories=st.lists(
        st.sampled_from(["facility.*", "*.*", "order.parking", CONFIDENTIAL[0]]), min_size=1, max_size=2
    ),
    areas=st.lists(AREAS, min_size=1, max_size=2),
    addressed=st.booleans(),
)


@given(
    asked=st.dictionaries(st.sampled_from(sorted(DISTRICT.departments)), FILTERS, max_size=4),
    kind=st.sampled_from(KINDS),
    category=st.sampled_from(sorted(DISTRICT.categories)),
    area=AREAS,
    called=st.lists(st.sampled_from(sorted(DISTRICT.departments)), max_size=2),
)
def test_receivers_are_those_whose_bindings_a_broker_would_match(
    asked: Mapping[str, Filter], kind: tuple[str, str], category: str, area: str, called: list[str]
) -> None:
    patterns = {slug: patterns_of(each, slug, DISTRICT, ()) for slug, each in asked.items()}
    words = ".".join(kind)
    keys = [f"{words}.{category}.{area.replace('/', '.')}", *(f"addressed.{slug}.{words}" for slug in called)]
    bound = {slug for slug, its in patterns.items() if any(matches(one, key) for one in its for key in keys)}
    assert Receivers(patterns).of(keys) == bound
