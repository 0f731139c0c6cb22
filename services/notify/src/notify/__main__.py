"""The program `notify`."""

import gc

gc.disable()  # until all is loaded: it stays, and looking through it again and again is a fifth of the start

from notify.main import main  # noqa: E402 - as said

if __name__ == "__main__":
    main()
