"""The page of the messages that nearly every issue sends, in all languages: ``python -m notify.messages_page docs``."""

import sys
from collections.abc import Iterator
from pathlib import Path

from linli.contracts import CATALOGUE
from linli.contracts.examples import example_of
from linli.district import load_district
from linli.district.known import KnownDistrict
from notify.telling import UNTOLD
from notify.wording import LANGUAGES, Words, load_words

SHOWN = (
    "issue-received",
    "case-yours",
    "case-routed",
    "case-accepted",
    "time-passes",
    "please-inspect",
    "please-visit",
    "return-visit",
    "case-closed",
    "issue-closed",
)
"""The ten most frequent: an issue that is settled within its unit sends each, where its time runs short."""

HEAD = """# The most frequent messages

Written by `make docs` from notify's `rules.yaml` and `texts/`, with the examples of [the events](events.md); change
those instead. An issue that is settled where it arrived sends these, `time-passes` only where its time runs short.
Residents read what is for the `reporter`.
"""


def write_page(folder: Path) -> Path:
    """Write messages.md into a folder and return its path."""
    words = load_words(KnownDistrict.of(load_district()))
    page = folder / "messages.md"
    page.write_text("\n".join([HEAD, *(line for name in SHOWN for line in _message(words, name))]), "utf-8")
    return page


def _message(words: Words, template: str) -> Iterator[str]:
    told = {event: roles for event, roles in words.rules.events.items() if template in roles.values()}
    for event, roles in told.items():
        whom = ", ".join(f"`{role}`" for role, named in roles.items() if named == template)
        muted = ", cannot be muted" if template in words.rules.legal else ""
        yield f"## {template}\n\nOf `{event}`, for {whom}{muted}.\n\n| language | title | text |\n|---|---|---|"
        params = example_of(CATALOGUE[event]).data.model_dump(mode="json", exclude=UNTOLD)
        for language in LANGUAGES:
            rendered = words.render(template, params, language)
            yield f"| {language} | {rendered.title} | {rendered.body} |"
        yield ""


if __name__ == "__main__":
    print(write_page(Path(sys.argv[1])))  # noqa: T201 - tells what was done
