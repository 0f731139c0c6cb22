"""Micro-wishes: small needs of somebody, which one person or a group takes and fulfils."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from volunteer.domain.faults import FieldError, RefusedError


class WishState(StrEnum):
    """``claimed``: all places are taken; ``expired``: its time passed and nobody had taken it."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    PUBLISHED = "published"
    CLAIMED = "claimed"
    FULFILLED = "fulfilled"
    THANKED = "thanked"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


PUBLIC = frozenset({WishState.PUBLISHED, WishState.CLAIMED, WishState.FULFILLED, WishState.THANKED})
"""The states in which anyone may see a wish."""

ENDED = frozenset({WishState.FULFILLED, WishState.THANKED, WishState.DECLINED, WishState.WITHDRAWN, WishState.EXPIRED})


class ClaimState(StrEnum):
    """``confirmed``: those who organise have agreed, and the contact is shown; ``lapsed``: its time passed."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    FULFILLED = "fulfilled"
    RELEASED = "released"
    LAPSED = "lapsed"


HELD = frozenset({ClaimState.CLAIMED, ClaimState.CONFIRMED})
"""Claims of which something is still expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Something small that somebody wishes for, until a moment, of ``wanted`` people.

    ``submitted_by`` is the subject of whoever wrote it down, ``on_behalf`` whether that was for somebody else. A claim
    lapses after ``claim_hours``. ``taken`` and ``fulfilled`` count places, ``version`` the events of the wish.
    """

    id: UUID
    title: str
    details: str
    kind: str
    area: str
    wanted: int
    taken: int = 0
    fulfilled: int = 0
    minimum_age: int
    qualifications: tuple[str, ...]
    until: datetime
    claim_hours: int
    state: WishState = WishState.SUBMITTED
    submitted_by: str
    on_behalf: bool
    submitted_at: datetime
    verified_by: str | None = None
    published_at: datetime | None = None
    reason: str | None = None
    thanks: str | None = None
    version: int = 1

    def __repr__(self) -> str:
        return f"Wish(id={self.id!r}, state={self.state.value!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class WishClaim:
    """Somebody's word, or that of a team, to take ``people`` places of a wish until ``due_at``.

    ``volunteer_id`` is None once they have left the suite. ``late`` marks one that was given back shortly before it
    was due, or never kept.
    """

    id: UUID
    wish_id: UUID
    volunteer_id: UUID | None
    team_id: UUID | None
    people: int
    state: ClaimState = ClaimState.CLAIMED
    claimed_at: datetime
    due_at: datetime
    ended_at: datetime | None = None
    late: bool = False


Both = tuple[Wish, WishClaim]


def submit(wish: Wish) -> Wish:
    """Return a wish as it is taken in.

    Raises:
        FieldError: its time has passed.
    """
    if wish.until <= wish.submitted_at:
        raise FieldError("until", "must lie in the future")
    return wish


def verify(wish: Wish, *, by: str) -> Wish:
    """Return the wish that somebody has looked at, other than who wrote it down for themselves.

    Raises:
        RefusedError: it is not new, or it is their own.
    """
    _require(wish, WishState.SUBMITTED)
    if wish.submitted_by == by and not wish.on_behalf:
        raise RefusedError("own-wish", "Nobody verifies their own wish.")
    return _next(wish, state=WishState.VERIFIED, verified_by=by)


def decline(wish: Wish, reason: str) -> Wish:
    """Return the wish that is not published, and why.

    Raises:
        RefusedError: it has been published.
    """
    _require(wish, WishState.SUBMITTED, WishState.VERIFIED)
    return _next(wish, state=WishState.DECLINED, reason=reason)


def publish(wish: Wish, *, at: datetime) -> Wish:
    """Return the wish as everybody sees it.

    Raises:
        RefusedError: nobody has verified it, or its time has passed.
    """
    _require(wish, WishState.VERIFIED)
    if at >= wish.until:
        raise RefusedError("wish-over", "The time of the wish has passed.")
    return _next(wish, state=WishState.PUBLISHED, published_at=at)


def withdraw(wish: Wish, reason: str | None) -> Wish:
    """Return the wish that nobody has any more; who had taken it is free.

    Raises:
        RefusedError: it has ended.
    """
    if wish.state in ENDED:
        raise RefusedError(f"wish-{wish.state}", f"The wish is {wish.state}.")
    return _next(wish, state=WishState.WITHDRAWN, taken=wish.fulfilled, reason=reason)


def claim(wish: Wish, *, claim_id: UUID, volunteer_id: UUID, team_id: UUID | None, people: int, at: datetime) -> Both:
    """Return the wish with some more of its places taken, and the claim.

    Raises:
        RefusedError: it takes no claims, or has not so many places left.
    """
    _require(wish, WishState.PUBLISHED)
    if at >= wish.until:
        raise RefusedError("wish-over", "The time of the wish has passed.")
    if people > wish.wanted - wish.taken:
        raise RefusedError("too-many", f"The wish has {wish.wanted - wish.taken} places left.")
    taken = wish.taken + people
    state = WishState.CLAIMED if taken == wish.wanted else WishState.PUBLISHED
    due_at = min(at + timedelta(hours=wish.claim_hours), wish.until)
    made = WishClaim(
        id=claim_id,
        wish_id=wish.id,
        volunteer_id=volunteer_id,
        team_id=team_id,
        people=people,
        claimed_at=at,
        due_at=due_at,
    )
    return _next(wish, taken=taken, state=state), made


def confirm(wish: Wish, held: WishClaim) -> Both:
    """Return both after those who organise have agreed to the claim: from now on its holder sees the contact.

    Raises:
        RefusedError: the claim was confirmed before, or has ended.
    """
    if held.state is not ClaimState.CLAIMED:
        raise RefusedError(f"claim-{held.state}", f"The claim is {held.state}.")
    return _next(wish), replace(held, state=ClaimState.CONFIRMED)


def release(wish: Wish, held: WishClaim, *, at: datetime, late_hours: int) -> Both:
    """Return both after the claim was given back: its places are on the list again.

    Raises:
        RefusedError: the claim has ended.
    """
    _require_held(held)
    late = held.due_at - at < timedelta(hours=late_hours)
    return _given_back(wish, replace(held, state=ClaimState.RELEASED, ended_at=at, late=late), at)


def lapse(wish: Wish, held: WishClaim, *, at: datetime) -> Both:
    """Return both after the claim's time has passed."""
    return _given_back(wish, replace(held, state=ClaimState.LAPSED, ended_at=at, late=True), at)


