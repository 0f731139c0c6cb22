"""Decisions as tests ask for them."""

from datetime import UTC, datetime

from linli.district import District
from routing.domain.decision import Decision, Matter, decide
from routing.domain.explanation import Rule, RuleCode

NOON = datetime(2025, 6, 11, 4, tzinfo=UTC)
"""A Wednesday in Shanghai."""


def decided(district: District, category: str, area: str) -> Decision:
    return decide(district, Matter(category, area, NOON))


def rules(district: District, category: str, area: str, code: RuleCode) -> list[Rule]:
    return [rule for rule in decided(district, category, area).explanation if rule.code is code]
