import pytest

from linli.testing import choice
from linli.testing.choice import Kind, ServersError, choose_kind


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_TEST_SERVERS", raising=False)
    monkeypatch.delenv("ADDRESS", raising=False)


@pytest.mark.parametrize(("engine", "kind"), [(True, Kind.CONTAINERS), (False, Kind.LOCAL)])
def test_docker_engine_decides_when_nothing_is_said(
    *, engine: bool, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "docker_engine_answers", lambda: engine)

    assert choose_kind("ADDRESS") is kind


def test_address_in_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS", "amqp://somewhere")

    assert choose_kind("ADDRESS") is Kind.ENVIRONMENT


def test_half_an_address_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS", "amqp://somewhere")

    with pytest.raises(ServersError, match="ADDRESS needs OTHER_ADDRESS beside it"):
        choose_kind("ADDRESS", "OTHER_ADDRESS")


@pytest.mark.parametrize("kind", [Kind.CONTAINERS, Kind.LOCAL])
def test_choice_is_forced_by_the_variable(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS", "amqp://somewhere")
    monkeypatch.setenv("LINLI_TEST_SERVERS", kind)

    assert choose_kind("ADDRESS") is kind


def test_unknown_choice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_TEST_SERVERS", "cloud")

    with pytest.raises(ServersError, match="environment, containers, local, not 'cloud'"):
        choose_kind("ADDRESS")


def test_environment_without_address_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_TEST_SERVERS", "environment")

    with pytest.raises(ServersError, match="needs ADDRESS"):
        choose_kind("ADDRESS")


def test_engine_does_not_answer_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    assert not choice.docker_engine_answers()