def expire(wish: Wish) -> Wish:
    """Return the wish whose time has passed without anybody who holds it."""
    return _next(wish, state=WishState.EXPIRED)


def fulfil(wish: Wish, held: WishClaim, *, at: datetime) -> Both:
    """Return both after the holder has done what was wished for; with the last place the wish is fulfilled.

    Raises:
        RefusedError: the claim was not confirmed, or has ended.
    """
    if held.state is not ClaimState.CONFIRMED:
        raise RefusedError(f"claim-{held.state}", f"The claim is {held.state}, not confirmed.")
    fulfilled = wish.fulfilled + held.people
    state = WishState.FULFILLED if fulfilled == wish.wanted else wish.state
    done = replace(held, state=ClaimState.FULFILLED, ended_at=at)
    return _next(wish, fulfilled=fulfilled, state=state), done


def thank(wish: Wish, thanks: str | None, *, held_by_actor: bool) -> Wish:
    """Return the wish of which somebody other than who fulfilled it says that it was, with thanks.

    Raises:
        RefusedError: it is not fulfilled, or they fulfilled it themselves.
    """
    _require(wish, WishState.FULFILLED)
    if held_by_actor:
        raise RefusedError("own-service", "Nobody confirms what they did themselves.")
    return _next(wish, state=WishState.THANKED, thanks=thanks)


def _given_back(wish: Wish, ended: WishClaim, at: datetime) -> Both:
    state = WishState.PUBLISHED if wish.state is WishState.CLAIMED else wish.state
    wish = _next(wish, taken=wish.taken - ended.people, state=state)
    if state is WishState.PUBLISHED and at >= wish.until and wish.taken == wish.fulfilled:
        wish = expire(wish)
    return wish, ended


def _require(wish: Wish, *states: WishState) -> None:
    if wish.state not in states:
        raise RefusedError(f"wish-{wish.state}", f"The wish is {wish.state}.")


def _require_held(held: WishClaim) -> None:
    if held.state not in HELD:
        raise RefusedError(f"claim-{held.state}", f"The claim is {held.state}.")


def _next(wish: Wish, **changes: object) -> Wish:
    return replace(wish, version=wish.version + 1, **changes)  # type: ignore[arg-type]
