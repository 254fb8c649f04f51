"""A bundle is believed by its signature or not at all: nothing of it is unpacked before its last byte is looked at."""

import hashlib
import platform
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.errors import KioskError
from kiosk.wire import updates
from kiosk.wire.errors import WireError
from kiosk.wire.updates import Release

# what was signed, as it lies in a release of its own; one that setup.sh made has none
ABOUT = "release"
_CHUNK_BYTES = 1 << 20


class UpdateError(KioskError):
    """Why a release is not taken, in one line."""


def this_python() -> str:
    return f"cp{sys.version_info.major}{sys.version_info.minor}"


def this_machine() -> str:
    return platform.machine()


def unpack(
    bundle: Path,
    keys: Mapping[str, Ed25519PublicKey],
    folder: Path,
    running: Path,
    *,
    allow_older: bool = False,
) -> Release:
    """The content of the bundle, in `folder`, which must not be there; `running` is the folder of the release at work.

    Raise UpdateError: then nothing is left of it.
    """
    try:
        with bundle.open("rb") as file:
            line, release = _first_line(file, keys)
            _fits(release, running, allow_older=allow_older)
            _unpack(file, release, folder)
            (folder / ABOUT).write_bytes(line)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UpdateError(f"{bundle.name}: {error.strerror}") from error
    except (UpdateError, tarfile.TarError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UpdateError(f"{bundle.name}: {error}") from error
    return release


def _first_line(file: BinaryIO, keys: Mapping[str, Ed25519PublicKey]) -> tuple[bytes, Release]:
    line = file.readline(updates.MAX_LINE_BYTES)
    try:
        return line, updates.verified(line.rstrip(b"\n"), keys)
    except WireError as error:
        raise UpdateError(f"is no release of this authority ({error})") from error


def _fits(release: Release, running: Path, *, allow_older: bool) -> None:
    here = this_python(), this_machine()
    if (release.python, release.machine) != here:
        raise UpdateError(
            f"is for {release.python} on {release.machine}, this is {' on '.join(here)}"
        )
    if release.name == running.name:
        raise UpdateError(f"{release.name} is the one that runs")
    if not allow_older and _is_older(release, running):
        raise UpdateError(f"{release.name} is older than {running.name}, which runs")


def _is_older(release: Release, running: Path) -> bool:
    if not updates.NAME.fullmatch(running.name):
        return False
    at_work = updates.version_of(running.name)
    if release.version != at_work:
        return release.version < at_work
    try:
        # it was believed when it was laid there, by root
        said = updates.unchecked((running / ABOUT).read_bytes())
    except (OSError, WireError):
        return False
    return release.built_at < said.built_at


def _unpack(file: BinaryIO, release: Release, folder: Path) -> None:
    """First into a file that nobody else can write, and hashed on the way: what was looked at is what is unpacked."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder.parent) as copy:
        digest, size = hashlib.sha256(), 0
        while chunk := file.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > release.size:
                break
            digest.update(chunk)
            copy.write(chunk)
        if size != release.size or digest.hexdigest() != release.sha256:
            raise UpdateError("is damaged or was cut short: fetch it again")
        copy.seek(0)
        folder.mkdir(mode=0o755)
        with tarfile.open(fileobj=copy, mode="r:") as archive:
            for member in archive:
                _lay(archive, member, folder)


def _lay(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Files and folders below `folder`, and nothing else. (bookworm's Python has no filters of tarfile yet, and its own
    way sets owners before modes, which the unit forbids.)"""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise UpdateError("holds a path that leads out of it")
    target = folder / path
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    content = archive.extractfile(member) if member.isfile() else None
    if content is None:
        raise UpdateError("holds what is neither file nor folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("xb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)
