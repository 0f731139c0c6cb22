"""What can be wrong with a district's files."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, or to be looked at: the ``file``, the ``entry`` in it, and what is the matter."""

    file: str
    entry: str
    fault: str

    def __str__(self) -> str:
        return f"{self.file}: {self.entry}: {self.fault}"


class DistrictError(Exception):
    """A fault in a district's files: ``file``, the ``entry`` in it, and the ``fault``, as the message says them."""

    def __init__(self, file: str, entry: str, fault: str) -> None:
        super().__init__(f"{file}: {entry}: {fault}")
        self.file = file
        self.entry = entry
        self.fault = fault


class DistrictFaultsError(DistrictError):
    """All ``faults`` of a district's files, a line each; the first one is the error's own."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].file, faults[0].entry, faults[0].fault)
        self.args = ("\n".join(map(str, faults)),)
        self.faults = tuple(faults)
