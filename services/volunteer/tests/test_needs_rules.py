"""The rules of needs, without anything around them."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.contracts import NeedClaimed
from linli.contracts.needs import NeedEvent
from volunteer.domain.needs import (
    AlreadyClaimedError,
    Need,
    NeedState,
    NotClaimableError,
    claim_need,
    close_need,
    follow_case,
    open_need,
    wants_helpers,
)

from .builders import FRIDAY, MONDAY, routed


def opened(wanted: int = 2) -> Need:
    return open_need(uuid4(), routed(uuid4(), wanted=wanted), at=MONDAY)[0]


@pytest.mark.parametrize(
    ("wanted", "confidential", "wants"), [(1, False, True), (0, False, False), (4, True, False), (0, True, False)]
)
def test_public_need_belongs_to_open_cases_that_want_helpers(wanted: int, *, confidential: bool, wants: bool) -> None:
    assert wants_helpers(routed(uuid4(), wanted=wanted, confidential=confidential)) is wants


@given(wanted=st.integers(1, 12), asking=st.integers(0, 30))
def test_claims_never_exceed_what_is_wanted(wanted: int, asking: int) -> None:
    need, refused = opened(wanted), 0
    taken: list[NeedEvent] = []
    for _ in range(asking):
        try:
            need, events = claim_need(need, claimed_before=False)
            taken += events
        except NotClaimableError:
            refused += 1

    assert need.claimed == len(taken) == min(wanted, asking)
    assert refused == asking - len(taken)
    assert need.version == 1 + len(taken)
    assert need.state is (NeedState.FULL if asking >= wanted else NeedState.OPEN)
    assert [one.claimed for one in taken if isinstance(one, NeedClaimed)] == list(range(1, len(taken) + 1))


def test_second_claim_of_a_volunteer_is_refused_also_on_a_full_need() -> None:
    full, _ = claim_need(opened(1), claimed_before=False)

    with pytest.raises(AlreadyClaimedError):
        claim_need(full, claimed_before=True)


def test_closed_need_takes_no_claim_and_closes_once() -> None:
    need, events = close_need(opened(), at=FRIDAY)

    assert (need.state, need.closed_at, len(events)) == (NeedState.CLOSED, FRIDAY, 1)
    assert close_need(need, at=datetime(2026, 4, 1, tzinfo=UTC)) == (need, ())
    with pytest.raises(NotClaimableError, match="closed"):
        claim_need(need, claimed_before=False)


def test_need_follows_its_case_until_it_is_closed() -> None:
    need = opened()

    assert follow_case(need, area="sanchajie/jinpu", deadline=FRIDAY) == replace(
        need, area="sanchajie/jinpu", until=FRIDAY
    )
    closed, _ = close_need(need, at=MONDAY)
    assert follow_case(closed, area="sanchajie/jinpu", deadline=FRIDAY) == closed
