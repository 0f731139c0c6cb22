"""The sentences that explain a decision."""

from collections.abc import Iterator
from string import Formatter

import pytest

from linli.district import District, LimitKind, Urgency
from routing.domain.explanation import LIMIT_KINDS, SENTENCES, URGENCIES, Rule, RuleCode, explain
from routing.store import PARTS

from .deciding import decided

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
B3 = "sanchajie/jinpu/lianbang/b3"


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def every_decision(district: District) -> Iterator[tuple[Rule, ...]]:
    for category in (*district.categories, "facility.volcano"):
        for area in (*district.units, "elsewhere"):
            yield decided(district, category, area).explanation


def test_every_rule_has_a_sentence() -> None:
    assert {code for code, _ in SENTENCES} == set(RuleCode)


@pytest.mark.parametrize("text", SENTENCES.values(), ids=lambda text: text.en)
def test_every_sentence_says_the_same_things_in_each_language(text: object) -> None:
    wordings = {language: getattr(text, language) for language in ("zh_hans", "zh_hant", "en")}
    assert all(wordings.values())
    kept = [placeholders(wording) for wording in wordings.values()]
    assert kept[0] == kept[1] == kept[2]


def test_every_kind_of_limit_and_urgency_has_a_word_in_each_language() -> None:
    assert set(LIMIT_KINDS) == set(LimitKind)
    assert set(URGENCIES) == set(Urgency)
    assert all(word.zh_hant and word.en for words in (LIMIT_KINDS, URGENCIES) for word in words.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_can_be_explained(district: District, language: str) -> None:
    for rules in every_decision(district):
        sentences = explain(rules, language)
        assert len(sentences) == len(rules)
        assert not any("{" in sentence or "None" in sentence for sentence in sentences)


def test_explanation_reads_as_sentences_in_english(district: District) -> None:
    assert explain(decided(district, "facility.drain-blocked", B3).explanation, "en") == (
        "It is a matter of the category “Blocked drain”.",
        "The place belongs to Lianbang New Town, Building 3.",
        "Lianbang New Town, Building 3 is a building and may not settle it (compound or above is needed).",
        "Lianbang New Town is a compound and may settle it (compound or above is needed).",
        "The handler is 例联谊, Compound grid worker of Lianbang New Town.",
        "The leading department is Housing.",
        "Water co-handles it.",
        "The time limit is 14 working hours.",
        "It is not urgent.",
        "The category is not confidential.",
        "No volunteers are needed.",
    )


def test_explanation_reads_as_sentences_in_both_scripts(district: District) -> None:
    rules = decided(district, "facility.drain-blocked", B3).explanation
    assert explain(rules, "zh-Hans")[4].endswith("联邦新城小区网格员例联谊。")
    assert explain(rules, "zh-Hant")[1] == "地點屬於聯邦新城3號樓。"


def test_explanation_survives_storage_as_json(district: District) -> None:
    rules = decided(district, "dispute.neighbour", B3).explanation
    restored = PARTS["explanation"].validate_python(PARTS["explanation"].dump_python(rules, mode="json"))
    assert restored == rules
    assert explain(restored, "zh-Hant") == explain(rules, "zh-Hant")
