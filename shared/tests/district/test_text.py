"""Wordings and how a language without one is served."""

import pytest

from linli.district import Text

FULL = Text(zh_hans="楼栋", zh_hant="樓棟", en="building")
PLAIN = Text(zh_hans="楼栋")


@pytest.mark.parametrize(
    ("tag", "wording"),
    [
        ("zh-Hans", "楼栋"),
        ("zh-CN", "楼栋"),
        ("zh", "楼栋"),
        ("zh-Hant", "樓棟"),
        ("zh_HK", "樓棟"),
        ("zh-Hant-TW", "樓棟"),
        ("en-GB", "building"),
        ("fr", "building"),
    ],
)
def test_each_language_has_its_wording(tag: str, wording: str) -> None:
    assert FULL.in_language(tag) == wording


@pytest.mark.parametrize("tag", ["zh-Hant", "en", "fr", "zh-Hans"])
def test_simplified_chinese_serves_where_a_wording_is_missing(tag: str) -> None:
    assert PLAIN.in_language(tag) == "楼栋"
