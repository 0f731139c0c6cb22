"""Staff write texts and try them first; none can run long, read what it may not, or ask for what is not said."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from httpx import AsyncClient
from jinja2 import UndefinedError

from linli.district import load_district
from linli.district.known import KnownDistrict
from linli.messaging.connect import open_transport
from linli.testing.waiting import eventually
from notify.channels.port import Traits
from notify.domain.rules import Texts, Wording
from notify.drafts import DraftError, check_draft
from notify.main import create_app
from notify.samples import samples_of
from notify.settings import NotifySettings
from notify.wording import LANGUAGES, Words, load_words, nearest

from . import builders
from .conftest import speaking_to
from .outside import FakeChannel, ground_on

WORDS = load_words(KnownDistrict.of(load_district()))
TOKEN = Callable[..., dict[str, str]]
CHANNELS = ("email", "sms", "wecom", "dingtalk", "feishu", "webhook", "web-push")
YOURS = "/v1/templates/case-yours"
SHORT = {"language": "en", "channel": "sms", "title": "Yours", "body": "{{ category }} by {{ deadline }}"}


def checked(body: str, template: str = "case-yours", *, title: str = "t", most_body: int = 4000) -> None:
    samples = samples_of(template, WORDS.rules)
    check_draft(Wording(title=title, body=body), WORDS, samples, "en", most_title=60, most_body=most_body)


@pytest.mark.parametrize("template", sorted(WORDS.rules.templates))
def test_every_packaged_text_is_one_that_staff_could_write_and_fits_every_channel(template: str) -> None:
    samples = samples_of(template, WORDS.rules)
    for language in LANGUAGES:
        texts = [WORDS.wording(template, language, channel) for channel in CHANNELS]
        for text in {text.title + text.body: text for text in texts}.values():
            check_draft(text, WORDS, samples, language, most_title=60, most_body=600)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{% for a in range(10**9) %}x{% endfor %}", "may not be in a text|only what the event says"),
        ("{% for a in 'x' * 999999 %}x{% endfor %}", "mul may not be in a text|only what the event says"),
        ("{{ 'x' * 10**12 }}", "mul may not be in a text"),
        ("{{ 10**10**10 }}", "pow may not be in a text"),
        ("{{ category ~ range }}", "it asks for range"),
        ("{{ 'x' | replace('x', 'xx') | replace('x', 'xx') }}", "replace may not be in a text"),
        ("{{ category.__class__.__mro__ }}", "__mro__ may not be read|__class__ may not be read"),
        ("{{ category['__class__'] }}", "getitem may not be in a text"),
        ("{{ category.format(area) }}", "call may not be in a text"),
        ("{{ category | attr('__class__') }}", "attr may not be in a text"),
        ("{{ category | center(100000000) }}", "center may not be in a text"),
        ("{{ category | replace('', 'xxxx') | replace('', 'xxxx') }}", "replace may not be in a text"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "may not be in a text"),
        ("{% include 'x' %}", "include may not be in a text"),
        ("{% set x = 1 %}x", "assign may not be in a text"),
        ("{{ catgory }}", "it asks for catgory; there is area, category"),
        ("{{ category | plural('a', 'b') }}", "cannot be made of an example: TypeError"),
        ("{{ 1 | plural('a') }}", "cannot be made of an example: TypeError"),
        ("{{ 1 | plural('a', 'b' * 10**9) }}", "mul may not be in a text"),
        ("{{ 1 | plural('a', nobody_said) }}", "it asks for nobody_said"),
        ("{% if %}", "line 1"),
        ("{{ category", "line 1"),
        ("   {# nothing #}   ", "0 characters|it must be 1 to"),
    ],
)
def test_a_text_that_runs_long_or_asks_too_much_is_refused(body: str, says: str) -> None:
    with pytest.raises(DraftError, match=says):
        checked(body)


def test_loops_within_loops_and_titles_of_two_lines_are_refused() -> None:
    loop = "{% for one in nearest %}{{ one.area }}{% endfor %}"
    checked(loop, "department-digest")
    with pytest.raises(DraftError, match="a loop may not be in a loop"):
        checked(f"{{% for one in nearest %}}{loop}{{% endfor %}}", "department-digest")
    with pytest.raises(DraftError, match="only what the event says"):
        checked("{% for one in (1, 2) %}x{% endfor %}", "department-digest")
    with pytest.raises(DraftError, match="one line"):
        checked("b", title="t\nBcc: all@example.org")
    with pytest.raises(DraftError, match="of an example it makes"):
        checked("{{ category }}" + "x" * 50, most_body=50)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_as_the_language_writes_them(language: str) -> None:
    text = Wording(title="{{ wanted }}", body="{{ 0.5 }} {{ title }} {% if wanted > 1000 %}many{% endif %}")
    said = WORDS.say(text, {"wanted": 12345, "title": "12345"}, language)
    assert (said.title, said.body) == ("12,345", "0.5 12345 many")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("zh-HK", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-MO", "zh-Hant"),
        ("zh_CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
        ("tlh", "zh-Hans"),
        ("", "zh-Hans"),
    ],
)
def test_whoever_reads_another_language_is_told_in_the_nearest(asked: str, told: str) -> None:
    assert nearest(asked) == told
    assert WORDS.render("case-yours", params(), asked).title == WORDS.render("case-yours", params(), told).title


def params() -> dict[str, Any]:
    return dict(samples_of("case-yours", WORDS.rules)["linli.case.routed.v1"])


def test_a_channel_has_words_of_its_own_and_those_of_staff_come_first() -> None:
    packaged = {name: WORDS.wording(name, "en").model_dump() for name in WORDS.rules.templates}
    packaged["case-yours"]["channels"] = {"sms": {"title": "sms", "body": "packaged"}}
    texts = dict.fromkeys(LANGUAGES, Texts.model_validate(packaged))
    words = Words(WORDS.rules, texts, WORDS._district)
    said = {channel: words.render("case-yours", params(), "en", channel).title for channel in ("sms", "email")}
    assert said == {"sms": "sms", "email": "A case is yours"}
    words.edits.of = {("case-yours", "en", "*"): Wording(title="ours", body="b")}
    assert [words.render("case-yours", params(), "en", one).title for one in ("sms", "email")] == ["sms", "ours"]
    words.edits.of = {("case-yours", "en", "sms"): Wording(title="ours", body="{{ nobody_said }}")}
    with pytest.raises(UndefinedError):
        words.of(KnownDistrict.of(load_district())).render("case-yours", params(), "en", "sms")


@pytest.fixture
async def client(settings: NotifySettings, bus_url: str) -> AsyncIterator[AsyncClient]:
    answering = settings.model_copy(update={"role": "api"})
    channels = {"sms": FakeChannel(traits=Traits(20, 60))}
    app = create_app(answering, open_transport(bus_url), channels=channels)
    async with app.router.lifespan_context(app), speaking_to(app) as made:
        yield made


async def test_staff_try_a_text_write_it_and_go_back(client: AsyncClient, token: TOKEN) -> None:
    staff = token("staff")
    draft = {"language": "en", "channel": "sms", "draft": {"title": "Yours", "body": SHORT["body"]}}
    tried = (await client.post(f"{YOURS}/preview", headers=staff, json=draft)).json()
    assert tried == [{"event": "linli.case.routed.v1", "title": "Yours", "body": "Roof leak by 9 March 2026 17:00"}]
    assert (await client.get(f"{YOURS}/texts", headers=staff)).json() == []
    for after, title in enumerate(("Yours", "It is yours")):
        answer = await client.put(f"{YOURS}/texts", headers=staff, json={**SHORT, "title": title, "after": after})
        assert answer.json() == {"version": after + 1}

    async def shown(at: AsyncClient, channel: str = "sms") -> str:
        asked = {"language": "en", "channel": channel}
        return str((await at.post(f"{YOURS}/preview", headers=staff, json=asked)).json()[0]["title"])

    assert (await shown(client), await shown(client, "*")) == ("It is yours", "A case is yours")
    stale = await client.put(f"{YOURS}/texts", headers=staff, json={**SHORT, "after": 1})
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    back = {"language": "en", "channel": "sms", "version": 1}
    assert (await client.post(f"{YOURS}/rollback", headers=staff, json=back)).json() == {"version": 3}
    versions = (await client.get(f"{YOURS}/texts", headers=staff)).json()
    assert [(one["version"], one["title"]) for one in versions] == [(3, "Yours"), (2, "It is yours"), (1, "Yours")]

    async def caught_up() -> bool:
        return await shown(client) == "Yours"

    await eventually(caught_up, "the earlier text", seconds=10)
    assert (await client.post(f"{YOURS}/rollback", headers=staff, json={**back, "version": 9})).status_code == 404
    assert (await client.post(f"{YOURS}/rollback", headers=staff, json={**back, "version": 0})).json()["version"] == 4


async def test_texts_that_cannot_be_used_are_refused_with_their_field(client: AsyncClient, token: TOKEN) -> None:
    staff = token("staff")
    refused: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({"body": "{% for a in range(9) %}{% endfor %}"}, 422, "body"),
        ({"title": "x" * 21}, 422, "title"),
        ({"body": "{{ category }} " + "x" * 60}, 422, "body"),
        ({"language": "tlh"}, 422, "language"),
        ({"channel": "pigeon"}, 422, "channel"),
    )
    for change, status, field in refused:
        answer = await client.put(f"{YOURS}/texts", headers=staff, json={**SHORT, "after": 0, **change})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text
    body = {**SHORT, "after": 0}
    assert (await client.put("/v1/templates/nothing/texts", headers=staff, json=body)).status_code == 404
    assert (await client.put(f"{YOURS}/texts", headers=token("handler"), json=body)).status_code == 403
    assert (await client.put(f"{YOURS}/texts", json=body)).status_code == 401
    assert (await client.get(f"{YOURS}/texts", headers=staff)).json() == []


async def test_how_a_message_is_told_is_decided_by_area(
    client: AsyncClient, settings: NotifySettings, token: TOKEN, issuer: Any
) -> None:
    staff = token("staff")
    manner = {"urgent": True, "channels": ["sms"], "escalate": {"after_min": 30, "channel": "sms"}}
    decided = {"area": "sanchajie/jinpu", "manner": manner}
    assert (await client.put(f"{YOURS}/manner", headers=staff, json=decided)).status_code == 204

    async def told_in(area: str) -> dict[str, Any]:
        rows = (await client.get("/v1/templates", headers=staff, params={"area": area})).json()
        [its] = [row["manner"] for row in rows if row["template"] == "case-yours"]
        return dict(its)

    assert await told_in("sanchajie/jinpu/lianbang") == manner
    assert (await told_in("sanchajie"))["urgent"] is False
    for wrong, status in (
        ({**decided, "area": "nowhere"}, 404),
        ({**decided, "manner": {**manner, "channels": ["pigeon"]}}, 422),
        ({**decided, "manner": {**manner, "escalate": {"after_min": 0, "channel": "sms"}}}, 422),
    ):
        assert (await client.put(f"{YOURS}/manner", headers=staff, json=wrong)).status_code == status
    far = issuer.mint("li-far", name="测试", roles=("staff",), areas=["sanchajie/jinpu"], department=None)
    elsewhere = {"Authorization": f"Bearer {far}"}
    above = {**decided, "area": "sanchajie"}
    assert (await client.put(f"{YOURS}/manner", headers=elsewhere, json=above)).status_code == 403
    async with ground_on(settings) as ground:
        await ground.contact("post:sanchajie/jinpu", "sms")
        issue = await ground.issue()
        await ground.tell(builders.routed(issue), issue)
        [row] = await ground.log()
        assert (row.channel, row.urgent, row.state) == ("sms", True, "waiting")
    params = {"area": "sanchajie/jinpu"}
    assert (await client.delete(f"{YOURS}/manner", headers=staff, params=params)).status_code == 204
    assert (await told_in("sanchajie/jinpu"))["urgent"] is False
