from pathlib import Path

from .stack import SERVICES

ROOT = Path(__file__).parents[2]


def dockerfile(service: str) -> str:
    return (ROOT / "services" / service / "Dockerfile").read_text()


def every_dockerfile() -> list[str]:
    return [*map(dockerfile, SERVICES), (ROOT / "examples" / "Dockerfile").read_text()]


def test_no_two_dockerfiles_have_one_size() -> None:
    # BuildKit takes files of one size and one time (a checkout gives them one) for one file, and so builds one of the
    # images twice, under both names: https://github.com/moby/buildkit/issues/1368
    assert len({len(one.encode()) for one in every_dockerfile()}) == len(every_dockerfile())


def test_dockerfiles_differ_in_the_name_of_the_service_only() -> None:
    assert len({nameless(service) for service in SERVICES}) == 1


def test_every_dockerfile_takes_the_project_of_every_member() -> None:
    members = ["shared", "standalone", *(f"services/{service}" for service in SERVICES)]
    for one in every_dockerfile():
        assert [member for member in members if f"COPY {member}/pyproject.toml {member}/\n" not in one] == []


def nameless(service: str) -> str:
    # The first line says what the service is; the lock wants every member's pyproject.toml.
    lines = [line for line in dockerfile(service).splitlines()[1:] if not line.endswith("/")]
    return "\n".join(lines).replace(service, "NAME")
