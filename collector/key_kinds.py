"""Which key a file is, by its name, and what it opens or signs. Nothing of a key is read here but its public half."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from collector.errors import CollectorError
from kiosk.wire import signed
from kiosk.wire.keys import SealingKey

IS_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.key")  # as collector.inbox.day_keys names them
_ROTATING = re.compile(r"(receipt|command|ingest|tracing)-(\d{8}T\d{12}Z)-([0-9a-f]{16})")
_OF_ROTATING = {
    "receipt": "signs receipts",
    "command": "signs commands",
    "ingest": "opens links",
    "tracing": "opens contacts",
}
_BY_NAME = {
    "pseudonym.key": ("pseudonym", "makes pseudonyms"),
    "ca.key": ("certificates", "signs certificates"),
    "signing.key": ("documents", "signs documents"),
    "release.key": ("release", "signs bundles of sealed contacts"),
    "enrolment.key": ("enrolment", "signs enrolment codes"),
    "enrolment-ca.key": ("enrolment", "signs certificates of new kiosks"),
    "broker-admin.key": ("door", "lets kiosks in and shuts them out"),
    "passes.key": ("passes", "lends the right to issue passes"),
    "pass.key": ("passes", "signs passes"),
    "phones.key": ("phones", "opens what phones remember for the portal"),
    "staff.key": ("staff", "proves the door's own pages"),
}


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`id` is empty where the key has none; `state` is `in use`, `retired` or `public half`."""

    path: Path
    kind: str
    id: str
    since: datetime
    state: str
    does: str


def listed(folder: Path) -> Iterator[KeyFile]:
    """The keys that lie in this folder, by name. Raise CollectorError when there is no such folder."""
    if not folder.is_dir():
        raise CollectorError(f"there is no folder {folder}")
    for path in sorted(folder.iterdir()):
        rotating = _ROTATING.fullmatch(path.stem)
        private = path.with_suffix(".key")
        if path.suffix == ".key" or (rotating and path.suffix == ".pub" and not private.exists()):
            yield _file(path, rotating)


def _file(path: Path, rotating: re.Match[str] | None) -> KeyFile:
    if rotating is not None:
        kind, stamp, key_id = rotating.groups()
        since = datetime.strptime(stamp, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
        state = "retired" if path.with_suffix(".retired").exists() else "in use"
        state = "public half" if path.suffix == ".pub" else state
        return KeyFile(path, kind, key_id, since, state, _OF_ROTATING[kind])
    since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if IS_DAY.fullmatch(path.name):
        return KeyFile(path, "day", "", since, "in use", "unwraps the contacts of its day")
    kind, does = _BY_NAME.get(path.name, ("connection", f"proves to be {path.stem}"))
    return KeyFile(path, kind, _id_beside(path), since, "in use", does)


def _id_beside(path: Path) -> str:
    """By the public half that lies beside it."""
    try:
        public = serialization.load_pem_public_key(path.with_suffix(".pub").read_bytes())
    except (OSError, ValueError):
        return ""
    if isinstance(public, X25519PublicKey):
        return SealingKey(public, datetime.now(UTC)).id
    return signed.key_id(public) if isinstance(public, Ed25519PublicKey) else ""
