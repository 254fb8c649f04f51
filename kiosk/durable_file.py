"""Small files that are either old or new after a power cut, and never half of each."""

import contextlib
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, payload: bytes, mode: int = 0o640) -> None:
    """`payload` under `path`, on the disk when this returns. Makes the folder. Raise OSError: the old file stands."""
    path.parent.mkdir(mode=0o2770, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
