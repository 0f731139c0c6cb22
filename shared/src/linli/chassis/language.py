"""The language of an answer, from ``Accept-Language``."""

from typing import Annotated

from fastapi import Depends, Request

from linli.contracts.wording import LanguageTag

DEFAULT: LanguageTag = "zh-Hans"
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def choose_language(accept_language: str | None) -> LanguageTag:
    """Return the language of the suite that the header likes best; what it does not understand is passed over."""
    ranked = sorted(_ranges(accept_language or ""), key=lambda one: -one[0])
    for quality, tag in ranked:
        language = _known(tag)
        if language is not None and quality > 0:
            return language
    return DEFAULT


def _ranges(header: str) -> list[tuple[float, str]]:
    return [(_quality(parameters), tag.strip().lower()) for tag, _, parameters in _parts(header)]


def _parts(header: str) -> list[tuple[str, str, str]]:
    return [part.partition(";") for part in header[:1000].split(",")]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _known(tag: str) -> LanguageTag | None:
    primary, *rest = tag.split("-")
    if primary == "en":
        return "en"
    if primary == "*":
        return DEFAULT
    if primary != "zh":
        return None
    # A script, where one is given, says more than the region: zh-Hans-HK is simplified.
    return "zh-Hant" if "hans" not in rest and not _TRADITIONAL.isdisjoint(rest) else "zh-Hans"


async def _language(request: Request) -> LanguageTag:
    return choose_language(request.headers.get("accept-language"))


Language = Annotated[LanguageTag, Depends(_language)]
"""The language to answer in, as a parameter of a route."""
