"""The page of messages says what people are told."""

from pathlib import Path

from notify.messages_page import SHOWN, write_page
from notify.wording import LANGUAGES

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_of_messages_is_what_rules_and_texts_say(tmp_path: Path) -> None:
    written = write_page(tmp_path).read_text("utf-8")
    assert (DOCS / "messages.md").read_text("utf-8") == written, "run `make docs`"
    assert [line.removeprefix("## ") for line in written.splitlines() if line.startswith("## ")] == list(SHOWN)
    assert all(written.count(f"| {language} |") == len(SHOWN) for language in LANGUAGES)
