"""Why something is not done: each kind is one answer to callers."""


class UnknownError(Exception):
    """There is no such ``kind`` of thing."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"there is no such {kind}")
        self.kind = kind


class NotAllowedError(Exception):
    """The caller may not do it; the message says who may."""


class FieldError(Exception):
    """A field cannot be as it was sent."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class RefusedError(Exception):
    """The state of things forbids it; ``slug`` names the rule for programs."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


class StaleError(Exception):
    """It has changed since the caller saw it; ``version`` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"it has version {version} now")
        self.version = version
