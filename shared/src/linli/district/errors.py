"""What can be wrong with a district's files."""


class DistrictError(Exception):
    """A fault in a district's files: ``file``, the ``entry`` in it, and the ``fault``, as the message says them."""

    def __init__(self, file: str, entry: str, fault: str) -> None:
        super().__init__(f"{file}: {entry}: {fault}")
        self.file = file
        self.entry = entry
        self.fault = fault
