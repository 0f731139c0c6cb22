"""From a template and what an event said to words in a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from importlib.resources import files
from typing import Any

import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from linli.district import District
from notify.domain.rules import Rules, Texts, Wording

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
CHINA_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
UNITS = ("area", "unit", "from_unit", "to_unit")


class WordingError(Exception):
    """Rules and texts do not fit each other; says what is missing or too much, and in which language."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is shown."""

    title: str
    body: str


class Words:
    """The rules and the texts of a deployment, checked against each other."""

    def __init__(self, rules: Rules, texts: Mapping[str, Texts], district: District) -> None:
        self.rules = rules
        self._texts = texts
        self._district = district
        for language in LANGUAGES:
            odd = rules.templates ^ set(texts[language].root)
            if odd:
                raise WordingError(f"{language}: missing or never used: {', '.join(sorted(odd))}")

    def language_of(self, person_id: str) -> str:
        """Return the language that somebody responsible reads."""
        person = self._district.persons.get(person_id)
        return person.language if person else LANGUAGES[0]

    def render(self, template: str, params: Mapping[str, Any], language: str) -> Rendered:
        """Return a message in a language; units, categories and posts are named as the district names them now.

        Raises:
            jinja2.UndefinedError: the text asks for what its event does not say.
        """
        language = language if language in self._texts else LANGUAGES[0]
        wording = self._wording(template, language)
        values = self._values(params, language)
        return Rendered(self._fill(wording.title, values), self._fill(wording.body, values))

    @cached_property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)

    def _wording(self, template: str, language: str) -> Wording:
        return self._texts[language].root[template]

    def _fill(self, text: str, values: Mapping[str, Any]) -> str:
        return self._environment.from_string(text).render(values)

    def _values(self, params: Mapping[str, Any], language: str) -> dict[str, Any]:
        values = dict(params)
        category = self._district.categories.get(params["category"])
        values["category"] = category.name.in_language(language) if category else params["category"]
        for name in UNITS:
            if name in params and params[name] in self._district.units:
                values[name] = self._district.unit(params[name]).name.in_language(language)
        if "handler" in params:
            person = self._district.persons.get(params["handler"]["id"])
            values["name"] = params["handler"]["name"]
            values["post"] = person.post.in_language(language) if person else params["handler"]["post"]
        if "deadline" in params:
            deadline = datetime.fromisoformat(params["deadline"]).astimezone(CHINA_TIME)
            values["deadline"] = deadline.strftime("%Y-%m-%d %H:%M")
        return values


def load_words(district: District) -> Words:
    """Return the packaged rules and texts.

    Raises:
        WordingError, pydantic.ValidationError: they are not whole.
    """
    here = files("notify")
    texts = {
        language: Texts.model_validate(yaml.safe_load((here / "texts" / f"{language}.yaml").read_text("utf-8")))
        for language in LANGUAGES
    }
    return Words(Rules.model_validate(yaml.safe_load((here / "rules.yaml").read_text("utf-8"))), texts, district)
