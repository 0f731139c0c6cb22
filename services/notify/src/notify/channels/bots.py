"""What bots that sign have in common: an address is a token and, where the bot asks for signatures, its secret."""

import re

from notify.channels.port import AddressError

PART = re.compile(r"[A-Za-z0-9_-]{8,128}")


def normal_pair(address: str, before_token: str) -> str:
    """Return ``token`` or ``token secret``, the token also out of the whole URL that the provider shows.

    Raises:
        AddressError: it is neither.
    """
    token, *rest = address.split()
    token = token.rpartition(before_token)[2]
    if len(rest) > 1 or not all(PART.fullmatch(part) for part in (token, *rest)):
        raise AddressError("it must be the token of a bot and, after a space, its secret if it has one")
    return " ".join((token, *rest))


def token_and_secret(address: str) -> tuple[str, str | None]:
    """Return the parts of an address."""
    token, _, secret = address.partition(" ")
    return token, secret or None
