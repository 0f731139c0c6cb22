"""Teams: who may join, and who decides."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from volunteer.domain.actor import Actor
from volunteer.domain.faults import NotAllowedError, RefusedError


class JoinMode(StrEnum):
    """``open``: whoever wants to; ``invite``: who was invited; ``approve``: whom the leader accepts."""

    OPEN = "open"
    INVITE = "invite"
    APPROVE = "approve"


class Standing(StrEnum):
    """How somebody stands to a team."""

    INVITED = "invited"
    ASKED = "asked"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of an area; ``leader`` is the volunteer who leads it, ``leader_subject`` the subject of their token."""

    id: UUID
    name: str
    area: str
    purpose: str
    join: JoinMode
    leader: UUID | None
    leader_subject: str | None
    version: int
    told: int

    def require_leader(self, actor: Actor) -> None:
        """Refuse somebody who neither leads the team nor organises in its area.

        Raises:
            NotAllowedError: they do not.
        """
        leads = self.leader_subject is not None and self.leader_subject == actor.subject
        if not leads and not actor.organises(self.area):
            raise NotAllowedError("The leader of the team may, and those who organise in its area.")


def join(team: Team, standing: Standing | None) -> Standing:
    """Return how somebody stands who wants to join, and stood so before.

    Raises:
        RefusedError: they are a member or wait already, or nobody invited them.
    """
    if standing is Standing.MEMBER:
        raise RefusedError("already-member", "They are a member already.")
    if standing is Standing.INVITED or team.join is JoinMode.OPEN:
        return Standing.MEMBER
    if standing is Standing.ASKED:
        raise RefusedError("already-asked", "They have asked to join already.")
    if team.join is JoinMode.INVITE:
        raise RefusedError("not-invited", "Only who was invited joins this team.")
    return Standing.ASKED


def invite(standing: Standing | None) -> Standing:
    """Return how somebody stands whom the leader invites or approves of.

    Raises:
        RefusedError: they are a member or were invited already.
    """
    if standing is Standing.MEMBER:
        raise RefusedError("already-member", "They are a member already.")
    if standing is Standing.INVITED:
        raise RefusedError("already-invited", "They were invited already.")
    return Standing.MEMBER if standing is Standing.ASKED else Standing.INVITED
