from uuid import uuid4

import pytest
from pydantic import SecretStr

from linli.chassis.cipher import Cipher, CipherKeyError, UnreadableError

KEY = "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="


def test_a_value_is_read_by_its_owner_only_and_is_never_encrypted_alike() -> None:
    cipher, one, other = Cipher(SecretStr(KEY)), uuid4(), uuid4()
    stored = cipher.encrypt(one, b"plain")
    assert cipher.decrypt(one, stored) == b"plain"
    assert stored != cipher.encrypt(one, b"plain")
    for owner, changed in ((other, stored), (one, stored[:-1] + b"x"), (one, b"")):
        with pytest.raises(UnreadableError):
            cipher.decrypt(owner, changed)


def test_another_key_reads_nothing() -> None:
    owner = uuid4()
    stored = Cipher(SecretStr(KEY)).encrypt(owner, b"plain")
    with pytest.raises(UnreadableError):
        Cipher(SecretStr("A" * 43)).decrypt(owner, stored)


@pytest.mark.parametrize("key", ["", "short", "not base64 at all, and with a letter: 例", "A" * 60])
def test_a_key_that_is_none_is_refused_and_not_quoted(key: str) -> None:
    with pytest.raises(CipherKeyError, match=r"^must be 32 bytes in URL-safe base64$"):
        Cipher(SecretStr(key))
