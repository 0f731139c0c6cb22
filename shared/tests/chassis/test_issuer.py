import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from linli.chassis.auth import Authenticator, Principal
from linli.chassis.issuer import IssuerError, LocalIssuer


async def test_minted_tokens_are_accepted_by_the_published_key(tmp_path: Path) -> None:
    issuer = LocalIssuer.load_or_create(tmp_path / "new" / "key.json")
    issuer.write_jwks(tmp_path / "jwks.json")
    token = issuer.mint(
        "u1", name="Ms Example", roles=["handler"], areas=["a"], department="housing", lifetime=timedelta(minutes=1)
    )
    authenticator = Authenticator(issuer.issuer, issuer.audience, (tmp_path / "jwks.json").as_uri())
    assert await authenticator.authenticate(token) == Principal(
        "u1", "Ms Example", frozenset({"handler"}), ("a",), "housing"
    )


def test_the_key_is_kept_and_private(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    first, again = LocalIssuer.load_or_create(path), LocalIssuer.load_or_create(path)
    assert first.jwks() == again.jwks()
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(tmp_path.iterdir()) == {path}
    first.write_jwks(tmp_path / "jwks.json")
    assert '"d"' not in (tmp_path / "jwks.json").read_text()


def test_those_who_start_together_share_one_key(tmp_path: Path) -> None:
    together = Barrier(8)

    def kid(_number: int) -> str:
        together.wait(timeout=10)
        return str(LocalIssuer.load_or_create(tmp_path / "key.json").jwks()["keys"][0]["kid"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(kid, range(8)))) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"kty": "oct", "k": "eHh4"}'])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(IssuerError, match=r"key\.json holds no key"):
        LocalIssuer.load_or_create(path)


def test_a_public_key_is_refused(tmp_path: Path) -> None:
    jwk = LocalIssuer.load_or_create(tmp_path / "key.json").jwks()["keys"][0]
    path = tmp_path / "public.json"
    path.write_text(json.dumps(jwk))
    path.chmod(0o600)
    with pytest.raises(IssuerError, match="no private key"):
        LocalIssuer.load_or_create(path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    LocalIssuer.load_or_create(path)
    path.chmod(0o644)
    with pytest.raises(IssuerError, match="owner only"):
        LocalIssuer.load_or_create(path)
