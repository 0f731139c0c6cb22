"""One click that ends the messages to an address (RFC 8058): a POST without login; a GET changes nothing."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from linli.chassis.database import Transaction
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from notify import usecases
from notify.api.problems import not_found

router = APIRouter(prefix="/v1/unsubscribe")

Token = Annotated[str, Path(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]+$")]

_WORDS = {
    "zh-Hans": ("不再向此地址发送消息？", "退订", "已退订。法定通知仍会留在收件箱中。"),
    "zh-Hant": ("不再向此地址發送訊息？", "退訂", "已退訂。法定通知仍會留在收件匣中。"),
    "en": ("Send nothing more to this address?", "Unsubscribe", "Nothing more is sent there. Your inbox stays."),
}


@router.get("/{token}", response_class=HTMLResponse)
async def ask_to_unsubscribe(token: Token, runtime: CurrentRuntime, language: Language) -> HTMLResponse:
    """Show a button; programs that look at links unsubscribe nobody."""
    if runtime.extra(usecases.Reach).secrets.contact_of(token) is None:
        raise not_found("link")
    question, button, _ = _WORDS.get(language, _WORDS["en"])
    form = f'<form method="post"><p>{escape(question)}</p><button>{escape(button)}</button></form>'
    return _page(language, form)


@router.post("/{token}", response_class=HTMLResponse)
async def unsubscribe(
    token: Token, connection: Transaction, runtime: CurrentRuntime, language: Language
) -> HTMLResponse:
    """Send nothing more to the address that the link came to."""
    contact_id = runtime.extra(usecases.Reach).secrets.contact_of(token)
    if contact_id is None:
        raise not_found("link")
    await usecases.unsubscribe(connection, contact_id, runtime.now())
    return _page(language, f"<p>{escape(_WORDS.get(language, _WORDS['en'])[2])}</p>")


def _page(language: str, content: str) -> HTMLResponse:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8"><title>Linli</title>{content}</html>',
        headers=headers,
    )
