"""From a template and what an event said to words in a language."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.resources import files
from typing import Any, TypeVar

import yaml
from babel import Locale
from babel.dates import format_date, format_skeleton
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from linli.contracts import Stage
from linli.district import Text
from linli.district.known import KnownDistrict
from linli.district.reading import SafeLoader
from notify.domain.decisions import Decisions, Telling, tellings
from notify.domain.preferences import EVERY_CHANNEL
from notify.domain.rules import Recipient, Role, Rules, Texts, Wording
from notify.plurals import plural_in, written_in

Packaged = TypeVar("Packaged", bound=BaseModel)

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
LOCALES = {
    "zh-Hans": Locale("zh", "CN", script="Hans"),
    "zh-Hant": Locale("zh", "TW", script="Hant"),
    "en": Locale("en", "GB"),
}
"""How a language writes days and times."""

UNITS = ("area", "unit", "from_unit", "to_unit")
MOMENTS = {"deadline", "due_at", "until", "starts_at", "ends_at"}
NAMES: Mapping[str, Mapping[str, Text]] = {
    "stage": {
        Stage.DISPATCH: Text(zh_hans="派单", zh_hant="派單", en="dispatch"),
        Stage.ACCEPT: Text(zh_hans="受理", zh_hant="受理", en="acceptance"),
        Stage.HANDLE: Text(zh_hans="处置", zh_hant="處置", en="handling"),
        Stage.VERIFY: Text(zh_hans="核查", zh_hant="核查", en="verification"),
        Stage.ANSWER: Text(zh_hans="回访", zh_hant="回訪", en="return visit"),
    },
    "wish": {
        "extend": Text(zh_hans="延期", zh_hant="延期", en="extend"),
        "suspend": Text(zh_hans="缓办", zh_hant="緩辦", en="suspend"),
    },
}
"""What readers call the words that events use for some fields."""


COMPILED = 1000
"""How many texts are kept compiled: more than there are in all languages."""


def _environment(locale: Locale) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=written_in(locale))
    made.globals.clear()  # texts have what the event says, and nothing to make more of it with
    made.filters["plural"] = plural_in(locale)
    return made


_ENVIRONMENTS = {language: _environment(locale) for language, locale in LOCALES.items()}


class WordingError(Exception):
    """Rules and texts do not fit each other; says what is missing or too much, and in which language."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is shown; ``values`` are what it is made of, as readers see them."""

    title: str
    body: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Edits:
    """What staff have written, by template, language and channel; it is the same for all that read it.

    ``decisions`` are those of which event tells whom. Before it was ``read`` once, neither is known.
    """

    of: Mapping[tuple[str, str, str], Wording] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=dict)
    read: bool = False


