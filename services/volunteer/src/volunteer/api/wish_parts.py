"""What the routes of wishes and of their claims are given."""

from typing import Annotated

from fastapi import Depends

from linli.chassis.contacts import ContactCipher
from linli.chassis.runtime import CurrentRuntime
from volunteer.domain.claiming import ClaimPolicy
from volunteer.settings import Contacts


async def _policy(runtime: CurrentRuntime) -> ClaimPolicy:
    return runtime.extra(ClaimPolicy)


async def _cipher(runtime: CurrentRuntime) -> ContactCipher | None:
    return runtime.extra(Contacts).cipher


Policy = Annotated[ClaimPolicy, Depends(_policy)]
"""How claims are shared out."""

Cipher = Annotated[ContactCipher | None, Depends(_cipher)]
"""How contacts are encrypted, if any are taken."""
