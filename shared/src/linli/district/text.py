"""Words that residents read, in the languages of the suite."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Wording = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


class Text(BaseModel):
    """One wording in simplified Chinese and, where the deployment has them, traditional Chinese and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh_hans: Wording
    zh_hant: Wording | None = None
    en: Wording | None = None

    def in_language(self, tag: str) -> str:
        """Return the wording for a BCP 47 tag such as ``zh-Hant-HK``.

        A language without a wording falls back: traditional to simplified Chinese, all but Chinese to English and
        then to simplified Chinese.
        """
        tag = tag.lower().replace("_", "-")
        if tag.startswith(TRADITIONAL):
            return self.zh_hant or self.zh_hans
        if tag.partition("-")[0] == "zh":
            return self.zh_hans
        return self.en or self.zh_hans
