"""The page about indicators says of each what the code counts."""

from pathlib import Path

import pytest

from routing.domain.indicators import INDICATORS, IndicatorName
from routing.domain.measures import BOUNDS, TimeMeasure
from routing.domain.times import TITLES

PAGE = (Path(__file__).parents[3] / "docs" / "indicators.md").read_text("utf-8")


def row(name: str) -> list[str]:
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("name", IndicatorName)
def test_page_tells_how_an_indicator_is_made(name: IndicatorName) -> None:
    indicator = INDICATORS[name]
    _, chinese, numerator, denominator, source = row(name)
    assert (chinese, source) == (indicator.title.zh_hans, indicator.source)
    assert all(f"`{measure}`" in numerator for measure in indicator.numerator)
    assert all(str(weight) in numerator for weight in indicator.numerator.values() if weight != 1)
    assert f"`{indicator.denominator}`" in denominator


@pytest.mark.parametrize("stage", TimeMeasure)
def test_page_tells_from_when_to_when_a_time_is_taken(stage: TimeMeasure) -> None:
    _, chinese, since, until = row(stage)
    assert chinese == TITLES[stage].zh_hans
    assert since
    assert until


def test_page_tells_how_many_buckets_times_are_kept_in() -> None:
    assert f"histogram of {len(BOUNDS) + 1} buckets" in PAGE
