"""Rates by their formulas."""

from decimal import Decimal

from routing.domain.indicators import (
    ClosingCounts,
    VisitCounts,
    closing_rate,
    on_time_closing_rate,
    response_rate,
    satisfaction_rate,
    solution_rate,
)

VISITS = VisitCounts(valid=40, contacted=39, solved=30, satisfied=20, basically_satisfied=10)
NONE = VisitCounts(valid=0, contacted=0, solved=0, satisfied=0, basically_satisfied=0)


def test_closing_rates_of_the_published_example() -> None:
    cases = ClosingCounts(due=972, closed=911, closed_on_time=737)
    assert closing_rate(cases).percent == Decimal("93.72")
    assert on_time_closing_rate(cases).percent == Decimal("75.82")


def test_response_and_solution_count_answers() -> None:
    assert response_rate(VISITS).percent == Decimal("97.50")
    assert solution_rate(VISITS).percent == Decimal("75.00")


def test_satisfaction_counts_the_basically_satisfied_less() -> None:
    rate = satisfaction_rate(VISITS)
    assert (rate.numerator, rate.denominator, rate.percent) == (Decimal("29.0"), 40, Decimal("72.50"))


def test_rate_of_nothing_is_unknown() -> None:
    assert satisfaction_rate(NONE).percent is None
    assert closing_rate(ClosingCounts(due=0, closed=0, closed_on_time=0)).percent is None
