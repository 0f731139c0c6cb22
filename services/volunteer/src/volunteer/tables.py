"""The tables of volunteer."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from linli.chassis.database import NAMING
from linli.chassis.district import district_table
from linli.chassis.idempotency import idempotency_table

metadata = MetaData(naming_convention=NAMING)

needs = Table(
    "needs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("issue_id", Uuid, nullable=False, unique=True),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("claimed", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    # The last word on "never more than wanted", whatever the code above it does.
    CheckConstraint("claimed between 0 and wanted", name="claimed"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "state", "id"),
)

claims = Table(
    "claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("need_id", Uuid, ForeignKey("needs.id", ondelete="CASCADE"), nullable=False),
    Column("volunteer", Text, nullable=False),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("need_id", "volunteer"),
)
"""Who helps: the subject of the volunteer's token and nothing else about them."""

idempotency_keys = idempotency_table(metadata)

district_entries = district_table(metadata)

UTC = DateTime(timezone=True)

volunteers = Table(
    "volunteers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Text, unique=True),
    Column("number", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("radius_m", Integer, nullable=False),
    Column("skills", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("availability", JSONB, nullable=False),
    Column("minutes_a_month", Integer),
    Column("born", Date),
    Column("consents", Boolean, nullable=False),
    Column("guardian", Text),
    Column("consented_at", UTC),
    Column("registered_at", UTC, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "skills", postgresql_using="gin"),
)
"""People who want to help. Nobody but themselves and those who organise where they live sees a row."""

qualifications = Table(
    "qualifications",
    metadata,
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("expires_on", Date),
    Column("checked_by", Text, nullable=False),
    Column("checked_at", UTC, nullable=False),
)
"""What somebody has seen the paper of; ``expires_on`` is the last day on which it is valid."""

teams = Table(
    "teams",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("join", Text, nullable=False),
    Column("leader", Uuid, ForeignKey("volunteers.id", ondelete="SET NULL")),
    Column("version", Integer, nullable=False),
    UniqueConstraint("area", "name"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("team_id", Uuid, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    Column("standing", Text, nullable=False),
    Column("since", UTC, nullable=False),
    Index(None, "volunteer_id"),
)

posts = Table(
    "posts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("begins_at", UTC, nullable=False),
    Column("ends_at", UTC, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("taken between 0 and headcount", name="taken"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
)
"""Posts that officials take where they live."""

slips = Table(
    "slips",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), nullable=False),
    Column("employer", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("reported_at", UTC, nullable=False),
    UniqueConstraint("volunteer_id", "area"),
    Index(None, "employer", "id"),
)
"""Duty reports. What makes somebody report, an office or a membership, is recorded nowhere."""

nominations = Table(
    "nominations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("post_id", Uuid, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("slip_id", Uuid, ForeignKey("slips.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("nominated_at", UTC, nullable=False),
    Column("accepted_at", UTC),
    Column("accepted_by", Text),
    Column("minutes", Integer),
    Column("remark", Text),
    Index("uq_nominations_taken", "post_id", "slip_id", unique=True, postgresql_where=text("state <> 'withdrawn'")),
    Index(None, "slip_id", "accepted_at"),
)

wishes = Table(
    "wishes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("fulfilled", Integer, nullable=False),
    Column("minimum_age", Integer, nullable=False),
    Column("qualifications", ARRAY(Text), nullable=False),
    Column("until", UTC, nullable=False),
    Column("claim_hours", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("on_behalf", Boolean, nullable=False),
    Column("submitted_at", UTC, nullable=False),
    Column("verified_by", Text),
    Column("published_at", UTC),
    Column("reason", Text),
    Column("thanks", Text),
    Column("version", Integer, nullable=False),
    # The last word on "never more than wanted", whatever the code above it does.
    CheckConstraint("taken between fulfilled and wanted and fulfilled >= 0", name="taken"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "state", "id"),
    Index("ix_wishes_published", "until", postgresql_where=text("state = 'published'")),
    Index(None, "submitted_by", "id"),
)

wish_contacts = Table(
    "wish_contacts",
    metadata,
    Column("wish_id", Uuid, ForeignKey("wishes.id", ondelete="CASCADE"), primary_key=True),
    Column("contact", LargeBinary, nullable=False),
)
"""Whom to call about a wish: encrypted, and apart from all that lists are made of."""

wish_claims = Table(
    "wish_claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("wish_id", Uuid, ForeignKey("wishes.id", ondelete="CASCADE"), nullable=False),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="SET NULL")),
    Column("team_id", Uuid, ForeignKey("teams.id", ondelete="SET NULL")),
    Column("people", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("claimed_at", UTC, nullable=False),
    Column("due_at", UTC, nullable=False),
    Column("ended_at", UTC),
    Column("late", Boolean, nullable=False),
    CheckConstraint("people > 0", name="people"),
    Index(None, "wish_id", "id"),
    Index(None, "volunteer_id", "claimed_at"),
    Index("ix_wish_claims_held", "due_at", postgresql_where=text("state in ('claimed', 'confirmed')")),
    Index(
        "uq_wish_claims_held",
        "wish_id",
        "volunteer_id",
        unique=True,
        postgresql_where=text("state in ('claimed', 'confirmed')"),
    ),
)

lines = Table(
    "lines",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("list", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("measure", Text, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("begins_at", UTC),
    Column("ends_at", UTC),
    Column("reason", Text),
    Column("follow_up_on", Date),
    Column("outcome", Text),
    Column("entered_at", UTC, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("matched between 0 and amount", name="matched"),
    Index(None, "list", "state", "id"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "follow_up_on", postgresql_where=text("outcome is null")),
)
"""The lists of resources and needs. They are public, so they name organisations and no residents."""

line_matches = Table(
    "line_matches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("resource_id", Uuid, ForeignKey("lines.id", ondelete="CASCADE"), nullable=False),
    Column("need_id", Uuid, ForeignKey("lines.id", ondelete="CASCADE"), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("matched_at", UTC, nullable=False),
    Column("matched_by", Text, nullable=False),
    Index(None, "resource_id"),
    Index(None, "need_id"),
)

activities = Table(
    "activities",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("starts", DateTime, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("rule", Text),
    Column("roles", JSONB, nullable=False),
    Column("risk", Text),
    Column("insured", Boolean, nullable=False),
    Column("training", Text),
    Column("version", Integer, nullable=False),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
)
"""What takes place once or again and again."""

shifts = Table(
    "shifts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("activity_id", Uuid, ForeignKey("activities.id", ondelete="CASCADE"), nullable=False),
    Column("area", Text, nullable=False),
    Column("begins_at", UTC, nullable=False),
    Column("ends_at", UTC, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("reminded_at", UTC),
    Column("version", Integer, nullable=False),
    Index(None, "activity_id"),
    Index(None, "begins_at", "id"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("shift_id", Uuid, ForeignKey("shifts.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("reason", Text),
    Column("reasons", JSONB, nullable=False),
    Column("answered_at", UTC),
    Column("offered_until", UTC),
    Column("late", Boolean, nullable=False),
    Index(
        "uq_assignments_active",
        "shift_id",
        "volunteer_id",
        unique=True,
        postgresql_where=text("state in ('proposed', 'accepted', 'waiting', 'offered')"),
    ),
    Index(None, "shift_id", "id"),
    Index(None, "volunteer_id", "id"),
    Index("ix_assignments_offered", "offered_until", postgresql_where=text("state = 'offered'")),
)
"""Who comes to a shift. ``reasons`` are those of the plan, or the rules that a person decided against."""
