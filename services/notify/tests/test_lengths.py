"""Each message fits each channel in each language, however much people wrote: only of what they wrote is some cut."""

from importlib.metadata import entry_points
from typing import Any

import pytest

from linli.contracts import CATALOGUE
from linli.district import load_district
from linli.district.known import KnownDistrict
from notify.channels.loading import GROUP
from notify.channels.port import Channel, Traits
from notify.channels.sms import SmsSettings
from notify.composing import one_line, shortened
from notify.samples import samples_of
from notify.wording import LANGUAGES, load_words

WORDS = load_words(KnownDistrict.of(load_district()))
SETTINGS: dict[str, dict[str, Any]] = {
    "email": {"host": "localhost", "sender": "linli@example.org"},
    "sms": {"url": "http://localhost", "templates": {}},
    "web-push": {"vapid_key": "A" * 42 + "E", "contact": "mailto:ops@example.org"},
}
WRITTEN = "字"
"""What people write, so often as the event lets them."""

FREE = 100
"""From how many characters on a field holds what people wrote."""


def made(name: str) -> Traits:
    [point] = entry_points(group=GROUP, name=name)
    channel: Channel = point.load()(SETTINGS.get(name, {}))
    return channel.traits


CHANNELS = {each.name: made(each.name) for each in entry_points(group=GROUP)}
NAMED = {"area", "category", "above", "unit", "from_unit", "to_unit"}
"""What readers know by names of the district, which are short."""


def at_most(event: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return what an event says, each field that people write as long as it may be."""
    schema = CATALOGUE[event].model.model_json_schema()["properties"] if event in CATALOGUE else {}
    said = dict(params)
    for name in schema.keys() & params.keys() - NAMED:
        kinds = [schema[name], *schema[name].get("anyOf", ())]
        longest = max(one.get("maxLength", 0) for one in kinds)
        if isinstance(params[name], str) and longest >= FREE:
            said[name] = WRITTEN * longest
    return said


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_cut_for_a_channel_is_what_people_wrote(language: str, channel: str) -> None:
    traits = CHANNELS[channel]
    for template in sorted(WORDS.rules.templates):
        for event, params in samples_of(template, WORDS.rules).items():
            said = WORDS.render(template, at_most(event, dict(params)), language, channel)
            assert len(one_line(said.title)) <= traits.most_title, (template, event)
            kept = shortened(said.body, traits.most_body)
            assert len(kept) <= traits.most_body
            lost = said.body[len(kept) - 1 :] if len(kept) < len(said.body) else ""
            assert not lost.strip(WRITTEN + "。."), (template, event, len(said.body))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_title_fits_a_parameter_of_a_text_message(language: str) -> None:
    most = SmsSettings.model_validate(SETTINGS["sms"]).most_param
    for template in WORDS.rules.templates:
        for event, params in samples_of(template, WORDS.rules).items():
            assert len(WORDS.render(template, params, language, "sms").title) <= most, (template, event)


def test_messages_that_are_too_long_for_a_text_message_have_shorter_words_there_in_every_language() -> None:
    for language in LANGUAGES:
        own = {
            name
            for name in WORDS.rules.templates
            if WORDS.wording(name, language, "sms") != WORDS.wording(name, language)
        }
        assert own == {"return-visit", "please-inspect", "task-yours", "line-matched", "line-separated"}
