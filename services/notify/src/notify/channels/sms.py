"""Text messages through a gateway that speaks HTTP: the id of an approved template and its parameters, no free text."""

from collections.abc import Mapping
from typing import Annotated, Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from notify.channels.answers import ask, require_code
from notify.channels.port import AddressError, Letter, Outside, SendError, Taken, Traits, masked_middle
from notify.domain.limits import per_minute

MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


class Approved(BaseModel):
    """A template that the gateway has approved; ``params`` names what of a message it is filled with, by its own names.

    They are values of the message (`category`, `area`, `deadline`, ...), or its `title` or `body`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=100)]
    params: Mapping[str, str] = {}


class SmsSettings(BaseModel):
    """The gateway, and the templates by language and message; ``*`` stands for messages that are not named.

    Numbers of other ``countries`` are refused; the first is that of numbers without a prefix. A parameter is cut after
    ``most_param`` characters. ``busy_codes`` and ``bad_number_codes`` are what the gateway answers in ``code``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, Field(pattern=r"^https?://")]
    token: SecretStr | None = None
    templates: Mapping[str, Mapping[str, Approved]]
    countries: Annotated[tuple[str, ...], Field(min_length=1)] = ("CN",)
    most_param: Annotated[int, Field(ge=1)] = 35
    per_minute: Annotated[int, Field(ge=1)] = 300
    busy_codes: frozenset[int] = frozenset()
    bad_number_codes: frozenset[int] = frozenset()
    callback_secret: SecretStr | None = None


class Sms:
    """Hands the gateway a number, a template and its parameters; the id of the message lets it know repetitions."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = SmsSettings.model_validate(settings)
        secret = self._settings.callback_secret
        self.traits = Traits(
            most_title=50,
            most_body=400,
            whole=(per_minute(self._settings.per_minute),),
            callback_secret=secret.get_secret_value().encode() if secret else None,
        )

    def normal(self, address: str) -> str:
        """Return a mobile number with its prefix (E.164)."""
        try:
            number = phonenumbers.parse(address, self._settings.countries[0])
        except NumberParseException:
            raise AddressError("it is no telephone number") from None
        if phonenumbers.region_code_for_number(number) not in self._settings.countries:
            raise AddressError(f"it must be a number of {', '.join(self._settings.countries)}")
        if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in MOBILE:
            raise AddressError("it is no mobile number")
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)

    def masked(self, address: str) -> str:
        """Return the prefix and the last two digits."""
        return masked_middle(address)

    async def send(self, letter: Letter, outside: Outside) -> Taken:
        """Hand a message to the gateway."""
        approved = self._approved(letter)
        secret = self._settings.token
        headers = {"Authorization": f"Bearer {secret.get_secret_value()}"} if secret else {}
        values = {**letter.values, "title": letter.title, "body": letter.body}
        body = {
            "id": str(letter.id),
            "to": letter.address,
            "template": approved.id,
            "params": {
                name: str(values.get(of, ""))[: self._settings.most_param] for name, of in approved.params.items()
            },
        }
        said = await ask(outside, self._settings.url, body, headers)
        require_code(said, "code", busy=self._settings.busy_codes, bad_address=self._settings.bad_number_codes)
        given = said.get("message_id")
        return Taken(str(given)[:200] if given is not None else None)

    def _approved(self, letter: Letter) -> Approved:
        known = self._settings.templates.get(letter.language, {})
        approved = known.get(letter.template) or known.get("*")
        if approved is None:
            raise SendError(f"no template is approved for {letter.template} in {letter.language}", permanent=True)
        return approved
