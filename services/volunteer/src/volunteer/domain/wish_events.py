"""What is said of wishes and their claims. Titles only of what everybody may see, and nobody but sealed."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from linli.contracts import (
    EventData,
    WishClaimConfirmed,
    WishClaimed,
    WishDeclined,
    WishExpired,
    WishFulfilled,
    WishPublished,
    WishReleased,
    WishSubmitted,
    WishThanked,
    WishVerified,
    WishWithdrawn,
)
from volunteer.domain.wishes import Wish, WishClaim, WishState

Seal = Callable[[str | None], str | None]
"""Seals the subject of a token for the wish that an event is about."""

Why = Literal["holder", "organiser", "time", "left"]


def submitted(wish: Wish, seal: Seal) -> EventData:
    """Return the event of a wish that was written down."""
    return WishSubmitted(**_named(wish, seal), wanted=wish.wanted, until=wish.until)


def verified(wish: Wish, seal: Seal) -> EventData:
    """Return the event of a wish that somebody has looked at."""
    return WishVerified(**_named(wish, seal))


def declined(wish: Wish, seal: Seal) -> EventData:
    """Return the event of a wish that is not published; the reason stays with the wish."""
    return WishDeclined(**_named(wish, seal))


def published(wish: Wish, seal: Seal) -> EventData:
    """Return the event of a wish that everybody sees now."""
    return WishPublished(**_titled(wish, seal), wanted=wish.wanted, until=wish.until)


def withdrawn(wish: Wish, holders: Sequence[str], seal: Seal) -> EventData:
    """Return the event of a wish that was taken back, for those too who held claims of it."""
    title = None if wish.published_at is None else wish.title
    return WishWithdrawn(**_named(wish, seal), title=title, holders=_sealed(holders, seal))


def thanked(wish: Wish, holders: Sequence[str], seal: Seal) -> EventData:
    """Return the event of a wish whose fulfilment was confirmed, for those who fulfilled it."""
    return WishThanked(**_titled(wish, seal), holders=_sealed(holders, seal))


def expired(wish: Wish, seal: Seal) -> EventData:
    """Return the event of a wish that nobody took in time."""
    return WishExpired(**_titled(wish, seal))


def claimed(wish: Wish, claim: WishClaim, holder: str | None, seal: Seal) -> EventData:
    """Return the event of a new claim."""
    return WishClaimed(**_claim(wish, claim, holder, seal), people=claim.people, until=claim.due_at)


def confirmed(wish: Wish, claim: WishClaim, holder: str | None, seal: Seal) -> EventData:
    """Return the event of a claim that those who organise agree to."""
    return WishClaimConfirmed(**_claim(wish, claim, holder, seal), until=claim.due_at)


def fulfilled(wish: Wish, claim: WishClaim, holder: str | None, seal: Seal) -> EventData:
    """Return the event of a claim that was kept."""
    return WishFulfilled(**_claim(wish, claim, holder, seal), fulfilled=wish.fulfilled)


def given_back(wish: Wish, claim: WishClaim, holder: str | None, seal: Seal, *, why: Why) -> tuple[EventData, ...]:
    """Return the events of a claim that ended before it was kept; the wish may have expired with it."""
    released = WishReleased(**_claim(wish, claim, holder, seal), why=why)
    return (released, expired(wish, seal)) if wish.state is WishState.EXPIRED else (released,)


def _named(wish: Wish, seal: Seal) -> dict[str, Any]:
    return {
        "category": f"wish.{wish.kind}",
        "area": wish.area,
        "wish_id": wish.id,
        "submitter": seal(wish.submitted_by),
    }


def _titled(wish: Wish, seal: Seal) -> dict[str, Any]:
    return {**_named(wish, seal), "title": wish.title}


def _claim(wish: Wish, claim: WishClaim, holder: str | None, seal: Seal) -> dict[str, Any]:
    counts = {"wanted": wish.wanted, "taken": wish.taken}
    return {**_titled(wish, seal), **counts, "claim_id": claim.id, "holder": seal(holder)}


def _sealed(subjects: Sequence[str], seal: Seal) -> tuple[str, ...]:
    return tuple(one for one in map(seal, subjects) if one is not None)
