"""From a message that is due to the letter that a channel sends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notify.channels.port import Letter, Traits
from notify.claiming import Claimed
from notify.contact_secrets import ContactSecrets
from notify.domain.rules import CODE, TOGETHER
from notify.queries import AnyRow
from notify.wording import Rendered, Words

MOST_ITEM = 200
"""How much of each message a digest repeats, in characters."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Words, addresses and links; ``public_url`` is where readers reach notify, if they can."""

    secrets: ContactSecrets
    public_url: str | None

    def letter(self, claimed: Claimed, words: Words, traits: Traits, now: datetime) -> Letter:
        """Return what is sent.

        Raises:
            UnreadableError: its address was encrypted with another key.
            jinja2.TemplateError: its text asks for what it is not told.
        """
        row = claimed.row
        said = self._said(claimed, words, traits.most_body)
        return Letter(
            id=row.id,
            template=row.template,
            language=row.language,
            urgent=row.urgent,
            at=now,
            address=self.secrets.decrypt(row.contact_id, row.address),
            title=shortened(one_line(said.title), traits.most_title),
            body=shortened(said.body, traits.most_body),
            values=said.values,
            thread=None if row.issue_id is None else f"issue-{row.issue_id}",
            unsubscribe_url=self._unsubscribe_url(row),
        )

    def _said(self, claimed: Claimed, words: Words, most: int) -> Rendered:
        row = claimed.row
        if row.template == CODE:
            code = self.secrets.code(row.contact_id, row.code_nonce or b"")
            return words.render(CODE, {**row.params, "code": code}, row.language, row.channel)
        if row.template != TOGETHER:
            return words.render(row.template, row.params, row.language, row.channel)
        said = [words.render(one.template, one.params, row.language, row.channel) for one in claimed.items]
        if claimed.count == 1:
            return said[0]
        told = [{"title": one_line(one.title), "body": shortened(one.body, MOST_ITEM)} for one in said]
        while True:
            params: dict[str, Any] = {"count": claimed.count, "more": claimed.count - len(told), "told": told}
            together = words.render(TOGETHER, params, row.language, row.channel)
            if len(together.body) <= most or not told:
                return together
            told.pop()

    def _unsubscribe_url(self, row: AnyRow) -> str | None:
        if self.public_url is None or row.template == CODE:
            return None
        return f"{self.public_url}/v1/unsubscribe/{self.secrets.token(row.contact_id)}"


def one_line(text: str) -> str:
    """Return a text in one line, without what no line may hold: nothing of it can become another header."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def shortened(text: str, most: int) -> str:
    """Return at most so many characters of a text, the last an ellipsis where some are missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
