"""How far a command is, for whoever waits at a terminal; a log wants the result alone."""

import sys
from collections.abc import Callable


def told_of(what: str) -> Callable[[int, int], None]:
    """Hears how many are done, and of how many."""

    def told(done: int, whole: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= whole else "\r"
            print(f"{what}: {done:,} / {whole:,}", end=end, file=sys.stderr, flush=True)

    return told
