"""Tracking codes: what a reporter keeps to see, and to answer for, their issue."""

import secrets
from base64 import b32encode
from hashlib import sha256

CODE_BYTES = 10
CODE_PATTERN = "^[A-Z2-7]{16}$"
"""80 random bits in base32: too many to guess, short enough to read out on the telephone."""


def new_tracking_code() -> str:
    """Return a fresh code."""
    return b32encode(secrets.token_bytes(CODE_BYTES)).decode()


def reporter_key(tracking_code: str) -> str:
    """Return what events call the reporter: it can be checked against a code, and not be turned into one."""
    return sha256(tracking_code.encode()).hexdigest()
