"""Files that are either old or new after a power cut, and never half of each. Both ends write theirs by it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, payload: bytes, mode: int = 0o640) -> None:
    """`payload` under `path`, on the disk when this returns. Makes the folder. Raise OSError: the old file stands."""
    # a setgid folder above hands its group down; to ask for the bit is refused under RestrictSUIDSGID=
    path.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
    with whole_file(path, mode) as file:
        file.write(payload)


@contextlib.contextmanager
def whole_file(path: Path, mode: int = 0o640) -> Iterator[BinaryIO]:
    """A file to be filled, which takes its place under `path` at the end; whatever is raised before, it does not."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
