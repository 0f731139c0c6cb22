"""What a text is found by.

Chinese is written without spaces. Instead of a dictionary, which knows neither the names of compounds nor the words of
last year, each two neighbouring characters are a word: 楼顶漏雨 is found by 楼顶, 顶漏 and 漏雨, and whoever looks for
楼顶漏 finds what has 楼顶 and 顶漏. The last character of a run is a word of its own, so that each one begins a word.
"""

import re
from collections.abc import Iterator

from intake.domain.folding import folded

MOST_WORDS = 12
"""That are looked for at once."""

MAX_WORD = 40

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af々〇"
_RUNS = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")


def words_of(*texts: str | None) -> list[str]:
    """Return the words by which texts are found, each once, in order of the alphabet."""
    return sorted({word for text in texts if text for word in _indexed(text)})


def wanted(text: str) -> str | None:
    """Return what is looked for as PostgreSQL's ``tsquery``; None where the text has nothing to look for.

    All of it must be there. A word in letters or digits is found by its beginning, so ``leak`` finds ``leaking``.
    """
    looked_for = dict.fromkeys(word for run in _runs(text) for word in _asked(run))
    return " & ".join(list(looked_for)[:MOST_WORDS]) or None


def _runs(text: str) -> Iterator[re.Match[str]]:
    return _RUNS.finditer(folded(text))


def _indexed(text: str) -> Iterator[str]:
    for run in _runs(text):
        if han := run[1]:
            yield from (han[place : place + 2] for place in range(len(han)))
        else:
            yield run[2][:MAX_WORD]


def _asked(run: re.Match[str]) -> Iterator[str]:
    # A run has letters, digits and Chinese characters alone: nothing that a tsquery would take for its own.
    han = run[1]
    if not han:
        yield f"'{run[2][:MAX_WORD]}':*"
    elif len(han) == 1:
        yield f"'{han}':*"
    else:
        yield from (f"'{han[place : place + 2]}'" for place in range(len(han) - 1))
