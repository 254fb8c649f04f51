"""Releases of the program for the kiosks: signed here, laid beside the documents, and told to a share of the kiosks.

What `provisioning/build-release` has made becomes a bundle: a signed line, then the tar as it is.
"""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector import documents
from collector.errors import CollectorError
from kiosk.durable_file import whole_file
from kiosk.wire import updates
from kiosk.wire.documents import DocumentKind
from kiosk.wire.errors import WireError
from kiosk.wire.rfc3339 import parse_time
from kiosk.wire.updates import Offer, Release, Rollout

FOLDER = "updates"  # beside the documents
ABOUT = "about.json"  # in the tar, its first member
_MAX_ABOUT_BYTES = 4_096


def publish(
    tars: Sequence[Path], folder: Path, key: Ed25519PrivateKey, share_percent: float, now: datetime
) -> int:
    """Sign each tar into a bundle below `folder`, that of documents, and say so to `share_percent` of the kiosks. The
    document's version. Raise CollectorError."""
    offers = tuple(_bundled(tar, folder / FOLDER, key) for tar in tars)
    return _said(Rollout(share_percent, offers), folder, key, now)


def share(folder: Path, key: Ed25519PrivateKey, share_percent: float, now: datetime) -> int:
    """The same releases, for another share of the kiosks. Raise CollectorError when none was published."""
    body = documents.body_in(folder, DocumentKind.UPDATE)
    try:
        before = updates.rollout_of(body)
    except WireError as error:
        raise CollectorError(
            f"{folder} says nothing of a release yet: `collector releases publish`"
        ) from error
    return _said(replace(before, share_percent=share_percent), folder, key, now)


def file_of(folder: Path, name: str) -> Path | None:
    """A bundle that lies ready, by the name that a kiosk asks for; None for anything else."""
    path = folder / FOLDER / name
    return path if updates.FILE.fullmatch(name) and path.is_file() else None


def _said(rollout: Rollout, folder: Path, key: Ed25519PrivateKey, now: datetime) -> int:
    body = updates.rollout_body(rollout)
    try:
        updates.rollout_of(body)
    except WireError as error:
        raise CollectorError(f"no such rollout: {error.field}") from error
    return documents.put(folder, key, DocumentKind.UPDATE, body, now)


def _bundled(tar: Path, folder: Path, key: Ed25519PrivateKey) -> Offer:
    about = _about(tar)
    try:
        release = Release(
            name=str(about.get("name")),
            built_at=parse_time(str(about.get("built"))) or datetime.min.replace(tzinfo=UTC),
            python=str(about.get("python")),
            machine=str(about.get("machine")),
            sha256=_hash(tar),
            size=tar.stat().st_size,
        )
        line = updates.sign(release, key) + b"\n"
    except WireError as error:
        raise CollectorError(f"{tar}: its {ABOUT} does not hold: {error.field}") from error
    name = f"{release.name}-{release.python}-{release.machine}.bundle"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with whole_file(folder / name, 0o644) as bundle, tar.open("rb") as content:
        bundle.write(line)
        shutil.copyfileobj(content, bundle)
    path = folder / name
    size = path.stat().st_size
    return Offer(release.name, release.python, release.machine, name, _hash(path), size)


def _about(tar: Path) -> dict[str, Any]:
    try:
        with tarfile.open(tar, "r:") as archive:
            member = archive.next()
            file = archive.extractfile(member) if member is not None else None
            if member is None or member.name != ABOUT or file is None:
                raise CollectorError(f"{tar} was not made by provisioning/build-release")
            found = json.loads(file.read(_MAX_ABOUT_BYTES))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise CollectorError(f"{tar} was not made by provisioning/build-release") from error
    return found if isinstance(found, dict) else {}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
