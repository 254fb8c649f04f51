"""The keys by which the collector speaks and listens: made here, one file each, published in the document `keys`.

A key is `KIND-TIME-ID.key`, for its owner alone, beside its public half `.pub`; TIME says from when it counts. Keys
rotate with overlap: a new one is published beside the old one, and the old one leaves the document when it is retired.
What each key is for, who holds it and what its loss means stands in docs/keys.md.
"""

import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from collector.errors import CollectorError
from collector.pem import write_private, write_public
from kiosk.durable_file import write_whole
from kiosk.privacy import pseudonym
from kiosk.wire import signed
from kiosk.wire.keys import AuthorityKeys, SealingKey

PSEUDONYM_KEY = "pseudonym.key"
MIN_PASSPHRASE = 12
_STAMP = "%Y%m%dT%H%M%S%fZ"
_FILE = re.compile(r"(receipt|command|ingest|tracing)-(\d{8}T\d{12}Z)-([0-9a-f]{16})")


class KeyKind(StrEnum):
    RECEIPT = "receipt"  # Ed25519: signs receipts
    COMMAND = "command"  # Ed25519: signs commands
    INGEST = "ingest"  # X25519: opens `link`
    TRACING = "tracing"  # X25519: opens `contact`; its private half is the officer's


def new(folder: Path, kind: KeyKind, now: datetime, passphrase: bytes = b"") -> str:
    """A new key in `folder`; its id. A tracing key is kept under a passphrase of at least 12 bytes.

    Raise CollectorError when the passphrase is too short.
    """
    if kind is KeyKind.TRACING and len(passphrase) < MIN_PASSPHRASE:
        raise CollectorError(f"a passphrase of {MIN_PASSPHRASE} characters at least")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if kind in (KeyKind.INGEST, KeyKind.TRACING):
        sealing = X25519PrivateKey.generate()
        key_id = SealingKey(sealing.public_key(), now).id
        stem = _stem(folder, kind, now, key_id)
        write_private(stem.with_suffix(".key"), sealing, passphrase)
        write_public(stem.with_suffix(".pub"), sealing.public_key())
    else:
        signing = Ed25519PrivateKey.generate()
        key_id = signed.key_id(signing.public_key())
        stem = _stem(folder, kind, now, key_id)
        write_private(stem.with_suffix(".key"), signing)
        write_public(stem.with_suffix(".pub"), signing.public_key())
    return key_id


def new_pseudonym_key(folder: Path) -> None:
    """Raise CollectorError when there is one: with another one nobody would be recognised any more."""
    path = folder / PSEUDONYM_KEY
    if path.exists():
        raise CollectorError(f"{path} is there already, and another one would know nobody")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, secrets.token_bytes(pseudonym.KEY_BYTES).hex().encode() + b"\n", 0o600)


def retire(folder: Path, key_id: str) -> None:
    """Out of the next document. A private half stays: what was sealed to it must still open.

    Raise CollectorError when no published key has this id, or it is the last of its kind.
    """
    found = [path for path in _published(folder) if path.stem.endswith(f"-{key_id}")]
    if not found:
        raise CollectorError(f"{folder} has no published key {key_id}")
    kind = _kind_of(found[0])
    if sum(_kind_of(path) is kind for path in _published(folder)) == 1:
        raise CollectorError(f"{key_id} is the last {kind} key: make a new one first")
    found[0].rename(found[0].with_suffix(".retired"))


def published_ids(folder: Path, kind: KeyKind) -> list[str]:
    """Oldest first."""
    found = [path for path in _published(folder) if _kind_of(path) is kind]
    return [path.stem.rpartition("-")[2] for path in found]


def public_keys(folder: Path) -> AuthorityKeys:
    """What the document `keys` says. Raise CollectorError when a kind is missing or a file is damaged."""
    keys: dict[KeyKind, list[tuple[datetime, object]]] = {kind: [] for kind in KeyKind}
    for path in _published(folder):
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except ValueError as error:
            raise CollectorError(f"{path} is damaged: restore it, or retire it") from error
        keys[_kind_of(path)].append((_begins(path), key))
    for kind, found in keys.items():
        if not found:
            how = "tracing new" if kind is KeyKind.TRACING else f"new {kind}"
            raise CollectorError(f"{folder} has no {kind} key: `collector keys {how}`")
    return AuthorityKeys(
        receipt=signed.by_id(_verifying(keys[KeyKind.RECEIPT])),
        command=signed.by_id(_verifying(keys[KeyKind.COMMAND])),
        ingest=_sealing(keys[KeyKind.INGEST]),
        tracing=_sealing(keys[KeyKind.TRACING]),
    )


def signing_key(folder: Path, kind: KeyKind) -> Ed25519PrivateKey | None:
    """What signs receipts or commands: the oldest that is published. When it is retired, kiosks know the next one
    since long. None when there is none. Raise CollectorError when it is damaged."""
    for path in _published(folder):
        private = path.with_suffix(".key")
        if _kind_of(path) is kind and private.exists():
            key = _private(private)
            if isinstance(key, Ed25519PrivateKey):
                return key
    return None


def opening_keys(folder: Path) -> dict[str, X25519PrivateKey]:
    """Every ingest key by its id, retired ones too. Raise CollectorError when one is damaged."""
    found: dict[str, X25519PrivateKey] = {}
    for path in sorted(folder.glob(f"{KeyKind.INGEST}-*.key")):
        key = _private(path)
        if _FILE.fullmatch(path.stem) and isinstance(key, X25519PrivateKey):
            found[path.stem.rpartition("-")[2]] = key
    return found


def pseudonym_key(folder: Path) -> bytes | None:
    """None when there is none. Raise CollectorError when it is damaged."""
    path = folder / PSEUDONYM_KEY
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CollectorError(f"{path} is damaged: restore it") from error
    if len(key) != pseudonym.KEY_BYTES:
        raise CollectorError(f"{path} is damaged: restore it")
    return key


def _stem(folder: Path, kind: KeyKind, now: datetime, key_id: str) -> Path:
    return folder / f"{kind}-{now.astimezone(UTC).strftime(_STAMP)}-{key_id}"


def _published(folder: Path) -> list[Path]:
    """Oldest first within each kind."""
    return [path for path in sorted(folder.glob("*.pub")) if _FILE.fullmatch(path.stem)]


def _kind_of(path: Path) -> KeyKind:
    return KeyKind(path.name.partition("-")[0])


def _begins(path: Path) -> datetime:
    return datetime.strptime(path.stem.split("-")[1], _STAMP).replace(tzinfo=UTC)


def _private(path: Path) -> object:
    try:
        return serialization.load_pem_private_key(path.read_bytes(), None)
    except (TypeError, ValueError) as error:  # TypeError: it is under a passphrase
        raise CollectorError(f"{path} is damaged or no key of this machine") from error


def _verifying(found: list[tuple[datetime, object]]) -> list[Ed25519PublicKey]:
    return [key for _, key in found if isinstance(key, Ed25519PublicKey)]


def _sealing(found: list[tuple[datetime, object]]) -> tuple[SealingKey, ...]:
    return tuple(SealingKey(key, at) for at, key in found if isinstance(key, X25519PublicKey))
