"""People hear of what they want to, of what they must, and find out why they did not hear."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient
from pydantic import ValidationError

from linli.contracts import CaseAccepted, CaseClosed, CaseSupervised, Level
from notify.domain.preferences import INBOX, About, Preference, wants
from notify.domain.rules import Rules

from . import builders
from .test_inbox import told

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]
TRACK = f"/v1/inbox/track/{builders.CODE}"
MINE = "/v1/inbox/preferences"
POST = "post:sanchajie/jinpu"
ACCEPTED, CLOSED = "linli.case.accepted.v1", "linli.case.closed.v1"
ISSUE, AREA = UUID(int=1), "sanchajie/jinpu/lianbang/b3"


async def events(tell: Tell) -> UUID:
    """Tell of an issue from its report to its end."""
    issue = uuid4()
    case: dict[str, Any] = {**builders.WHERE, "case_id": issue}
    said = (
        builders.reported(issue),
        builders.routed(issue),
        CaseAccepted(**case, handler=builders.HANDLER),
        CaseSupervised(**case, by="例统筹", reason="多次超期"),
        CaseClosed(**case, unit="sanchajie/jinpu", level=Level.COMMUNITY, on_time=True),
    )
    for number, data in enumerate(said):
        await tell(data, number + 1)
    return issue


def by_template(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str | None]]:
    return {row["template"]: (row["state"], row["reason"]) for row in rows}


async def test_a_reporter_mutes_one_event_and_is_told_why_nothing_came(client: AsyncClient, tell: Tell) -> None:
    await tell(builders.reported(uuid4()))
    await told(client, TRACK, None, 1)
    wish = {"event": ACCEPTED, "muted": True}
    for _ in range(2):
        said = await client.put(f"{TRACK}/preferences", json={"preferences": [wish]})
        assert said.status_code == 200, said.text
    assert (await client.get(f"{TRACK}/preferences")).json() == said.json()
    [kept] = said.json()["preferences"]
    assert kept == {**wish, "issue_id": None, "area": None, "channel": "inbox", "frequency": "immediate"}
    issue = await events(tell)
    inbox = await told(client, TRACK, {"Accept-Language": "en"}, 4)
    titles = [one["title"] for one in inbox["items"]]
    assert titles == ["Closed", "Somebody is responsible", "We have your report", "We have your report"]
    rows = [row for row in (await client.get(f"{TRACK}/told")).json() if row["issue_id"] == str(issue)]
    assert by_template(rows) == {
        "issue-received": ("told", None),
        "case-routed": ("told", None),
        "case-accepted": ("untold", "opted-out"),
        "issue-closed": ("told", None),
    }
    assert {row["recipient"] for row in rows} == {"reporter"}


async def test_who_mutes_everything_still_has_legal_notices(client: AsyncClient, tell: Tell) -> None:
    await tell(builders.reported(uuid4()))
    await told(client, TRACK, None, 1)
    await client.put(f"{TRACK}/preferences", json={"preferences": [{"muted": True}]})
    await events(tell)
    inbox = await told(client, TRACK, {"Accept-Language": "en"}, 3)
    assert [one["title"] for one in inbox["items"]] == ["Closed", "We have your report", "We have your report"]


async def test_a_post_is_muted_by_whoever_holds_it_and_staff_see_why(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    headers = token("handler")
    wishes = [{"area": "sanchajie", "muted": True}, {"event": CLOSED, "area": "sanchajie/jinpu", "muted": False}]
    said = await client.put(MINE, headers=headers, json={"inbox": POST, "preferences": wishes})
    assert said.status_code == 200, said.text
    issue = await events(tell)
    inbox = await told(client, "/v1/inbox", {**headers, "Accept-Language": "en"}, 2)
    assert [one["title"] for one in inbox["items"]] == ["Case closed", "A case is yours"]
    await client.post("/v1/inbox/archive", headers=headers, json={"ids": [inbox["items"][0]["id"]]})
    await client.post(f"/v1/inbox/{inbox['items'][1]['id']}/read", headers=headers)
    whole = (await client.get(f"/v1/issues/{issue}/told", headers=token("staff", subject="li-staff"))).json()
    mine = (await client.get(f"/v1/issues/{issue}/told", headers=headers)).json()
    assert {row["recipient"] for row in whole} == {"reporter", POST}
    assert by_template(mine) == {
        "case-yours": ("read", None),
        "case-supervised": ("untold", "opted-out"),
        "case-closed": ("archived", None),
    }


async def test_what_is_said_again_takes_the_place_of_what_was_said(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    headers = token("handler")
    for wishes in ([{"muted": True}], []):
        await client.put(MINE, headers=headers, json={"inbox": POST, "preferences": wishes})
    shown = (await client.get(MINE, headers=headers)).json()
    assert {one["inbox"]: one["preferences"] for one in shown} == {"person:li-jinpu": [], POST: []}
    await events(tell)
    await told(client, "/v1/inbox", headers, 3)


async def test_wishes_that_cannot_be_kept_are_refused_and_change_nothing(client: AsyncClient, tell: Tell) -> None:
    await tell(builders.reported(uuid4()))
    await told(client, TRACK, None, 1)
    keep = {"preferences": [{"event": ACCEPTED, "muted": True}]}
    assert (await client.put(f"{TRACK}/preferences", json=keep)).status_code == 200
    refused: tuple[tuple[list[dict[str, Any]], str], ...] = (
        ([{"muted": True}, {"muted": False}], "contradictory-preferences"),
        ([{"event": ACCEPTED, "muted": True}, {"event": CLOSED, "muted": True}], "legal-notice"),
        ([{"event": "linli.case.accepted.v9", "muted": True}], "invalid-request"),
        ([{"event": "linli.case.warned.v1", "muted": True}], "invalid-request"),  # tells staff alone
        ([{"area": "nowhere", "muted": True}], "invalid-request"),
        ([{"area": "sanchajie", "issue_id": str(ISSUE), "muted": True}], "invalid-request"),
        ([{"channel": "pigeon", "muted": True}], "invalid-request"),
        ([{"muted": True}] * 201, "invalid-request"),
        ([{}], "invalid-request"),
    )
    for wishes, slug in refused:
        answer = await client.put(f"{TRACK}/preferences", json={"preferences": wishes})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, slug), wishes
        assert answer.json()["errors"]
    assert (await client.get(f"{TRACK}/preferences")).json()["preferences"][0]["event"] == ACCEPTED


async def test_nobody_mutes_or_looks_into_the_inbox_of_others(client: AsyncClient, tell: Tell, token: Token) -> None:
    mute = {"preferences": [{"muted": True}]}
    issue = await events(tell)
    await told(client, TRACK, None, 4)
    stranger = token("handler", subject="li-nobody")
    for inbox in (POST, "person:li-jinpu", "department:housing", "nothing"):
        assert (await client.put(MINE, headers=stranger, json={**mute, "inbox": inbox})).status_code == 404
    housing = token("department", department="housing")
    assert (await client.put(MINE, headers=housing, json={**mute, "inbox": "department:housing"})).status_code == 404
    assert (await client.put(MINE, json=mute)).status_code == 401
    assert (await client.put("/v1/inbox/track/A2B3C4D5E6F7G2H3/preferences", json=mute)).status_code == 404
    assert (await client.get(f"/v1/issues/{issue}/told", headers=stranger)).json() == []
    assert (await client.get(f"/v1/issues/{issue}/told")).status_code == 401


async def test_staff_of_another_area_do_not_see_who_was_told(client: AsyncClient, tell: Tell, issuer: Any) -> None:
    issue = await events(tell)
    await told(client, TRACK, None, 4)
    minted = issuer.mint("li-far", name="测试", roles=("staff",), areas=["elsewhere"], department=None)
    answer = await client.get(f"/v1/issues/{issue}/told", headers={"Authorization": f"Bearer {minted}"})
    assert answer.status_code == 403


def preference(*, muted: bool, event: str = "*", **about: Any) -> Preference:
    return Preference(About(**about), event, INBOX, muted)


@pytest.mark.parametrize(
    ("preferences", "wanted"),
    [
        ([], True),
        ([preference(muted=True)], False),
        ([preference(muted=True), preference(muted=False, event=ACCEPTED)], True),
        ([preference(muted=False, event=ACCEPTED), preference(muted=True, area="sanchajie")], False),
        ([preference(muted=True, area="sanchajie"), preference(muted=False, area="sanchajie/jinpu")], True),
        ([preference(muted=False, area=AREA), preference(muted=True, issue=ISSUE)], False),
        ([preference(muted=True, area="sanchajie/jin")], True),
        ([preference(muted=True, issue=UUID(int=2))], True),
        ([preference(muted=True, event=CLOSED)], True),
    ],
)
def test_the_narrowest_preference_decides(preferences: list[Preference], wanted: bool) -> None:  # noqa: FBT001
    for order in (preferences, preferences[::-1]):
        heard = wants(order, issue=ISSUE, area=AREA, event=ACCEPTED, channel=INBOX, legal=False)
        assert heard is wanted
        assert wants(order, issue=ISSUE, area=AREA, event=ACCEPTED, channel=INBOX, legal=True)


def test_a_legal_notice_that_nothing_tells_is_refused() -> None:
    with pytest.raises(ValidationError, match="no event tells it: case-yorus"):
        Rules.model_validate({"events": {}, "legal": ["case-yorus"]})
