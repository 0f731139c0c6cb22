"""Every event and every field can be named in every language."""

from typing import get_args

import pytest

from linli.contracts import CATALOGUE, EventType
from linli.contracts.labels import FIELDS, HEADINGS
from linli.contracts.sentences import CHINESE, says
from linli.contracts.wording import LanguageTag, Wording


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_what_an_event_says_is_said_in_every_language(kind: EventType) -> None:
    said = {says(kind.model, language) for language in get_args(LanguageTag)}
    assert all(sentence.strip() for sentence in said)
    assert says(kind.model, "en").endswith(".")
    assert says(kind.model, "zh-Hans").endswith("。")
    assert says(kind.model, "zh-Hant").endswith("。")


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_a_sentence_names_only_fields_that_the_event_has(kind: EventType) -> None:
    for language in get_args(LanguageTag):
        named = set(says(kind.model, language).split("`")[1::2]) - {other.key_words for other in CATALOGUE.values()}
        assert named <= set(kind.model.model_fields), language


def test_no_sentence_is_about_an_event_that_does_not_exist() -> None:
    assert set(CHINESE) == {kind.model for kind in CATALOGUE.values()}


def test_every_field_has_a_label_and_every_label_a_field() -> None:
    assert set(FIELDS) == {field for kind in CATALOGUE.values() for field in kind.model.model_fields}


@pytest.mark.parametrize("wording", [*FIELDS.values(), *HEADINGS.values()])
def test_a_label_is_said_in_every_language(wording: Wording) -> None:
    assert all(words.strip() for words in wording)
    assert wording.in_language("en").isascii()
