"""What a channel is: the one way by which everything that leaves the app is handed to a provider.

A new one is a file and an entry point of the group ``notify.channels``: a class that takes its settings, a mapping.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import httpx

from notify.domain.limits import Limit
from notify.posting import Poster

TIMEOUT_S = 15.0
"""How long a provider may take for its whole answer: much less than the lease of what is sent."""


class AddressError(ValueError):
    """It is no address of the channel; says why, and quotes nothing of it."""


class SendError(Exception):
    """The provider did not take a message: ``detail`` says why and quotes neither the message nor the address.

    What is ``permanent`` is not tried again. With ``bad_address`` the address is not used again either. ``asked`` is
    how long the provider asks to wait.
    """

    def __init__(
        self, detail: str, *, permanent: bool = False, bad_address: bool = False, asked: timedelta | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.permanent = permanent or bad_address
        self.bad_address = bad_address
        self.asked = asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it is sent to one address; its repr tells only which.

    ``values`` are what its texts are made of, as readers see them. ``thread`` is the same for all about one matter.
    """

    id: UUID
    template: str
    language: str
    urgent: bool
    at: datetime
    address: str = field(repr=False)
    title: str = field(repr=False)
    body: str = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    thread: str | None = None
    unsubscribe_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Outside:
    """By what channels reach their providers.

    ``http`` is for those that the operator named, ``poster`` for URLs that anybody may name, whose addresses it checks.
    """

    http: httpx.AsyncClient
    poster: Poster


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider has the message, and calls it ``provider_id`` where it tells later what became of it."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Traits:
    """What is true of a channel: how long its texts may be, in characters, how much it takes, and what it is signed by.

    ``each`` limits what one address is sent, ``whole`` what the provider is. ``callback_secret`` is the key with which
    the provider signs what it tells later.
    """

    most_title: int
    most_body: int
    each: tuple[Limit, ...] = ()
    whole: tuple[Limit, ...] = ()
    at_once: int = 50
    callback_secret: bytes | None = field(default=None, repr=False)


class Channel(Protocol):
    """A way to reach people outside of the app."""

    @property
    def traits(self) -> Traits:
        """What is true of it."""

    def normal(self, address: str) -> str:
        """Return an address in the one way that it is kept in.

        Raises:
            AddressError: it is none.
        """

    def masked(self, address: str) -> str:
        """Return as much of an address as its owner needs to know it again."""

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        """Hand a message to the provider, once; the same ``letter.id`` may come again.

        Raises:
            SendError: the provider did not take it, or did not say so.
        """


def masked_middle(address: str, shown: int = 3) -> str:
    """Return an address of which only the ends are shown."""
    return f"{address[:shown]}…{address[-2:]}" if len(address) > shown + 2 else "…"
