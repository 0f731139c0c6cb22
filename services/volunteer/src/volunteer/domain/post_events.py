"""What is said of posts and who takes them; they are sealed, and their employer is not named."""

from typing import Any
from uuid import UUID

from linli.contracts import EventData, PostClosed, PostGivenBack, PostOpened, PostTaken, ServiceAccepted
from volunteer.domain.duty import Post

CATEGORY = "duty.post"


def opened(post: Post) -> EventData:
    """Return the event of a post for which people are looked."""
    return PostOpened(**_of(post), starts_at=post.begins_at, ends_at=post.ends_at)


def closed(post: Post) -> EventData:
    """Return the event of a post for which nobody is looked any more."""
    return PostClosed(**_of(post))


def taken(post: Post, nomination_id: UUID, volunteer: str | None) -> EventData:
    """Return the event of a post that somebody took."""
    times = {"starts_at": post.begins_at, "ends_at": post.ends_at}
    return PostTaken(**_of(post), **times, nomination_id=nomination_id, volunteer=volunteer)


def given_back(post: Post, nomination_id: UUID, volunteer: str | None) -> EventData:
    """Return the event of a post that somebody gave back."""
    return PostGivenBack(**_of(post), nomination_id=nomination_id, volunteer=volunteer)


def served(post: Post, nomination_id: UUID, volunteer: str | None, minutes: int) -> EventData:
    """Return the event of a service that was done."""
    return ServiceAccepted(**_of(post), nomination_id=nomination_id, volunteer=volunteer, served_minutes=minutes)


def _of(post: Post) -> dict[str, Any]:
    return {
        "category": CATEGORY,
        "area": post.area,
        "post_id": post.id,
        "title": post.title,
        "wanted": post.headcount,
        "taken": post.taken,
    }