class Words:
    """The rules and the texts of a deployment, checked against each other; ``edits`` are what staff have changed."""

    def __init__(
        self, rules: Rules, texts: Mapping[str, Texts], district: KnownDistrict, edits: Edits | None = None
    ) -> None:
        self.rules = rules
        self.edits = Edits() if edits is None else edits
        self._texts = texts
        self._district = district
        for language in LANGUAGES:
            odd = rules.templates ^ set(texts[language].root)
            if odd:
                raise WordingError(f"{language}: missing or never used: {', '.join(sorted(odd))}")

    def of(self, district: KnownDistrict) -> "Words":
        """Return the same rules and texts, with the names of a district."""
        return self if district is self._district else Words(self.rules, self._texts, district, self.edits)

    def amid(self, texts: Mapping[tuple[str, str, str], Wording]) -> "Words":
        """Return the same rules, packaged texts and names, but with these texts of staff."""
        return Words(self.rules, self._texts, self._district, Edits(texts, self.edits.decisions, read=True))

    def told(self, event: str, areas: Sequence[str]) -> Mapping[Role, Telling]:
        """Return what each role of an event is told by in an area; ``areas`` are it and all above, widest first."""
        return tellings(self.rules, event, areas, self.edits.decisions.get(event, {}))

    def language_of(self, one: Recipient) -> str:
        """Return the language that a person reads, or whoever is responsible for a unit."""
        unit = self._district.units.get(one.unit or "")
        if unit is not None:
            return unit.persons[0].language if unit.persons else LANGUAGES[0]
        known = self._district.persons.get(one.address.removeprefix("person:"))
        return known.language if known else LANGUAGES[0]

    def render(self, template: str, params: Mapping[str, Any], language: str, channel: str = EVERY_CHANNEL) -> Rendered:
        """Return a message in a language; units, categories and posts are named as the district names them now.

        Raises:
            jinja2.UndefinedError: the text asks for what its event does not say.
        """
        language = nearest(language)
        return self.say(self.wording(template, language, channel), params, language)

    def say(self, wording: Wording, params: Mapping[str, Any], language: str) -> Rendered:
        """Return a message in words that are given.

        Raises:
            jinja2.UndefinedError: they ask for what the event does not say.
        """
        values = self.values(params, language)
        title, body = (_compiled(text, language).render(values) for text in (wording.title, wording.body))
        return Rendered(title, body, values)

    def wording(self, template: str, language: str, channel: str = EVERY_CHANNEL) -> Wording:
        """Return the words of a message: those for its channel, else those for all, as staff have written them last."""
        packaged = self._texts[language].root[template]
        return (
            self.edits.of.get((template, language, channel))
            or packaged.channels.get(channel)
            or self.edits.of.get((template, language, EVERY_CHANNEL))
            or packaged
        )

    def wordings(self, template: str, language: str) -> list[Wording]:
        """Return all words in which a message is told in a language, on one channel or another."""
        packaged = self._texts[language].root[template]
        of_staff = [one for (of, its, _), one in self.edits.of.items() if (of, its) == (template, language)]
        return [packaged, *packaged.channels.values(), *of_staff]

    def values(self, params: Mapping[str, Any], language: str) -> dict[str, Any]:
        """Return what texts may ask for: what an event said, named as the district names it now."""
        values = dict(params)
        category = self._district.categories.get(params.get("category", ""))
        if category is not None:
            values["category"] = category.name.in_language(language)
        for name in UNITS:
            unit = self._district.named(params.get(name) or "")
            if unit is not None:
                values[name] = unit.name.in_language(language)
        if "handler" in params:
            person = self._district.persons.get(params["handler"]["id"])
            values["name"] = params["handler"]["name"]
            values["post"] = person.post.in_language(language) if person else params["handler"]["post"]
        department = self._district.departments.get(params.get("department", ""))
        if department is not None:
            values["department"] = department.name.in_language(language)
        zone = self._district.zone_of(params.get("area", self._district.top.path))
        for name in MOMENTS & params.keys():
            values[name] = _moment(datetime.fromisoformat(params[name]).astimezone(zone), LOCALES[language])
        if "day" in params:
            values["day"] = format_date(date.fromisoformat(params["day"]), "long", LOCALES[language])
        for name in NAMES.keys() & params.keys():
            values[name] = NAMES[name][params[name]].in_language(language)
        values |= _notice(params, language)
        if "nearest" in params:
            values["nearest"] = [self.values(one, language) for one in params["nearest"]]
        return values


def nearest(language: str) -> str:
    """Return the language in which somebody is told who reads another: zh-Hant before zh-Hans where that is read."""
    if language in LANGUAGES:
        return language
    tag = language.lower().replace("_", "-")
    if tag.startswith("zh"):
        return "zh-Hant" if any(part in tag.split("-") for part in ("hant", "hk", "tw", "mo")) else "zh-Hans"
    return "en" if tag.startswith("en") else LANGUAGES[0]


@functools.lru_cache(maxsize=COMPILED)
def _compiled(text: str, language: str) -> Template:
    return _ENVIRONMENTS[language].from_string(text)


def _notice(params: Mapping[str, Any], language: str) -> Mapping[str, str]:
    if "notice" not in params:
        return {}
    said = params["notice"].get(language) or params["notice"][LANGUAGES[0]]
    return {"notice": said["title"], "said": said["body"]}


def _moment(local: datetime, locale: Locale) -> str:
    # Hours of 24 in every language: "5:00" alone is twice a day.
    return f"{format_date(local, 'long', locale)} {format_skeleton('Hm', local, locale=locale)}"


def load_words(district: KnownDistrict) -> Words:
    """Return the packaged rules and texts.

    Raises:
        WordingError, pydantic.ValidationError: they are not whole.
    """
    texts = {language: _packaged(Texts, f"texts/{language}.yaml") for language in LANGUAGES}
    return Words(_packaged(Rules, "rules.yaml"), texts, district)


@functools.cache
def _packaged(kind: type[Packaged], name: str) -> Packaged:
    text = (files("notify") / name).read_text("utf-8")
    return kind.model_validate(yaml.load(text, Loader=SafeLoader))  # noqa: S506 - a safe one
