"""What volunteer says of its teams and who is in them; ``category`` is ``volunteer.team``, ``area`` the team's.

A member is sealed, as ``volunteer``, when they join; when a membership ends nobody is named, not even sealed.
"""

from uuid import UUID

from linli.contracts.words import EventData, Line, Sealed


class TeamChanged(EventData):
    """A team was founded, or is called otherwise or elsewhere now."""

    team_id: UUID
    title: Line


class MembershipEvent(EventData):
    """What every event of a membership names; who joins again has another one."""

    membership_id: UUID
    team_id: UUID


class TeamJoined(MembershipEvent):
    """Somebody is a member of a team."""

    volunteer: Sealed | None = None


class TeamLeft(MembershipEvent):
    """A membership has ended, whoever ended it."""
