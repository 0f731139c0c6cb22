"""What is said of teams and memberships: nobody but sealed, and who leaves not at all."""

from uuid import UUID

from linli.contracts import EventData, TeamChanged, TeamJoined, TeamLeft
from volunteer.domain.teams import Team

CATEGORY = "volunteer.team"

JOINED, LEFT = 1, 2
"""The sequences of a membership's events: it begins once and ends once."""


def changed(team: Team) -> EventData:
    """Return the event of a team that is new, or has another name or area."""
    return TeamChanged(category=CATEGORY, area=team.area, team_id=team.id, title=team.name)


def joined(team_id: UUID, area: str, membership_id: UUID, volunteer: str | None) -> EventData:
    """Return the event of somebody, sealed for the membership, who is a member now."""
    return TeamJoined(category=CATEGORY, area=area, team_id=team_id, membership_id=membership_id, volunteer=volunteer)


def left(team_id: UUID, area: str, membership_id: UUID) -> EventData:
    """Return the event of a membership that has ended."""
    return TeamLeft(category=CATEGORY, area=area, team_id=team_id, membership_id=membership_id)
