"""Who offers the service, and who may post to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

from linli.chassis.problems import ProblemError


@dataclass(frozen=True, slots=True)
class Provider:
    """What a deployment says of itself.

    ``keys`` has by the name of a front end the SHA-256 of its key, so that no key is kept here. Any ``jurisdiction``
    is taken for this one where none is set; without a ``contact`` the sub-district's name stands for it.
    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    jurisdiction: str = ""
    contact: str = ""

    def owner(self, key: str) -> str | None:
        """Return the front end that a key belongs to."""
        shown = sha256(key.encode()).hexdigest()
        return next((name for name, known in self.keys.items() if compare_digest(known, shown)), None)

    def refuse_other(self, jurisdiction: str | None) -> None:
        """Refuse what is meant for another jurisdiction.

        Raises:
            ProblemError: 404.
        """
        if jurisdiction and self.jurisdiction and jurisdiction != self.jurisdiction:
            raise ProblemError(404, "not-found", "Not found", "There is no such jurisdiction_id.")
