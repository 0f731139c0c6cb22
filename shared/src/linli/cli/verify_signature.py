"""`linli events verify-signature`: why a webhook is taken or refused."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from linli.cli.refusing import EXIT_REFUSED, say
from linli.contracts import EventError
from linli.subscriber.webhooks import ID, SIGNATURE, TIMESTAMP, SecretError, WebhookError, Webhooks

SECRETS_VARIABLE = "LINLI_WEBHOOK_SECRETS"


def verify_signature(
    webhook_id: Annotated[str, typer.Option(help=f"The header {ID}.")],
    webhook_timestamp: Annotated[str, typer.Option(help=f"The header {TIMESTAMP}: seconds since 1970.")],
    webhook_signature: Annotated[str, typer.Option(help=f"The header {SIGNATURE}: one or more, blanks between.")],
    body: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="The body as it came; else standard input.")
    ] = None,
    secret_file: Annotated[
        list[Path] | None, typer.Option(exists=True, dir_okay=False, help="Has the secret; may be repeated.")
    ] = None,
) -> None:
    """Say whether a webhook is signed, recent and an event, or why not (status 1).

    The secret, whsec_..., comes from a file or from LINLI_WEBHOOK_SECRETS (several with blanks between): an argument
    would be shown to everybody who lists processes.
    """
    try:
        webhooks = Webhooks(_secrets(secret_file or []))
    except SecretError as error:
        raise typer.BadParameter(str(error), param_hint=f"--secret-file, {SECRETS_VARIABLE}") from None
    headers = {ID: webhook_id, TIMESTAMP: webhook_timestamp, SIGNATURE: webhook_signature}
    try:
        event = webhooks.receive(headers, body.read_bytes() if body else sys.stdin.buffer.read())
    except WebhookError as error:
        say(f"not valid: {error}")
        raise typer.Exit(EXIT_REFUSED) from None
    except EventError as error:
        say(f"not valid: it was signed, but it is {error}")
        raise typer.Exit(EXIT_REFUSED) from None
    print(f"valid: {event.type} {event.id}")  # noqa: T201 - what was asked for


def _secrets(files: Iterable[Path]) -> list[str]:
    texts = [os.environ.get(SECRETS_VARIABLE, ""), *(file.read_text(errors="replace") for file in files)]
    return [secret for text in texts for secret in text.split()]
