"""Chinese and English are found by what people type."""

import pytest

from intake.domain.searching import wanted, words_of


def test_chinese_is_found_by_each_two_characters() -> None:
    assert words_of("楼顶漏雨，3号楼") == ["3", "号楼", "楼", "楼顶", "漏雨", "雨", "顶漏"]


def test_traditional_and_simplified_characters_are_one() -> None:
    assert words_of("樓頂漏雨，３號樓，乾隆") == words_of("楼顶漏雨，3号楼，干隆")
    assert wanted("電梯") == wanted("电梯") == "'电梯'"


def test_english_is_found_by_its_words_in_any_case_and_width() -> None:
    assert words_of("Roof LEAKS in Ｂ１!", None) == ["b1", "in", "leaks", "roof"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("楼顶漏雨", "'楼顶' & '顶漏' & '漏雨'"),
        ("漏", "'漏':*"),
        ("leak", "'leak':*"),
        ("Roof 漏雨 roof", "'roof':* & '漏雨'"),
        ("3号楼", "'3':* & '号楼'"),
        ("'); drop table issues; --", "'drop':* & 'table':* & 'issues':*"),
        ("a:*|b & !c <-> \\d '", "'a':* & 'b':* & 'c':* & 'd':*"),
        ("?? ，。 🙂", None),
        ("x" * 100, f"'{'x' * 40}':*"),
    ],
)
def test_what_is_typed_becomes_a_query_and_nothing_else(text: str, query: str | None) -> None:
    assert wanted(text) == query


def test_no_more_is_looked_for_than_twelve_words() -> None:
    assert len((wanted("".join(map(chr, range(0x4E00, 0x4E40)))) or "").split(" & ")) == 12
