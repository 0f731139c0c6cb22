"""The keys of front ends are told as hashes, and what is no hash is refused."""

from hashlib import sha256
from typing import Any

import pytest
from pydantic import ValidationError

from intake.settings import IntakeSettings

from ..conftest import CONTACT_KEY  # noqa: TID252 - a folder of tests has no name but its place

ONE, OTHER = (sha256(key).hexdigest() for key in (b"one", b"other"))


def settings(monkeypatch: pytest.MonkeyPatch, keys: str) -> IntakeSettings:
    monkeypatch.setenv("INTAKE_OPEN311_KEYS", keys)
    told: dict[str, Any] = {
        "database_url": "postgresql://nobody@127.0.0.1:1/none",
        "oidc_issuer": "nobody",
        "oidc_jwks_url": "file:///none",
        "contact_key": CONTACT_KEY,
    }
    return IntakeSettings(**told)


def test_each_front_end_has_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, f"city-app={ONE}, other={OTHER},").open311_keys == {"city-app": ONE, "other": OTHER}
    assert settings(monkeypatch, "").open311_keys == {}
    assert ONE not in repr(settings(monkeypatch, f"city-app={ONE}"))


@pytest.mark.parametrize(
    "keys", ["a-key", f"City App={ONE}", f"a={ONE[1:]}", f"a={ONE},a={OTHER}", f"{{'a': '{ONE}'}}"]
)
def test_what_is_no_hash_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(monkeypatch, keys)
    assert ONE not in str(caught.value)
