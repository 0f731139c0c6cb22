"""What a running intake works with files by."""

from dataclasses import dataclass

from intake.attachments.links import Links
from intake.attachments.receiving import Receiver
from intake.attachments.storage import Storage


@dataclass(frozen=True, slots=True)
class Files:
    """Where files are kept, how they come in, and the links by which they are read."""

    storage: Storage
    receiver: Receiver
    links: Links
