"""Drafts: reports that are kept while they are written."""

from base64 import urlsafe_b64encode
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import SecretStr, ValidationError

from intake import usecases
from intake.api.reports import check_shared, report_of
from intake.api.schemas import DraftContent, DraftRead, IssueAccepted, IssueCreate
from intake.domain.issue import Source
from intake.metrics import ReportMetrics
from linli.chassis.auth import Caller, MaybeCaller, Principal
from linli.chassis.cipher import Cipher
from linli.chassis.contacts import ContactCipher
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.describing import refusal
from linli.chassis.district import DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from linli.contracts.tracking import CODE_PATTERN

router = APIRouter(prefix="/v1/drafts", tags=["drafts"])

DraftCode = Annotated[str, Path(pattern=CODE_PATTERN)]


class DraftCipher(Cipher):
    """Encrypts drafts, with a key of its own."""


def draft_cipher(contact_key: SecretStr) -> DraftCipher:
    """Return what encrypts drafts, where contacts are encrypted with a key."""
    derived = Cipher(contact_key).derived(b"linli drafts")
    return DraftCipher(SecretStr(urlsafe_b64encode(derived).decode()))


@router.post("", status_code=201, responses=refusal(409, "As many drafts are kept as may be"))
async def save_draft(
    body: DraftContent, connection: Transaction, runtime: CurrentRuntime, key: Idempotency, principal: MaybeCaller
) -> DraftRead:
    """Keep a report that is not finished. Whoever has no token finds it by its code alone, for thirty days."""
    check_shared(key, principal)
    draft = await usecases.save_draft(
        connection,
        _content(body),
        draft_id=runtime.new_id(),
        owner=_owner(principal),
        at=runtime.now(),
        cipher=runtime.extra(DraftCipher),
        key=key,
    )
    return _read(draft)


@router.get("")
async def list_drafts(principal: Caller, connection: Reading, runtime: CurrentRuntime) -> list[DraftRead]:
    """List what the caller saved with a token and has not handed in, the newest first."""
    cipher = runtime.extra(DraftCipher)
    drafts = await usecases.drafts_of(connection, principal.subject, at=runtime.now(), cipher=cipher)
    return [_read(draft) for draft in drafts]


@router.get("/{draft_code}")
async def read_draft(
    draft_code: DraftCode, principal: MaybeCaller, connection: Reading, runtime: CurrentRuntime
) -> DraftRead:
    """Show a draft, or what became of it."""
    cipher = runtime.extra(DraftCipher)
    draft = await usecases.read_draft(connection, draft_code, owner=_owner(principal), at=runtime.now(), cipher=cipher)
    return _read(draft)


@router.put("/{draft_code}")
async def change_draft(
    draft_code: DraftCode,
    body: DraftContent,
    principal: MaybeCaller,
    connection: Transaction,
    runtime: CurrentRuntime,
) -> DraftRead:
    """Keep other content instead, for thirty days again."""
    draft = await usecases.change_draft(
        connection,
        draft_code,
        _content(body),
        owner=_owner(principal),
        at=runtime.now(),
        cipher=runtime.extra(DraftCipher),
    )
    return _read(draft)


@router.delete("/{draft_code}", status_code=204)
async def discard_draft(
    draft_code: DraftCode, principal: MaybeCaller, connection: Transaction, runtime: CurrentRuntime
) -> None:
    """Keep a draft no longer. What was handed in stays."""
    await usecases.discard_draft(connection, draft_code, owner=_owner(principal), at=runtime.now())


@router.post("/{draft_code}/submit", status_code=201)
async def submit_draft(
    draft_code: DraftCode,
    request: Request,
    principal: MaybeCaller,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    language: Language,
) -> IssueAccepted:
    """Hand a draft in; once more answers with the same receipt. One that is no report yet stays as it is."""
    issue_id, at = runtime.new_id(), runtime.now()
    taken: list[Source] = []

    async def report(content: bytes) -> usecases.Accepted:
        body = _finished(content)
        taken.append(body.source)
        return await usecases.report_issue(
            connection,
            report_of(body, language=language, district=district),
            issue_id=issue_id,
            at=at,
            district=district,
            cipher=runtime.extra(ContactCipher),
        )

    accepted = await usecases.hand_in(
        connection, draft_code, report, owner=_owner(principal), at=at, cipher=runtime.extra(DraftCipher)
    )
    for source in taken:
        once_committed(request, partial(runtime.extra(ReportMetrics).accepted, source))
    return IssueAccepted(id=accepted.issue_id, tracking_code=accepted.tracking_code)


def _owner(principal: Principal | None) -> str | None:
    return principal.subject if principal else None


def _content(body: DraftContent) -> bytes:
    return body.model_dump_json(exclude_unset=True).encode()


def _finished(content: bytes) -> IssueCreate:
    try:
        return IssueCreate.model_validate_json(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None


def _read(draft: usecases.Draft) -> DraftRead:
    accepted = draft.accepted
    return DraftRead(
        code=draft.code,
        content=None if draft.content is None else DraftContent.model_validate_json(draft.content),
        saved_at=draft.saved_at,
        expires_at=draft.expires_at,
        issue=None if accepted is None else IssueAccepted(id=accepted.issue_id, tracking_code=accepted.tracking_code),
    )
