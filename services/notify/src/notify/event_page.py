"""The catalogue of events as a page: whole by itself, nothing in it comes from elsewhere."""

from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from linli.contracts import CATALOGUE, EventType, addressed_to
from linli.contracts.examples import example_of
from linli.contracts.fields import fields_of
from linli.contracts.history import history_of
from linli.contracts.labels import field_label, heading
from linli.contracts.listeners import listeners_of
from linli.contracts.sentences import says
from linli.contracts.wording import LanguageTag, Wording
from linli.messaging.topology import EVENTS, pattern_for

LANGUAGES: dict[LanguageTag, str] = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}

HOW_TO_BIND = Wording(
    "绑定到主题交换机 `{exchange}`：`*` 代表一个词，`#` 代表任意多个；大类、小类、地点都可以收窄，如 `{narrow}`。"
    "部门的队列由平台按其订阅绑定，部门自己无需声明。",
    "綁定到主題交換機 `{exchange}`：`*` 代表一個詞，`#` 代表任意多個；大類、小類、地點都可以收窄，如 `{narrow}`。"
    "部門的佇列由平台按其訂閱綁定，部門自己無需宣告。",
    "Bind to the topic exchange `{exchange}`: `*` stands for one word, `#` for any number; category and place may be "
    "narrowed, as in `{narrow}`. A department declares nothing: the platform binds its queue to what it subscribes to.",
)


@cache
def event_page(language: LanguageTag) -> bytes:
    """Return the page in a language, as UTF-8."""
    page = Environment(
        loader=PackageLoader("notify", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("events.html")
    how = HOW_TO_BIND.in_language(language).format(exchange=EVENTS, narrow="case.*.facility.*.sanchajie.jinpu.#")
    return page.render(
        language=language,
        languages=LANGUAGES,
        how_to_bind=how,
        word=partial(heading, language=language),
        label=partial(field_label, language=language),
        events=[_shown(kind, language) for kind in CATALOGUE.values()],
    ).encode()


def _shown(kind: EventType, language: LanguageTag) -> dict[str, Any]:
    return {
        "name": kind.name,
        "says": says(kind.model, language),
        "producer": kind.producer,
        "listeners": listeners_of(kind.model),
        "routing_key": f"{kind.key_words}.<major>.<minor>.<area>",
        "addressed_key": f"{addressed_to('<department>')}.{kind.key_words}" if kind.addressed else None,
        "binding": pattern_for(kind.model),
        "fields": fields_of(kind),
        "example": example_of(kind).model_dump_json(indent=2),
        "history": history_of(kind),
    }
