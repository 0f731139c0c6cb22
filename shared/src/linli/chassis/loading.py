"""Loading a program."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Look for garbage neither within the block nor, ever after, among what is there at its end: it stays.

    Python's collector would go through what is loaded again and again: a fifth of the start of a service.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
