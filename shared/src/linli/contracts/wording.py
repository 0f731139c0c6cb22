"""The languages of the suite, and words in each of them."""

from typing import Literal, NamedTuple

LanguageTag = Literal["zh-Hans", "zh-Hant", "en"]


class Wording(NamedTuple):
    """One thing said in every language of the suite."""

    zh_hans: str
    zh_hant: str
    en: str

    def in_language(self, language: LanguageTag) -> str:
        """Return the words for a language."""
        return {"zh-Hans": self.zh_hans, "zh-Hant": self.zh_hant, "en": self.en}[language]
