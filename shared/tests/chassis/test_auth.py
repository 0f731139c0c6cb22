import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends
from httpx import ASGITransport, AsyncClient
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey

from linli.chassis.app import service_app
from linli.chassis.auth import Authenticator, Caller, MaybeCaller, Principal, require, require_area
from linli.chassis.database import create_engine
from linli.chassis.issuer import LocalIssuer
from linli.chassis.keys import KeySource, KeysUnavailableError
from linli.chassis.problems import ProblemError
from linli.chassis.settings import ServiceSettings

ISSUER = "https://id.example"
AUDIENCE = "linli"


class Provider:
    """An identity provider with a key of each kind, whose key set is a file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "jwks.json"
        self.keys: dict[str, Any] = {
            "RS256": RSAKey.generate_key(2048, auto_kid=True),
            "ES256": ECKey.generate_key("P-256", auto_kid=True),
            "Ed25519": OKPKey.generate_key("Ed25519", auto_kid=True),
        }
        self.path.write_text(json.dumps(KeySet(list(self.keys.values())).as_dict(private=False)))

    def claims(self, **changes: object) -> dict[str, Any]:
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "u1",
            "name": "Ms Example",
            "roles": ["handler"],
            "areas": ["a/b"],
            "exp": now + 600,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, alg: str = "ES256", key: Key | None = None, kid: str | None = None, **changes: object) -> str:
        key = key or self.keys[alg]
        header = {"alg": alg, "kid": kid or key.kid}
        return jwt.encode(header, self.claims(**changes), key, [alg])


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Provider:
    return Provider(tmp_path_factory.mktemp("provider"))


@pytest.fixture
def authenticator(provider: Provider) -> Authenticator:
    return Authenticator(ISSUER, AUDIENCE, provider.path.as_uri())


async def refused(authenticator: Authenticator, token: str) -> ProblemError:
    with pytest.raises(ProblemError) as problem:
        await authenticator.authenticate(token)
    return problem.value


@pytest.mark.parametrize("alg", ["RS256", "ES256", "Ed25519"])
async def test_a_good_token_tells_who_calls(provider: Provider, authenticator: Authenticator, alg: str) -> None:
    token = provider.token(alg, department="housing", language="en")
    principal = await authenticator.authenticate(token)
    assert principal == Principal("u1", "Ms Example", frozenset({"handler"}), ("a/b",), "housing", "en")
    assert await authenticator.authenticate(token) is principal


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["x", "y"]},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 10**400},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"roles": "handler"},
        {"roles": [1]},
        {"areas": {"a": 1}},
        {"roles": ["x"] * 201},
    ],
)
async def test_a_token_with_wrong_claims_is_refused(
    provider: Provider, authenticator: Authenticator, changes: dict[str, Any]
) -> None:
    problem = await refused(authenticator, provider.token(**changes))
    assert problem.status == 401
    assert problem.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}


async def test_one_of_several_audiences_is_enough(provider: Provider, authenticator: Authenticator) -> None:
    assert (await authenticator.authenticate(provider.token(aud=["x", AUDIENCE]))).subject == "u1"


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b", "a.b.c", "é.b.c", "bnVsbA.e30.x", "e30.e30.e30", "W1tb.e30.", "x" * 9000, "W" * 8000 + "..", "\0"],
)
async def test_what_is_not_a_token_is_refused(authenticator: Authenticator, token: str) -> None:
    assert (await refused(authenticator, token)).status == 401


async def test_a_deeply_nested_header_is_refused(authenticator: Authenticator) -> None:
    # "W1tb" is "[[[" in base64.
    assert (await refused(authenticator, "W1tb" * 2000 + ".e30.x")).status == 401


async def test_a_forged_signature_is_refused(provider: Provider, authenticator: Authenticator) -> None:
    stranger = ECKey.generate_key("P-256", auto_kid=True)
    token = provider.token(key=stranger, kid=provider.keys["ES256"].kid)
    assert (await refused(authenticator, token)).status == 401


async def test_a_changed_payload_is_refused(provider: Provider, authenticator: Authenticator) -> None:
    header, _, signature = provider.token().split(".")
    payload = provider.token(sub="somebody-else").split(".")[1]
    assert (await refused(authenticator, f"{header}.{payload}.{signature}")).status == 401


async def test_an_unknown_key_is_refused(provider: Provider, authenticator: Authenticator) -> None:
    token = provider.token(key=ECKey.generate_key("P-256", auto_kid=True))
    assert "unknown key" in str((await refused(authenticator, token)).detail)


async def test_an_unsigned_token_is_refused(provider: Provider, authenticator: Authenticator) -> None:
    header = json.dumps({"alg": "none", "kid": provider.keys["ES256"].kid}).encode()
    token = f"{urlsafe_b64encode(header).decode()}.{provider.token().split('.')[1]}."
    assert (await refused(authenticator, token)).status == 401


async def test_a_public_key_used_as_a_shared_secret_is_refused(
    provider: Provider, authenticator: Authenticator
) -> None:
    public = provider.keys["RS256"].as_pem(private=False)
    token = provider.token("HS256", key=OctKey.import_key(public.hex()), kid=provider.keys["RS256"].kid)
    assert (await refused(authenticator, token)).status == 401


async def test_a_remembered_token_still_expires(provider: Provider) -> None:
    now = datetime.now(UTC).timestamp()
    clock = [now]
    authenticator = Authenticator(ISSUER, AUDIENCE, provider.path.as_uri(), clock=lambda: clock[0])
    token = provider.token(exp=int(now) + 20)
    await authenticator.authenticate(token)
    clock[0] = now + 45
    assert (await authenticator.authenticate(token)).subject == "u1"
    clock[0] = now + 55
    assert (await refused(authenticator, token)).detail == "The token has expired."


async def test_only_so_many_tokens_are_remembered(
    provider: Provider, authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linli.chassis.auth.CACHE_SIZE", 2)
    for number in range(4):
        await authenticator.authenticate(provider.token(sub=f"u{number}"))
    assert len(authenticator._verified) == 2


async def test_an_unknown_key_is_looked_up_again_but_not_too_often(provider: Provider, tmp_path: Path) -> None:
    path, clock = tmp_path / "jwks.json", [0.0]
    old, new = provider.keys["ES256"], provider.keys["RS256"]
    path.write_text(json.dumps(KeySet([old]).as_dict(private=False)))
    source = KeySource(path.as_uri(), clock=lambda: clock[0])
    assert await source.find(old.kid) is not None
    path.write_text(json.dumps(KeySet([new]).as_dict(private=False)))
    clock[0] = 29.0
    assert await source.find(new.kid) is None
    clock[0] = 30.0
    assert await source.find(new.kid) is not None
    assert await source.find(old.kid) is None


async def test_a_withdrawn_key_is_forgotten_in_time(provider: Provider, tmp_path: Path) -> None:
    path, clock = tmp_path / "jwks.json", [0.0]
    old = provider.keys["ES256"]
    path.write_text(json.dumps(KeySet([old]).as_dict(private=False)))
    source = KeySource(path.as_uri(), clock=lambda: clock[0])
    assert await source.find(old.kid) is not None
    path.write_text(json.dumps(KeySet([provider.keys["RS256"]]).as_dict(private=False)))
    clock[0] = 601.0
    assert await source.find(old.kid) is None


async def test_known_keys_survive_a_provider_that_fails(provider: Provider, tmp_path: Path) -> None:
    path, clock = tmp_path / "jwks.json", [0.0]
    path.write_text(provider.path.read_text())
    source = KeySource(path.as_uri(), clock=lambda: clock[0])
    kid = provider.keys["ES256"].kid
    assert await source.find(kid) is not None
    path.unlink()
    clock[0] = 601.0
    assert await source.find(kid) is not None


async def test_a_provider_that_comes_late_is_found_soon(provider: Provider, tmp_path: Path) -> None:
    path, clock = tmp_path / "jwks.json", [0.0]
    source = KeySource(path.as_uri(), clock=lambda: clock[0])
    kid = provider.keys["ES256"].kid
    with pytest.raises(KeysUnavailableError):
        await source.find(kid)
    path.write_text(provider.path.read_text())
    clock[0] = 1.0
    assert await source.find(kid) is not None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [{}]}', b"\xff", b" " * 300_000])
async def test_a_broken_key_set_is_no_key_set(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(content)
    with pytest.raises(KeysUnavailableError):
        await KeySource(path.as_uri()).find("k")


async def test_a_provider_out_of_reach_is_a_passing_problem(provider: Provider) -> None:
    authenticator = Authenticator(ISSUER, AUDIENCE, "http://127.0.0.1:1/jwks")
    assert (await refused(authenticator, provider.token())).status == 503


async def test_keys_are_fetched_over_http(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=provider.path.read_bytes()))
    monkeypatch.setattr("linli.chassis.keys.httpx.AsyncClient", _client(transport))
    authenticator = Authenticator(ISSUER, AUDIENCE, "https://id.example/jwks")
    assert (await authenticator.authenticate(provider.token())).subject == "u1"


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(302, headers={"location": "/x"}), httpx.Response(200, content=b"x" * 300_000)],
)
async def test_an_answer_that_is_no_key_set_is_a_passing_problem(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response
) -> None:
    monkeypatch.setattr("linli.chassis.keys.httpx.AsyncClient", _client(httpx.MockTransport(lambda _request: answer)))
    authenticator = Authenticator(ISSUER, AUDIENCE, "https://id.example/jwks")
    assert (await refused(authenticator, provider.token())).status == 503


def _client(transport: httpx.MockTransport) -> Callable[..., httpx.AsyncClient]:
    real = httpx.AsyncClient
    return lambda **options: real(transport=transport, **options)


@pytest.mark.parametrize(
    ("area", "covered"),
    [("a/b", True), ("a/b/c", True), ("a", False), ("a/bc", False), ("", False), ("x/a/b", False)],
)
def test_an_area_covers_itself_and_what_lies_below(area: str, *, covered: bool) -> None:
    principal = Principal("u1", "Ms Example", areas=("a/b",))
    assert principal.covers(area) is covered
    if not covered:
        with pytest.raises(ProblemError) as problem:
            require_area(principal, area)
        assert problem.value.status == 403


@pytest.fixture
async def client(make_settings: Callable[..., ServiceSettings]) -> AsyncIterator[AsyncClient]:
    router = APIRouter()

    @router.get("/me")
    async def me(principal: Caller) -> str:
        return principal.subject

    @router.get("/maybe")
    async def maybe(principal: MaybeCaller) -> str | None:
        return None if principal is None else principal.subject

    @router.get("/staff")
    async def staff(principal: Annotated[Principal, Depends(require("handler", "admin"))]) -> str:
        require_area(principal, "a/b/c")
        return principal.subject

    settings = make_settings()
    app = service_app(
        name="tiny",
        title="Tiny",
        settings=settings,
        engine=create_engine(settings),
        package=None,
        routers=[router],
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_route_that_needs_a_caller_asks_for_a_token(client: AsyncClient) -> None:
    answer = await client.get("/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_route_for_everybody_serves_callers_and_strangers(client: AsyncClient, issuer: LocalIssuer) -> None:
    assert (await client.get("/maybe")).json() is None
    assert (await client.get("/maybe", headers=bearer(issuer.mint("u1", name="Ms Example")))).json() == "u1"


@pytest.mark.parametrize("path", ["/me", "/maybe"])
@pytest.mark.parametrize("header", ["Basic dTpw", "Bearer", "Bearer ", "Bearer x", "token", ""])
async def test_wrong_credentials_are_refused_everywhere(client: AsyncClient, path: str, header: str) -> None:
    answer = await client.get(path, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_foreign_token_is_refused(client: AsyncClient, tmp_path: Path) -> None:
    foreign = LocalIssuer.load_or_create(tmp_path / "key.json").mint("u1", name="Ms Example")
    assert (await client.get("/me", headers=bearer(foreign))).status_code == 401


async def test_an_expired_token_is_refused(client: AsyncClient, issuer: LocalIssuer) -> None:
    token = issuer.mint("u1", name="Ms Example", lifetime=timedelta(minutes=-1))
    answer = await client.get("/me", headers=bearer(token))
    assert (answer.status_code, answer.json()["detail"]) == (401, "The token has expired.")


@pytest.mark.parametrize(
    ("roles", "areas", "status"),
    [(["handler"], ["a"], 200), (["x", "admin"], ["a/b/c"], 200), ([], ["a"], 403), (["handler"], ["a/bc"], 403)],
)
async def test_role_and_area_are_both_needed(
    client: AsyncClient, issuer: LocalIssuer, roles: list[str], areas: list[str], status: int
) -> None:
    token = issuer.mint("u1", name="Ms Example", roles=roles, areas=areas)
    assert (await client.get("/staff", headers=bearer(token))).status_code == status


async def test_the_openapi_document_says_which_routes_take_a_token(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["paths"]["/me"]["get"]["security"] == [{"HTTPBearer": []}]
