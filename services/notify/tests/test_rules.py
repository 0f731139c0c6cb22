"""Staff decide which event tells whom in their areas; what the law wants told stays."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import event as sqlalchemy_event

from linli.contracts import CATALOGUE, MeetingCalled, event_type
from linli.district import load_district
from linli.district.known import KnownDistrict
from linli.messaging.connect import open_transport
from linli.testing.waiting import eventually
from notify.domain.decisions import Decisions, LegalRoleError, Telling, require_free, roles_of, tellings
from notify.domain.rules import Role
from notify.drafts import DraftError, check_fit
from notify.main import create_app
from notify.reactions import REACTIONS, tell_those_concerned, tell_those_invited, tell_those_named
from notify.samples import events_decided, samples_of
from notify.settings import NotifySettings
from notify.wording import load_words

from . import builders
from .conftest import speaking_to
from .outside import Ground, ground_on

Token = Callable[..., dict[str, str]]
WORDS = load_words(KnownDistrict.of(load_district()))
ROUTED, CLOSED, ABSORBED = "linli.case.routed.v1", "linli.case.closed.v1", "linli.case.absorbed.v1"
WAY = ["sanchajie", "sanchajie/jinpu", "sanchajie/jinpu/lianbang"]


def told(event: str, decisions: dict[str, dict[Role, str | None]]) -> dict[Role, str | None]:
    return {role: one.template for role, one in tellings(WORDS.rules, event, WAY, decisions).items()}


def test_the_nearest_decision_counts_and_what_is_gone_from_the_rules_does_not() -> None:
    assert told(ABSORBED, {}) == {Role.HANDLER: "case-absorbed"}
    wide = {Role.HANDLER: None, Role.REPORTER: "case-absorbed", Role.MERGED: "no-such-message"}
    assert told(ABSORBED, {WAY[0]: wide}) == {Role.HANDLER: None, Role.REPORTER: "case-absorbed"}
    near: dict[Role, str | None] = {Role.HANDLER: "case-released", Role.REPORTER: None}
    assert told(ABSORBED, {WAY[1]: near, WAY[0]: wide, "sanchajie/shangdu": {Role.MERGED: "case-absorbed"}}) == near


def test_no_decision_takes_a_legal_notice_away_however_it_came_there() -> None:
    nothing: dict[Role, str | None] = {Role.HANDLER: None, Role.REPORTER: None}
    assert told(ROUTED, {WAY[2]: nothing}) == {Role.HANDLER: "case-yours", Role.REPORTER: None}
    assert told(ROUTED, {WAY[0]: {Role.HANDLER: "case-routed"}})[Role.HANDLER] == "case-yours"
    added = {WAY[0]: {Role.HANDLER: "case-yours"}, WAY[1]: {Role.HANDLER: None}}
    assert told(ABSORBED, added) == {Role.HANDLER: "case-yours"}  # type: ignore[arg-type]
    here = {Role.HANDLER: Telling("case-yours")}
    for template in (None, "case-routed"):
        with pytest.raises(LegalRoleError, match="case-yours is a legal notice"):
            require_free(here, Role.HANDLER, template, WORDS.rules)
    require_free(here, Role.HANDLER, "case-yours", WORDS.rules)
    require_free(here, Role.REPORTER, None, WORDS.rules)


def test_every_event_has_the_roles_of_the_packaged_rules_and_none_that_its_reaction_knows_nothing_of() -> None:
    for event, roles in WORDS.rules.events.items():
        assert roles.keys() <= roles_of(CATALOGUE[event].model), event
    issue = {Role.REPORTER, Role.MERGED, Role.HANDLER, Role.INSPECTOR}
    for model, reaction in REACTIONS.items():
        if event_type(model).name in WORDS.rules.events and reaction in (tell_those_named, tell_those_invited):
            assert not roles_of(model) & issue, model
        if reaction is tell_those_concerned:
            assert roles_of(model) >= issue, model
            assert Role.PLACE not in roles_of(model)
    assert roles_of(MeetingCalled) == {Role.INVITED}


def test_a_message_fits_events_that_say_all_it_asks_for() -> None:
    check_fit("case-absorbed", WORDS, "linli.case.resumed.v1")
    with pytest.raises(DraftError, match=r"its body in zh-Hans: it asks for .*reason") as refused:
        check_fit("case-supervised", WORDS, CLOSED)
    assert refused.value.field == "template"


def test_a_text_of_a_message_has_to_fit_the_events_too_that_staff_have_decided_for_it() -> None:
    decided: Decisions = {CLOSED: {WAY[1]: {Role.REPORTER: "case-absorbed"}}, ROUTED: {WAY[1]: {Role.REPORTER: None}}}
    samples = samples_of("case-absorbed", WORDS.rules, events_decided("case-absorbed", decided))
    assert samples.keys() == {ABSORBED, CLOSED}


@pytest.fixture
async def ground(settings: NotifySettings) -> AsyncIterator[Ground]:
    async with ground_on(settings) as made:
        yield made


@pytest.fixture
async def client(settings: NotifySettings, bus_url: str) -> AsyncIterator[AsyncClient]:
    app = create_app(settings.model_copy(update={"role": "api"}), open_transport(bus_url), channels={})
    async with app.router.lifespan_context(app), speaking_to(app) as made:
        yield made


async def shown(client: AsyncClient, staff: dict[str, str], event: str, area: str) -> dict[str, Any]:
    rules = (await client.get("/v1/rules", headers=staff, params={"area": area})).json()
    [its] = [one["roles"] for one in rules if one["event"] == event]
    return {one["role"]: (one["template"], one["decided_in"]) for one in its}


async def test_a_message_is_added_for_a_role_and_taken_away_in_an_area_and_below(
    client: AsyncClient, ground: Ground, token: Token
) -> None:
    staff, path = token("staff"), f"/v1/rules/{ABSORBED}"
    nothing, added = ({"area": "sanchajie/jinpu", "template": one} for one in (None, "case-absorbed"))
    assert (await client.put(f"{path}/handler", headers=staff, json=nothing)).status_code == 204
    assert (await client.put(f"{path}/reporter", headers=staff, json=added)).status_code == 204
    below = await shown(client, staff, ABSORBED, "sanchajie/jinpu/lianbang")
    assert below["handler"] == (None, "sanchajie/jinpu")
    assert below["reporter"] == ("case-absorbed", "sanchajie/jinpu")
    assert (await shown(client, staff, ABSORBED, "sanchajie"))["handler"] == ("case-absorbed", None)
    listed = (await client.get("/v1/templates", headers=staff, params={"area": "sanchajie/jinpu"})).json()
    [its] = [one["told_by"] for one in listed if one["template"] == "case-absorbed"]
    assert its == {ABSORBED: ["reporter"]}

    asked: list[str] = []
    sqlalchemy_event.listen(
        ground.engine.sync_engine, "before_cursor_execute", lambda *what: asked.append(str(what[2]))
    )
    issues = [await ground.issue() for _ in range(2)]
    absorbed = next(one for one in builders.everything(issues[0]) if event_type(type(one)).name == ABSORBED)
    await ground.contact()
    await ground.contact("post:sanchajie/jinpu")
    for issue in issues:
        await ground.tell(absorbed.model_copy(update={"case_id": issue}), issue)
    assert [row.recipient.partition(":")[0] for row in await ground.log()] == ["reporter", "reporter"]
    # A process asks when it begins, and never again for an event.
    assert len([one for one in asked if "FROM decisions" in one]) == 1

    assert (
        await client.delete(f"{path}/handler", headers=staff, params={"area": "sanchajie/jinpu"})
    ).status_code == 204
    assert (await shown(client, staff, ABSORBED, "sanchajie/jinpu"))["handler"] == ("case-absorbed", None)
    history = (await client.get(f"{path}/decisions", headers=staff)).json()
    assert [(one["role"], one["template"], one["dropped"], one["made_by"]) for one in history] == [
        ("handler", None, True, "li-jinpu"),
        ("reporter", "case-absorbed", False, "li-jinpu"),
        ("handler", None, False, "li-jinpu"),
    ]


async def test_a_decision_of_another_process_is_heard_of(
    client: AsyncClient, settings: NotifySettings, bus_url: str, token: Token
) -> None:
    staff, path = token("staff"), f"/v1/rules/{CLOSED}/handler"
    app = create_app(settings.model_copy(update={"role": "api"}), open_transport(bus_url), channels={})
    async with app.router.lifespan_context(app), speaking_to(app) as other:
        assert (await shown(other, staff, CLOSED, "sanchajie"))["handler"] == ("case-closed", None)
        await client.put(path, headers=staff, json={"area": "sanchajie", "template": None})

        async def heard() -> bool:
            return bool((await shown(other, staff, CLOSED, "sanchajie"))["handler"] == (None, "sanchajie"))

        await eventually(heard, "the decision", seconds=10)


async def test_decisions_that_cannot_be_are_refused(client: AsyncClient, token: Token, issuer: Any) -> None:
    staff, here = token("staff"), "sanchajie/jinpu"
    far = issuer.mint("li-far", name="测试", roles=("staff",), areas=["sanchajie/shangdu"], department=None)
    for event, role, area, template, status, field in (
        (ROUTED, "handler", here, None, 422, "template"),
        (ROUTED, "handler", here, "case-routed", 422, "template"),
        (ROUTED, "volunteer", here, "case-yours", 422, "role"),
        (ROUTED, "mayor", here, "case-yours", 422, "role"),
        (ROUTED, "reporter", here, "no-such-message", 422, "template"),
        (ROUTED, "reporter", here, "contact-code", 422, "template"),
        (CLOSED, "inspector", here, "case-supervised", 422, "template"),
        (ROUTED, "reporter", "nowhere", None, 404, None),
        ("linli.case.vanished.v1", "reporter", here, None, 404, None),
        ("linli.grid.unit-changed.v1", "reporter", here, None, 404, None),
    ):
        sent = {"area": area, "template": template}
        answer = await client.put(f"/v1/rules/{event}/{role}", headers=staff, json=sent)
        assert answer.status_code == status, (event, role, answer.text)
        errors = answer.json().get("errors", [{"field": None}])
        assert errors[0]["field"] == field, answer.text
    sent, path = {"area": here, "template": None}, f"/v1/rules/{CLOSED}/handler"
    assert (await client.put(path, headers={"Authorization": f"Bearer {far}"}, json=sent)).status_code == 403
    assert (await client.put(path, headers=token("handler"), json=sent)).status_code == 403
    assert (await client.put(path, json=sent)).status_code == 401
    assert (await client.get(f"/v1/rules/{CLOSED}/decisions", headers=staff)).json() == []
