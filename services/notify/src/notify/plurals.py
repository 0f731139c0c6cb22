"""What becomes of numbers in texts: how a language writes them, and the word that goes with one."""

from collections.abc import Callable

from babel import Locale
from babel.numbers import format_decimal


def plural_in(locale: Locale) -> Callable[[object, str, str], str]:
    """Return the filter of texts in a language: ``{{ wanted }} {{ wanted | plural('person', 'people') }}``.

    Which numbers go with the first word, the language decides (the rules of CLDR). It returns one of the words as
    it is, so that no text grows by it.
    """

    def plural(count: object, one: str, other: str) -> str:
        if isinstance(count, bool) or not isinstance(count, int):
            raise TypeError("plural goes by a number")
        return one if locale.plural_form(count) == "one" else other

    return plural


def written_in(locale: Locale) -> Callable[[object], object]:
    """Return what texts in a language are finished with: a number is written as the language does, all else stays."""

    def written(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return format_decimal(value, locale=locale)

    return written
