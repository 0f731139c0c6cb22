"""Officials who report where they live: their slip, the posts they take, and what goes back to the employer."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from volunteer.domain.faults import FieldError, RefusedError

MONTHS_A_QUARTER = 3


class PostState(StrEnum):
    """``full``: the headcount is reached; ``closed``: nobody is looked for any more."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"


class NominationState(StrEnum):
    """``accepted``: those who organise say that the service was done."""

    TAKEN = "taken"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post of service in an area, which ``headcount`` people take for themselves; ``version`` counts its events."""

    id: UUID
    title: str
    details: str
    area: str
    headcount: int
    taken: int = 0
    begins_at: datetime
    ends_at: datetime
    state: PostState = PostState.OPEN
    version: int = 1

    def __post_init__(self) -> None:
        if self.ends_at <= self.begins_at:
            raise FieldError("ends_at", "must be later than begins_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """Somebody's own word to take a post; ``minutes`` of service as those who accepted it say."""

    id: UUID
    post_id: UUID
    slip_id: UUID
    state: NominationState = NominationState.TAKEN
    nominated_at: datetime
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    minutes: int | None = None
    remark: str | None = None


def take(post: Post, *, at: datetime, again: bool) -> Post:
    """Return the post with one more person; ``again`` says that they have it already.

    Raises:
        RefusedError: they have, or it is full, closed or over.
    """
    if again:
        raise RefusedError("already-nominated", "They have taken this post already.")
    if post.state is not PostState.OPEN:
        raise RefusedError(f"post-{post.state}", f"The post is {post.state}.")
    if at >= post.ends_at:
        raise RefusedError("post-over", "The post is over.")
    taken = post.taken + 1
    state = PostState.FULL if taken == post.headcount else PostState.OPEN
    return replace(post, taken=taken, state=state, version=post.version + 1)


def give_back(post: Post, nomination: Nomination) -> tuple[Post, Nomination]:
    """Return both after somebody takes back their word.

    Raises:
        RefusedError: it was accepted as done, or taken back before.
    """
    _require_taken(nomination)
    state = PostState.OPEN if post.state is PostState.FULL else post.state
    withdrawn = replace(nomination, state=NominationState.WITHDRAWN)
    return replace(post, taken=post.taken - 1, state=state, version=post.version + 1), withdrawn


def accept(
    post: Post, nomination: Nomination, *, minutes: int, remark: str | None, by: str, by_holder: bool, at: datetime
) -> tuple[Post, Nomination]:
    """Return both with the nomination as done; ``by_holder`` says that whoever accepts it did it.

    Raises:
        RefusedError: it was accepted or taken back before, the post has not begun, or somebody accepts their own.
        FieldError: more minutes than the post has.
    """
    _require_taken(nomination)
    if by_holder:
        raise RefusedError("own-service", "Nobody accepts their own service.")
    if at < post.begins_at:
        raise RefusedError("post-not-begun", "The post has not begun.")
    if minutes > (post.ends_at - post.begins_at).total_seconds() / 60:
        raise FieldError("minutes", "must not be more than the post lasts")
    accepted = NominationState.ACCEPTED
    done = replace(nomination, state=accepted, accepted_at=at, accepted_by=by, minutes=minutes, remark=remark)
    return replace(post, version=post.version + 1), done


def close(post: Post) -> Post:
    """Return the post for which nobody is looked any more."""
    return replace(post, state=PostState.CLOSED, version=post.version + 1)


def _require_taken(nomination: Nomination) -> None:
    if nomination.state is not NominationState.TAKEN:
        raise RefusedError(f"nomination-{nomination.state}", f"The nomination is {nomination.state}.")


def quarter(text: str) -> tuple[date, date]:
    """Return the first day of a quarter such as ``2026-Q1``, and that of the next one.

    Raises:
        FieldError: it is no quarter.
    """
    year, _, number = text.partition("-Q")
    if not (
        text.isascii()
        and year.isdecimal()
        and len(year) == len("2026")
        and number in {"1", "2", "3", "4"}
        and int(year) > 0
    ):
        raise FieldError("quarter", "is like 2026-Q1")
    begins = date(int(year), MONTHS_A_QUARTER * int(number) - 2, 1)
    months = begins.month + MONTHS_A_QUARTER
    try:
        return begins, date(begins.year + months // 13, (months - 1) % 12 + 1, 1)
    except ValueError:
        raise FieldError("quarter", "is too far in the future") from None
