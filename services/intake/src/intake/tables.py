"""The tables of intake."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
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
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from linli.chassis.database import NAMING
from linli.chassis.district import district_table
from linli.chassis.idempotency import idempotency_table

metadata = MetaData(naming_convention=NAMING)

issues = Table(
    "issues",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tracking_code", Text, nullable=False, unique=True),
    Column("category", Text, nullable=False),
    Column("category_given", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("area", Text, nullable=False),
    Column("lat", Double),
    Column("lon", Double),
    # What the reporter wrote of the place, which may lead to a flat.
    Column("address", Text),
    Column("media_url", Text),
    Column("description", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("attributes", JSONB, nullable=False, server_default="{}"),
    # When it came in, from which all time limits count; and when it was made by the reporter's own clock.
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("made_at", DateTime(timezone=True)),
    Column("visit_id", Uuid, ForeignKey("visits.id")),
    Column("version", Integer, nullable=False, server_default="1"),
    # The issue that stands for this one, where staff found that both are one matter.
    Column("merged_into", Uuid, ForeignKey("issues.id")),
    # How many issues this one stands for.
    Column("supporters", Integer, nullable=False, server_default="0"),
    # What routing told of the case: a projection, moved on only by events of a higher sequence.
    Column("state", Text, nullable=False, server_default="received"),
    Column("case_sequence", Text, nullable=False, server_default=""),
    Column("level", Text),
    Column("unit", Text),
    Column("department", Text),
    Column("handler_id", Text),
    Column("handler_name", Text),
    Column("handler_post", Text),
    Column("deadline", DateTime(timezone=True)),
    Column("outcome", Text),
    # The reporter's answer to the latest return visit; empty again when the case is reopened.
    Column("contacted", Boolean),
    Column("solved", Boolean),
    Column("satisfaction", Text),
    Column("answered_at", DateTime(timezone=True)),
    # When it was closed since it was resolved last: so long ago it may be opened again.
    Column("closed_at", DateTime(timezone=True)),
    # The reporter took it back; the state follows when routing says so.
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("helpers_wanted", Integer, nullable=False, server_default="0"),
    Column("helpers_found", Integer, nullable=False, server_default="0"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "category", "id"),
    Index(None, "reported_at", "id"),
    Index(None, "handler_id", "id"),
    Index(None, "lat", "lon", postgresql_where=text("lat is not null")),
    Index(None, "state", "id", postgresql_where=text("state <> 'closed'")),
    Index(None, "deadline", postgresql_where=text("state in ('received', 'in_progress', 'resolved')")),
    Index(None, "supporters", "id", postgresql_where=text("supporters > 0")),
    Index(
        None,
        "attributes",
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
        postgresql_where=text("attributes <> '{}'"),
    ),
    Index(None, "merged_into", postgresql_where=text("merged_into is not null")),
    Index(None, "visit_id", postgresql_where=text("visit_id is not null")),
)

visits = Table(
    "visits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", Text, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    Column("seen", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    # When it came in: a telephone may have held it back.
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "author", "id"),
)
"""The rounds of grid workers."""

drafts = Table(
    "drafts",
    metadata,
    Column("id", Uuid, primary_key=True),
    # As secret as a tracking code.
    Column("code", Text, nullable=False, unique=True),
    # Who saved it, where that was with a token: then nobody else is shown it.
    Column("owner", Text),
    # The report as far as it is written, encrypted; nothing once it was handed in.
    Column("content", LargeBinary),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("issue_id", Uuid, ForeignKey("issues.id", ondelete="CASCADE")),
    Index(None, "owner", "id", postgresql_where=text("owner is not null")),
    Index(None, "expires_at"),
    Index(None, "issue_id", postgresql_where=text("issue_id is not null")),
)
"""Reports that are not handed in yet."""

issue_words = Table(
    "issue_words",
    metadata,
    Column("issue_id", Uuid, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("words", TSVECTOR, nullable=False),
    Index(None, "words", postgresql_using="gin"),
)
"""What issues are found by; apart from them, since what moves on a case would have to be indexed anew each time."""

reporters = Table(
    "reporters",
    metadata,
    Column("issue_id", Uuid, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("contact", LargeBinary, nullable=False),
)
"""What reporters left for a call-back, encrypted; apart from the issue, so that reading issues never meets it."""

steps = Table(
    "steps",
    metadata,
    Column("issue_id", Uuid, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("case_sequence", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Index(None, "at"),
)
"""What the reporter is shown of the case's way."""

changes = Table(
    "changes",
    metadata,
    Column("place", BigInteger, Identity(always=True), primary_key=True),
    Column("issue_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "issue_id", "place"),
    Index(None, "at"),
)
"""Which issues look otherwise to their reporters, for a day: whoever listens is told."""

supplements = Table(
    "supplements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("issue_id", Uuid, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("description", Text, nullable=False),
    Column("media_url", Text),
    # Who sent it and under which name, where a front end has names of its own for what it sends.
    Column("client", Text),
    Column("client_id", Text),
    Column("client_status", Text),
    UniqueConstraint("issue_id", "client", "client_id"),
    Index(None, "at"),
)
"""What was added to an issue after it was reported."""

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("issue_id", Uuid, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("text", Text, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Index(None, "issue_id", "at"),
)
"""What staff noted; the reporter is shown the public ones."""

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("conditions", JSONB, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("owner", "name"),
)
"""What members of staff look for again and again."""

attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("issue_id", Uuid, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", Text, nullable=False),
    # The picture from before the work that this one is the pair of.
    Column("before_id", Uuid, ForeignKey("attachments.id", ondelete="SET NULL"), unique=True),
    Column("name", Text),
    Column("uploaded_by", Text),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    # Of what was sent: the same file again is no second one.
    Column("sha256", LargeBinary, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("issue_id", "purpose", "sha256"),
)
"""The files of issues; what is in them lies in the storage, under keys made of the ids."""

idempotency_keys = idempotency_table(metadata)

district_entries = district_table(metadata)
