"""Mail over SMTP: plain text and HTML, threaded by matter, with one click to unsubscribe (RFC 8058)."""

import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Annotated, Any, Literal

import aiosmtplib
from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from notify.channels.port import TIMEOUT_S, AddressError, Letter, Outside, SendError, Taken, Traits
from notify.domain.limits import per_minute

NO_SUCH_MAILBOX = {550, 551, 553, 556}
"""What a server answers to a recipient whom it does not have (RFC 5321, 4.2.3; RFC 7504)."""

_PAGE = Environment(autoescape=True).from_string(
    '<!doctype html><html lang="{{ language }}"><meta charset="utf-8"><title>{{ title }}</title>'
    "<h1>{{ title }}</h1>{% for line in lines %}<p>{{ line }}</p>{% endfor %}"
    '{% if url %}<p><a href="{{ url }}">{{ unsubscribe }}</a></p>{% endif %}</html>'
)
_UNSUBSCRIBE = {"zh-Hans": "退订", "zh-Hant": "退訂", "en": "Unsubscribe"}


def _mailbox(address: str) -> str:
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError("it is no mail address") from None


class EmailSettings(BaseModel):
    """The server that mail is handed to, and who it comes from.

    ``per_minute`` is what the server takes. ``callback_secret`` signs what is told later of mail that came back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, AfterValidator(_mailbox)]
    sender_name: Annotated[str, Field(max_length=60, pattern=r"^[^\r\n\x00]*$")] = ""
    per_minute: Annotated[int, Field(ge=1)] = 600
    callback_secret: SecretStr | None = None


class Email:
    """Mails each message to one recipient over a connection of its own."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = EmailSettings.model_validate(settings)
        secret = self._settings.callback_secret
        self.traits = Traits(
            most_title=150,
            most_body=20_000,
            whole=(per_minute(self._settings.per_minute),),
            at_once=20,
            callback_secret=secret.get_secret_value().encode() if secret else None,
        )
        self._tls = ssl.create_default_context()

    def normal(self, address: str) -> str:
        """Return a mail address as it is written in mail; nothing is looked up."""
        try:
            return _mailbox(address.strip())
        except ValueError as error:
            raise AddressError(str(error)) from None

    def masked(self, address: str) -> str:
        """Return the first letter and the host."""
        name, _, host = address.rpartition("@")
        return f"{name[:1]}…@{host}"

    async def send(self, letter: Letter, outside: Outside) -> Taken:  # noqa: ARG002 - it speaks SMTP
        """Hand a mail to the server; its Message-ID is the same each time."""
        message = self.written(letter)
        secret = self._settings.password
        try:
            await aiosmtplib.send(
                message,
                sender=self._settings.sender,
                recipients=[letter.address],
                hostname=self._settings.host,
                port=self._settings.port,
                username=self._settings.username,
                password=secret.get_secret_value() if secret else None,
                use_tls=self._settings.tls == "tls",
                start_tls=self._settings.tls == "starttls",
                tls_context=self._tls if self._settings.tls != "none" else None,
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0].code, of_recipient=True) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            raise SendError(f"its server answered {error.code} to the login") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code, of_recipient=False) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise SendError(f"its server cannot be reached: {type(error).__name__}") from None
        return Taken(str(message["Message-ID"]))

    def written(self, letter: Letter) -> EmailMessage:
        """Return the mail.

        Raises:
            SendError: a header would hold a line break.
        """
        host = self._settings.sender.rpartition("@")[2]
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = Address(self._settings.sender_name, addr_spec=self._settings.sender)
            message["To"] = letter.address
            message["Subject"] = letter.title
        except ValueError:
            raise SendError("a header would hold a line break", permanent=True) from None
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.id}@{host}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.language
        if letter.thread is not None:
            message["References"] = message["In-Reply-To"] = f"<{letter.thread}@{host}>"
        if letter.unsubscribe_url is not None:
            message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.body)
        message.add_alternative(self._page(letter), subtype="html")
        return message

    def _page(self, letter: Letter) -> str:
        return _PAGE.render(
            language=letter.language,
            title=letter.title,
            lines=letter.body.splitlines(),
            url=letter.unsubscribe_url,
            unsubscribe=_UNSUBSCRIBE.get(letter.language, _UNSUBSCRIBE["en"]),
        )


def _refused(code: int, *, of_recipient: bool) -> SendError:
    permanent = 500 <= code <= 599  # noqa: PLR2004 - RFC 5321, 4.2.1
    bad = of_recipient and code in NO_SUCH_MAILBOX
    return SendError(f"its server answered {code}", permanent=permanent, bad_address=bad)
