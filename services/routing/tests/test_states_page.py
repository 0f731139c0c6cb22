"""The page about states says what the table says."""

from pathlib import Path

from routing.domain.states import State
from routing.states_page import NAMES, write_page

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_about_states_is_what_the_table_says(tmp_path: Path) -> None:
    written = write_page(tmp_path).read_text("utf-8")
    assert (DOCS / "case-states.md").read_text("utf-8") == written, "run `make docs`"
    assert set(NAMES) == set(State)
