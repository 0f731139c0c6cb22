"""The plain format of matching instances; docs/matching-instances.md describes it for people."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MAX_BYTES = 200_000_000
"""A larger file is refused before it is read."""

MOST_FAULTS = 10

FORMAT = "linli-matching/1"

Id = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]
Weight = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
Pair = tuple[Id, Id, Weight] | tuple[Id, Id, Weight, Amount]
"""Person, need, weight and, where it is not the need's length, what it takes of the person's budget."""


class InstanceError(Exception):
    """The instance is not one; ``faults`` says where and why, a line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InstancePerson(_Part):
    """Somebody who takes at most ``most`` needs, which together take at most ``budget``."""

    id: Id
    most: Count | None = 1
    budget: Amount | None = None


class InstanceNeed(_Part):
    """Something that ``room`` people do, from ``begins`` until before ``ends``, in any unit of time."""

    id: Id
    room: Count = 1
    exact: bool = False
    begins: int = Field(default=0, ge=-(10**12), le=10**12)
    ends: int = Field(default=0, ge=-(10**12), le=10**12)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends < self.begins:
            raise ValueError("ends before it begins")
        return self


class Episode(_Part):
    """What came one by one in the past: for each arrival the pairs of person and weight."""

    arrivals: list[list[tuple[Id, Weight]]]


class Instance(_Part):
    """A matching problem.

    With ``arrivals``, the ids of needs in the order of their coming, it is one to be answered online, with what
    ``history`` teaches.
    """

    format: Literal["linli-matching/1"]
    goal: Literal["max", "min"] = "max"
    people: list[InstancePerson]
    needs: list[InstanceNeed]
    pairs: list[Pair]
    arrivals: list[Id] | None = None
    history: list[Episode] = []


def read_instance(file: Path) -> Instance:
    """Return the instance in a file.

    Raises:
        InstanceError: there is no such file, it is no JSON, or it is no instance.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InstanceError([f"{file}: is larger than {MAX_BYTES} bytes"])
        instance = Instance.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InstanceError([f"{file}: {error.strerror}"]) from None
    except ValidationError as error:
        raise InstanceError(_faults(error)) from None
    faults = [*_twice(instance), *_unknown(instance), *_wrong(instance)]
    if faults:
        raise InstanceError(_some(faults))
    return instance


def _faults(error: ValidationError) -> list[str]:
    return _some([f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors()])


def _some(faults: list[str]) -> list[str]:
    more = len(faults) - MOST_FAULTS
    return faults if more <= 0 else [*faults[:MOST_FAULTS], f"and {more} more"]


def _twice(instance: Instance) -> list[str]:
    faults = []
    for name, keys in (
        ("people", [one.id for one in instance.people]),
        ("needs", [one.id for one in instance.needs]),
        ("pairs", [f"{one[0]} and {one[1]}" for one in instance.pairs]),
        ("arrivals", instance.arrivals or []),
    ):
        seen: set[str] = set()
        for key in keys:
            if key in seen:
                faults.append(f"{name}: {key} is there twice")
            seen.add(key)
    return faults


def _unknown(instance: Instance) -> list[str]:
    people, needs = {one.id for one in instance.people}, {one.id for one in instance.needs}
    faults = [f"pairs: there is no person {one[0]}" for one in instance.pairs if one[0] not in people]
    faults += [f"pairs: there is no need {one[1]}" for one in instance.pairs if one[1] not in needs]
    faults += [f"arrivals: there is no need {one}" for one in instance.arrivals or [] if one not in needs]
    for number, episode in enumerate(instance.history):
        strangers = {person for arrival in episode.arrivals for person, _ in arrival} - people
        faults += [f"history.{number}: there is no person {one}" for one in sorted(strangers)]
    return faults


def _wrong(instance: Instance) -> list[str]:
    faults = []
    if instance.goal == "min" and not any(need.exact for need in instance.needs):
        faults.append('goal: with "min" some needs must be exact, or nothing would be the best')
    if instance.arrivals is None and instance.history:
        faults.append("history: is for instances with arrivals")
    if instance.arrivals is not None:
        bound = [one.id for one in instance.needs if one.exact or one.room != 1 or one.begins != one.ends]
        faults += [f"needs: {one} arrives, so it has room 1, no times, and is not exact" for one in bound]
        faults += [f"people: {one.id} has a budget, which arrivals do not" for one in instance.people if one.budget]
        if instance.goal == "min":
            faults.append('goal: arrivals are answered for "max"')
    return faults
