"""The year of the model compound that the demonstration replays."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints

from linli.contracts import Level, Satisfaction
from linli.district import District, load_district
from routing.domain.decision import Matter, decide

pytestmark = pytest.mark.xdist_group("year")

YEAR = Path(__file__).parents[1] / "src" / "standalone" / "year.yaml"
LIANBANG = "sanchajie/jinpu/lianbang"

Sentence = Annotated[str, StringConstraints(min_length=10, max_length=2000)]


class Rework(BaseModel):
    model_config = ConfigDict(extra="forbid")

    outcome: Sentence
    satisfaction: Satisfaction


class YearIssue(BaseModel):
    model_config = ConfigDict(extra="forbid")

    month: int
    day: int
    category: str
    area: str
    language: str
    text: Sentence
    rework: Rework | None = None
    outcome: Sentence
    satisfaction: Satisfaction


@pytest.fixture(scope="module")
def district() -> District:
    return load_district()


@pytest.fixture(scope="module")
def year() -> list[YearIssue]:
    content = yaml.safe_load(YEAR.read_text(encoding="utf-8"))
    return [YearIssue.model_validate(entry) for entry in content["issues"]]


def test_year_has_56_issues_44_for_the_community_and_12_for_the_subdistrict(
    year: list[YearIssue], district: District
) -> None:
    levels = Counter(
        decide(district, Matter(issue.category, issue.area, datetime(2025, issue.month, issue.day, tzinfo=UTC))).level
        for issue in year
    )
    assert levels[Level.SUBDISTRICT] == 12
    assert levels[Level.BUILDING] + levels[Level.COMPOUND] + levels[Level.COMMUNITY] == 44
    assert min(levels.values()) > 1


def test_issues_lie_in_the_model_compound_and_have_a_category_of_the_catalogue(
    year: list[YearIssue], district: District
) -> None:
    assert all(issue.area in district.units and issue.area.startswith(LIANBANG) for issue in year)
    assert all(issue.category in district.categories for issue in year)


def test_issues_are_told_in_the_order_of_the_year(year: list[YearIssue]) -> None:
    days = [date(2025, issue.month, issue.day) for issue in year]
    assert days == sorted(days)


def test_exactly_one_issue_is_reopened_and_then_solved(year: list[YearIssue]) -> None:
    (reworked,) = [issue.rework for issue in year if issue.rework is not None]
    assert reworked.satisfaction is Satisfaction.DISSATISFIED


def test_reporters_write_in_three_languages_and_answer_in_every_way(year: list[YearIssue]) -> None:
    languages = Counter(issue.language for issue in year)
    assert set(languages) == {"zh-Hans", "zh-Hant", "en"}
    assert languages["zh-Hans"] > len(year) / 2
    assert {issue.satisfaction for issue in year} == set(Satisfaction)


def test_texts_are_all_different_and_hold_no_number_that_leads_to_a_person(year: list[YearIssue]) -> None:
    assert len({issue.text for issue in year}) == len(year)
    assert not any(re.search(r"\d{5}|@", issue.text + issue.outcome) for issue in year)


def test_words_of_a_report_nearly_always_suggest_its_category(year: list[YearIssue], district: District) -> None:
    suggested = sum(district.suggest_category(issue.text).code == issue.category for issue in year)
    assert suggested >= 54
