import pytest

from linli.chassis.language import choose_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-Hans"),
        ("", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK,en;q=0.8", "zh-Hant"),
        ("zh-mo", "zh-Hant"),
        ("zh-Hant-CN", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"),
        ("en-GB", "en"),
        ("fr, en;q=0.5", "en"),
        ("en;q=0.1, zh-Hant;q=0.9", "zh-Hant"),
        ("en;q=0, zh-TW;q=0.1", "zh-Hant"),
        ("fr", "zh-Hans"),
        ("*", "zh-Hans"),
        ("en;q=nonsense", "zh-Hans"),
        (";;,,=;q=", "zh-Hans"),
    ],
)
def test_the_language_that_is_liked_best_is_chosen(header: str | None, language: str) -> None:
    assert choose_language(header) == language
