"""Every message can be said in every language, and rules and texts fit each other."""

from uuid import UUID

import pytest
from jinja2 import Environment, UndefinedError, meta
from jinja2.exceptions import SecurityError
from pydantic import ValidationError

from linli.contracts import (
    CaseReopened,
    CaseWarned,
    CategoryChanged,
    DispatchRequested,
    DispatchWithdrawn,
    EventData,
    TeamChanged,
    TeamJoined,
    TeamLeft,
    UnitChanged,
    event_type,
)
from linli.contracts.examples import EXAMPLES
from linli.district import load_district
from linli.district.known import KnownDistrict
from notify.domain.rules import TOLD_BY_NONE, Rules, Texts, Wording
from notify.reactions import REACTIONS, tell_those_named
from notify.telling import UNTOLD
from notify.wording import LANGUAGES, WordingError, Words, load_words

from .builders import WHERE, everything

DISTRICT = KnownDistrict.of(load_district())
WORDS = load_words(DISTRICT)
EVENTS = everything(UUID(int=1))
OF_VOLUNTEERS = [one for one in EXAMPLES if REACTIONS.get(type(one)) is tell_those_named]


def texts(**changed: dict[str, str]) -> dict[str, Texts]:
    said = {template: {"title": "t", "body": "b"} for template in ("issue-received", *TOLD_BY_NONE)} | changed
    return {language: Texts.model_validate(said) for language in LANGUAGES}


RULES = Rules.model_validate({"events": {"linli.issue.reported.v1": {"reporter": "issue-received"}}})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("data", [*EVENTS, *OF_VOLUNTEERS], ids=lambda data: type(data).__name__)
def test_every_message_is_said_whole_in_every_language(data: EventData, language: str) -> None:
    params = data.model_dump(mode="json", exclude=UNTOLD)
    for template in WORDS.rules.events.get(event_type(type(data)).name, {}).values():
        rendered = WORDS.render(template, params, language)
        assert rendered.title
        assert rendered.body
        assert "{" not in rendered.body
        assert "facility.roof-leak" not in rendered.body
        assert "sanchajie" not in rendered.body


@pytest.mark.parametrize("template", sorted(WORDS.rules.templates))
def test_a_message_says_the_same_things_in_every_language(template: str) -> None:
    parsed = Environment(autoescape=True)
    parsed.filters["plural"] = str
    for channel in ("*", "sms"):
        said = [
            meta.find_undeclared_variables(parsed.parse(WORDS.wording(template, language, channel).body))
            for language in LANGUAGES
        ]
        assert said[0] == said[1] == said[2]


def test_a_message_says_who_found_a_case_not_done() -> None:
    data = next(one for one in EVENTS if isinstance(one, CaseReopened))
    said = {
        by: WORDS.render("rework", {**data.model_dump(mode="json"), "by": by}, "en").body
        for by in ("reporter", "inspection")
    }
    assert "Thank you for your answer" in said["reporter"]
    assert "Thank you for your answer" not in said["inspection"]


def test_what_is_not_late_yet_is_not_called_overdue() -> None:
    data = next(one for one in EVENTS if isinstance(one, CaseWarned))
    titles = {
        percent: WORDS.render("time-is-up", {**data.model_dump(mode="json"), "percent": percent}, "en").title
        for percent in (50, 100)
    }
    assert titles == {50: "Time is passing beneath you", 100: "Overdue beneath you"}


def test_every_event_with_a_rule_is_listened_to_and_of_others_what_departments_and_district_are_kept_by() -> None:
    telling = REACTIONS.keys() - {
        *(UnitChanged, CategoryChanged, DispatchRequested, DispatchWithdrawn, TeamChanged, TeamJoined, TeamLeft)
    }
    assert {event_type(model).name for model in telling} == set(WORDS.rules.events)


def test_the_languages_speak_differently() -> None:
    params = EVENTS[0].model_dump(mode="json", exclude=UNTOLD)
    assert len({WORDS.render("issue-received", params, language).body for language in LANGUAGES}) == 3


def test_an_unknown_language_is_answered_in_simplified_chinese() -> None:
    params = EVENTS[0].model_dump(mode="json", exclude=UNTOLD)
    assert WORDS.render("issue-received", params, "fr") == WORDS.render("issue-received", params, "zh-Hans")


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-Hans", "2026年3月9日 17:00"), ("zh-Hant", "2026年3月9日 17:00"), ("en", "9 March 2026 17:00")],
)
def test_a_deadline_is_told_in_local_time_and_as_the_language_writes_it(language: str, said: str) -> None:
    params = EVENTS[1].model_dump(mode="json", exclude=UNTOLD)
    assert said in WORDS.render("case-yours", params, language).body


@pytest.mark.parametrize(("wanted", "said"), [(1, "wants 1 volunteer;"), (3, "wants 3 volunteers;")])
def test_a_number_goes_with_its_noun(wanted: int, said: str) -> None:
    assert said in WORDS.render("helpers-sought", {**WHERE, "wanted": wanted}, "en").body


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ["0 places", "1 place", "2 places"]), ("zh-Hans", ["0 places", "1 places", "2 places"])],
)
def test_which_word_goes_with_a_number_is_decided_by_the_language(language: str, said: list[str]) -> None:
    text = Wording(title="t", body="{{ free }} {{ free | plural('place', 'places') }}")
    assert [WORDS.say(text, {"free": number}, language).body for number in range(3)] == said


@pytest.mark.parametrize("event", ["linli.case.vanished.v1", "case.routed"])
def test_a_rule_for_an_event_that_does_not_exist_is_refused(event: str) -> None:
    with pytest.raises(ValidationError, match=event):
        Rules.model_validate({"events": {event: {}}})


def test_a_rule_for_somebody_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="mayor"):
        Rules.model_validate({"events": {"linli.issue.reported.v1": {"mayor": "issue-received"}}})


def test_a_missing_and_an_unused_text_are_refused_by_name() -> None:
    with pytest.raises(WordingError, match="case-yours"):
        Words(Rules.model_validate({"events": {"linli.case.routed.v1": {"handler": "case-yours"}}}), texts(), DISTRICT)
    with pytest.raises(WordingError, match="never-said"):
        Words(RULES, texts(**{"never-said": {"title": "t", "body": "b"}}), DISTRICT)


@pytest.mark.parametrize(
    ("body", "error"),
    [("{{ nobody_said_this }}", UndefinedError), ("{{ category.__class__.__mro__ }}", SecurityError)],
)
def test_a_text_that_asks_for_what_it_may_not_have_fails(body: str, error: type[Exception]) -> None:
    words = Words(RULES, texts(**{"issue-received": {"title": "t", "body": body}}), DISTRICT)
    with pytest.raises(error):
        words.render("issue-received", EVENTS[0].model_dump(mode="json", exclude=UNTOLD), "en")


def test_what_a_reporter_wrote_is_code_in_no_template() -> None:
    words = Words(RULES, texts(**{"issue-received": {"title": "t", "body": "{{ outcome }}"}}), DISTRICT)
    params = {"category": "x.y", "outcome": "{{ 7 * 7 }}"}
    assert words.render("issue-received", params, "en").body == "{{ 7 * 7 }}"
