"""What is said to the kiosks: signed here, one file a document, published as it is by `collector serve`.

`keys.json` and the like speak to all; `settings-KIOSK.json` to one. A file is the signed bytes themselves.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.errors import CollectorError
from kiosk.durable_file import write_whole
from kiosk.wire import documents, signed, strict_json
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.errors import WireError
from kiosk.wire.topics import Channel, shared_topic, topic

_SETTINGS_PREFIX = "settings-"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A document that lies in the folder: where it is retained, and its bytes."""

    topic: str
    payload: bytes


def body_of(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raise CollectorError when it is none, or larger than a document may be."""
    try:
        return strict_json.loads(
            path.read_bytes(), max_bytes=documents.MAX_BYTES, max_depth=documents.MAX_DEPTH - 1
        )
    except WireError as error:
        raise CollectorError(f"{path} is no document: {error.reason}") from error


def put(
    folder: Path,
    key: Ed25519PrivateKey,
    kind: DocumentKind,
    body: Mapping[str, Any],
    now: datetime,
    *,
    kiosk: str = "",
    version: int = 0,
) -> int:
    """Sign `body` into the folder; its version: one more than the last, or `version`, for a folder that was lost.

    Raise CollectorError when the version would not rise, a kiosk is named or missing wrongly, or it is too large.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    path = folder / _name(kind, kiosk)
    last = _version(path, key)
    if version and version <= last:
        raise CollectorError(f"{path.name} has version {last}: kiosks refuse what is not newer")
    document = Document(kind, version or last + 1, now, body, kiosk)
    try:
        payload = documents.sign(document, key)
    except WireError as error:
        raise CollectorError(f"no document of kind {kind}: {error}") from error
    write_whole(path, payload, 0o644)
    return document.version


def outgoing(folder: Path) -> list[Outgoing]:
    """All that lies in the folder; other files, and what cannot be read just now, are left out."""
    places = {shared_topic(kind): folder / f"{kind}.json" for kind in documents.SHARED}
    for path in sorted(folder.glob(f"{_SETTINGS_PREFIX}*.json")):
        with suppress(WireError):  # no kiosk has this name
            kiosk = path.stem.removeprefix(_SETTINGS_PREFIX)
            places[topic(kiosk, Channel.SETTINGS)] = path
    found = []
    for where, path in places.items():
        with suppress(OSError):
            found.append(Outgoing(where, path.read_bytes()))
    return found


def handed_to(folder: Path, kiosk: str) -> dict[DocumentKind, bytes]:
    """All that lies in the folder for a kiosk of this id, as signed."""
    found = {}
    for kind in DocumentKind:
        own = kiosk if kind is DocumentKind.SETTINGS else ""
        with suppress(OSError):
            found[kind] = (folder / _name(kind, own)).read_bytes()
    return found


def body_in(folder: Path, kind: DocumentKind) -> Mapping[str, Any]:
    """What the document of this kind in the folder says, as it lies there; empty when there is none to read."""
    try:
        envelope = strict_json.loads(
            (folder / _name(kind, "")).read_bytes(), max_bytes=3 * documents.MAX_BYTES
        )
        text = str(envelope.get("signed", "")).encode("utf-8")
        body = strict_json.loads(
            text, max_bytes=documents.MAX_BYTES, max_depth=documents.MAX_DEPTH
        ).get("body")
    except (OSError, WireError):
        return {}
    return body if isinstance(body, dict) else {}


def _name(kind: DocumentKind, kiosk: str) -> str:
    return f"{_SETTINGS_PREFIX}{kiosk}.json" if kiosk else f"{kind}.json"


def _version(path: Path, key: Ed25519PrivateKey) -> int:
    """Of the document that lies there, 0 when there is none."""
    if not path.exists():
        return 0
    try:
        return documents.verified(path.read_bytes(), signed.by_id([key.public_key()])).version
    except WireError as error:
        raise CollectorError(
            f"{path} is damaged or of another authority ({error.reason}): move it away and give --version"
        ) from error
