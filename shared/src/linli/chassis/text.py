"""Text as people send it, made safe to store."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _storable(text: str) -> str:
    # PostgreSQL stores neither; a lone surrogate is not even UTF-8.
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must hold no NUL and no lone surrogate")
    return text


PlainText = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]
"""Text without surrounding white space that a database can hold; the field that uses it bounds its length."""
