"""The teams of volunteers that a district begins with."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from linli.contracts import AreaPath, Slug
from linli.contracts.words import Line


class Team(BaseModel):
    """A team of an area; whoever wants to joins an ``open`` one, and asks the leader of one that has to ``approve``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Slug
    name: Line
    area: AreaPath
    purpose: Annotated[str, StringConstraints(max_length=2000)] = ""
    join: Literal["open", "invite", "approve"] = "approve"
