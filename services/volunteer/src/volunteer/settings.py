"""What volunteer can be told."""

from dataclasses import dataclass

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from linli.chassis.cipher import CipherKey
from linli.chassis.contacts import ContactCipher
from linli.chassis.settings import ServiceSettings
from volunteer.domain.claiming import ClaimPolicy

_MOST = 1000
_DEFAULT = ClaimPolicy()


@dataclass(frozen=True, slots=True)
class Contacts:
    """How contacts of wishes are encrypted; without a cipher none are taken."""

    cipher: ContactCipher | None


class VolunteerSettings(ServiceSettings):
    """``contact_key`` encrypts whom to call about a wish: 32 bytes, URL-safe base64. Without it no wish has a contact.

    ``recipient_key`` seals whom events name, for notify, which has the same; without it nobody is named or told.

    The others say how claims of wishes are shared out; see `ClaimPolicy`.
    """

    model_config = SettingsConfigDict(env_prefix="VOLUNTEER_")

    contact_key: CipherKey | None = None
    recipient_key: CipherKey | None = None
    claims_most: int = Field(default=_DEFAULT.most, ge=1, le=_MOST)
    claims_share: int = Field(default=_DEFAULT.share, ge=1, le=_MOST)
    claims_share_days: int = Field(default=_DEFAULT.share_days, ge=1, le=_MOST)
    claims_head_start_hours: int = Field(default=_DEFAULT.head_start_hours, ge=0, le=_MOST)
    claims_late_hours: int = Field(default=_DEFAULT.late_hours, ge=0, le=_MOST)
    claims_pause_days: int = Field(default=_DEFAULT.pause_days, ge=0, le=_MOST)

    def contacts(self) -> Contacts:
        """Return how contacts are encrypted."""
        return Contacts(None if self.contact_key is None else ContactCipher(self.contact_key))

    def policy(self) -> ClaimPolicy:
        """Return how claims are shared out."""
        return ClaimPolicy(
            most=self.claims_most,
            share=self.claims_share,
            share_days=self.claims_share_days,
            head_start_hours=self.claims_head_start_hours,
            late_hours=self.claims_late_hours,
            pause_days=self.claims_pause_days,
        )
